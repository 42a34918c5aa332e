using System.Text;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>The list of what a connection must live through, the same for every transport that talks both ways.</summary>
public sealed class TransportScenarioTests
{
    private const string Room = "room";

    public static TheoryData<string> All { get; } =
    [
        "websocket, json", "websocket, protobuf", "websocket, json, h2", "websocket, protobuf, h2",
        "http_stream, json", "http_stream, protobuf", "http_stream, json, h2", "http_stream, protobuf, h2",
        "sse, json", "sse, json, h2",
    ];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Connects_and_hears_what_it_publishes_itself(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        await using var client = await ConnectAsync(kind, host);
        var emulated = !kind.StartsWith("websocket", StringComparison.Ordinal);
        Assert.Equal(emulated, client.Connected.Session.Length >= 22);   // 128 bits in base 64
        Assert.Equal(emulated ? host.Node.Id : "", client.Connected.Node);

        await client.SubscribeAsync(Room);
        await client.PublishAsync(Room, """{"text":"grüß dich 🐦"}""");

        Assert.Equal(["""{"text":"grüß dich 🐦"}"""], await client.PublicationsAsync(1));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Recovers_after_a_cut_what_was_published_meanwhile(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        SubscribeResult start;
        await using (var first = await ConnectAsync(kind, host))
        {
            start = await first.SubscribeAsync(Room);
            await host.PublishAsync(Room, "1");
            Assert.Equal(["1"], await first.PublicationsAsync(1));
            first.Cut();
        }
        for (var n = 2; n <= 9; n++) await host.PublishAsync(Room, $"{n}");
        await using var second = await ConnectAsync(kind, host);

        var again = await second.SubscribeAsync(Room, new StreamPosition { Epoch = start.Epoch, Offset = start.Offset + 1 });

        Assert.True(again.Recovered);
        Assert.Equal(["2", "3", "4", "5", "6", "7", "8", "9"], again.Publications!.Select(static one => Encoding.UTF8.GetString(one.Data.Span)));
        await host.PublishAsync(Room, "10");
        Assert.Equal(["10"], await second.PublicationsAsync(1));
    }

    /// <summary>All at once: what takes long is waiting for a client that does nothing.</summary>
    [Fact]
    public Task A79_a_reader_that_stops_is_closed_as_slow_and_costs_the_others_nothing() => Task.WhenAll(All.Select(static row => StallAsync(row.Data)));

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_reader_that_falls_off_the_ring_is_told_3008_when_it_reads_again(string kind)
    {
        await using var host = await TransportHost.StartAsync(static options => options.Channel.WithoutNamespace = new ChannelOptions());
        await using var stuck = await ConnectAsync(kind, host);
        await stuck.SubscribeAsync(Room);
        stuck.StopReading();
        var payload = new string('x', 20_000);
        for (var n = 0; n < 1_000; n++) await host.PublishAsync(Room, $"\"{n} {payload}\"");

        stuck.ReadAgain();

        var seen = await stuck.DrainAsync();
        for (var n = 0; n < seen.Count; n++) Assert.StartsWith($"\"{n} ", seen[n], StringComparison.Ordinal);
        Assert.Equal(3008u, stuck.Farewell?.Code);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_server_that_restarts_says_so_and_is_found_again_at_the_same_address(string kind)
    {
        if (kind.EndsWith("h2", StringComparison.Ordinal)) return;   // the second port is another one then
        var host = await TransportHost.StartAsync();
        var port = host.Http1.Port;
        await using (var client = await ConnectAsync(kind, host))
        {
            await client.SubscribeAsync(Room);
            await host.DisposeAsync();
            await client.DrainAsync();
            Assert.Equal(Disconnects.Shutdown, client.Farewell);
        }
        await using var next = await TransportHost.StartAsync(port: port);
        await using var again = await ConnectAsync(kind, next);
        await again.SubscribeAsync(Room);
        await again.PublishAsync(Room, "1");
        Assert.Equal(["1"], await again.PublicationsAsync(1));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Carries_a_message_of_60_KB_both_ways(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        await using var client = await ConnectAsync(kind, host);
        await client.SubscribeAsync(Room);
        var message = $"\"{new string('ü', 30_000)}\"";

        await client.PublishAsync(Room, message);

        Assert.Equal([message], await client.PublicationsAsync(1));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Carries_1000_messages_in_a_row_in_order(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        await using var client = await ConnectAsync(kind, host);
        await client.SubscribeAsync(Room);
        var all = Enumerable.Range(0, 1_000).Select(static n => $"{n}").ToArray();

        foreach (var json in all.Take(500)) await client.PublishAsync(Room, json);
        foreach (var json in all.Skip(500)) await host.PublishAsync(Room, json);

        Assert.Equal(all, await client.PublicationsAsync(all.Length));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Several_commands_of_one_request_run_in_order_20(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        await using var client = await ConnectAsync(kind, host);

        await client.SendAsync([
            new Command { Id = 100, Subscribe = new SubscribeRequest { Channel = Room } },
            .. Enumerable.Range(0, 50).Select(static n => new Command { Id = (uint)(101 + n), Publish = new PublishRequest { Channel = Room, Data = Encoding.UTF8.GetBytes($"{n}") } }),
        ]);

        Assert.Equal(Enumerable.Range(0, 50).Select(static n => $"{n}"), await client.PublicationsAsync(50));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task What_was_published_before_the_drain_arrives_before_the_end(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        await using var client = await ConnectAsync(kind, host);
        await client.SubscribeAsync(Room);
        for (var n = 0; n < 200; n++) await host.PublishAsync(Room, $"{n}");

        await host.StopAsync();

        Assert.Equal(Enumerable.Range(0, 200).Select(static n => $"{n}"), await client.DrainAsync());
        Assert.Equal(Disconnects.Shutdown, client.Farewell);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A84_malformed_commands_end_the_connection_with_3501(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        foreach (var hostile in (byte[][])["{\"id\":2,\"rpc\":"u8.ToArray(), "[[[[[[[[[[[[[["u8.ToArray(), [0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "{\"id\":9}"u8.ToArray()])
        {
            await HostileAsync(kind, host, hostile);
        }
    }

    [Fact]
    public Task A81_pings_go_out_and_who_does_not_answer_is_closed() => Task.WhenAll(All.Select(static row => FallSilentAsync(row.Data)));

    private static async Task StallAsync(string kind)
    {
        await using var host = await TransportHost.StartAsync(static options =>
        {
            options.Client.WriteStallTimeout = TimeSpan.FromSeconds(1);
            options.Channel.WithoutNamespace = new ChannelOptions();   // without history
        });
        await using var stuck = await ConnectAsync(kind, host);
        await using var reader = await ConnectAsync(kind, host);
        await stuck.SubscribeAsync(Room);
        await reader.SubscribeAsync(Room);
        stuck.StopReading();
        const int Sent = 500;
        var payload = new string('x', 20_000);
        for (var n = 0; n < Sent; n++)   // 10 MB are more than the network's buffers take
        {
            await host.PublishAsync(Room, $"\"{n} {payload}\"");
            await reader.PublicationsAsync(1);
        }
        await Eventually.IsTrueAsync(() => host.Node.Connections.Count == 1, $"the stuck reader to be dropped ({kind})");

        await host.PublishAsync(Room, "0");
        Assert.Equal(["0"], await reader.PublicationsAsync(1));
        stuck.ReadAgain();
        var seen = await stuck.DrainAsync();
        Assert.True(seen.Count < Sent);
        for (var n = 0; n < seen.Count; n++) Assert.StartsWith($"\"{n} ", seen[n], StringComparison.Ordinal);   // no gap before the end
        Assert.True(stuck.Farewell is null or { Code: 3008 }, $"{kind}: {stuck.Farewell}");   // told, if there was room to tell it
    }

    private static async Task FallSilentAsync(string kind)
    {
        await using var host = await TransportHost.StartAsync(static options =>
        {
            options.Client.PingInterval = TimeSpan.FromSeconds(1);
            options.Client.PongTimeout = TimeSpan.FromMilliseconds(500);
        });
        await using var client = await ConnectAsync(kind, host);
        await using var silent = await ConnectAsync(kind, host);
        silent.AnswersPings = false;

        await silent.DrainAsync();

        Assert.Equal(Disconnects.NoPong, silent.Farewell);
        await Eventually.IsTrueAsync(() => client.Pings >= 2, $"a second ping ({kind})");
        await client.SubscribeAsync(Room);
        Assert.Null(client.Farewell);
    }

    private static async Task HostileAsync(string kind, TransportHost host, byte[] hostile)
    {
        await using var client = await ConnectAsync(kind, host);
        try
        {
            await client.SendRawAsync(hostile);
        }
        catch (Exception error) when (error is OperationCanceledException or System.Net.WebSockets.WebSocketException)
        {
            // The server was faster.
        }
        await client.DrainAsync();
        Assert.NotNull(client.Farewell);
        Assert.True(client.Farewell is { Code: 3501 or 1007 }, $"{client.Farewell}");   // 1007: a WebSocket's text that is no UTF-8
    }

    private static async Task<ScenarioClient> ConnectAsync(string kind, TransportHost host)
    {
        var client = NewClient(kind, host);
        await client.ConnectAsync();
        return client;
    }

    /// <summary>A client of one of <see cref="All"/>, not connected yet.</summary>
    internal static ScenarioClient NewClient(string kind, TransportHost host)
    {
        var isHttp2 = kind.EndsWith("h2", StringComparison.Ordinal);
        var wire = kind.Contains("protobuf", StringComparison.Ordinal) ? Wire.Protobuf : Wire.Json;
        var server = isHttp2 ? host.Http2 : host.Http1;
        return kind.StartsWith("websocket", StringComparison.Ordinal)
            ? new WebSocketClient(server, wire, isHttp2)
            : new StreamClient(server, wire, kind.StartsWith("sse", StringComparison.Ordinal), isHttp2);
    }
}
