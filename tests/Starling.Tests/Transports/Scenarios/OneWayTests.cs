using System.Net;
using System.Net.WebSockets;
using System.Text;
using Starling.Protocol;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>The transports on which a client only listens (protocol 1.7, checklist 23 to 25).</summary>
public sealed class OneWayTests
{
    public static TheoryData<string> All { get; } = ["uni_websocket", "uni_http_stream", "uni_sse"];

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_first_message_is_a_bare_connect_push_and_then_the_channel_it_asked_for_shows_23(string transport)
    {
        await using var host = await TransportHost.StartAsync();
        foreach (var inAddress in (bool[])[false, true])
        {
            if (inAddress && transport == "uni_http_stream") continue;
            await using var listener = await Listener.OpenAsync(host, transport, """{"subs":{"news":{}},"name":"curl"}""", inAddress);

            var connect = (await listener.NextAsync()).GetProperty("connect");
            await host.PublishAsync("news", """{"n":1}""");
            var push = await listener.NextAsync();

            Assert.Equal(36, connect.GetProperty("client").GetString()!.Length);
            Assert.True(connect.GetProperty("subs").GetProperty("news").GetProperty("recoverable").GetBoolean());
            Assert.Equal(25, connect.GetProperty("ping").GetInt32());
            foreach (var absent in (string[])["pong", "session", "node"]) Assert.False(connect.TryGetProperty(absent, out _), absent);
            Assert.Equal("news", push.GetProperty("channel").GetString());
            Assert.Equal("""{"n":1}""", push.GetProperty("pub").GetProperty("data").GetRawText());
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Positions_in_the_request_recover_what_was_missed(string transport)
    {
        await using var host = await TransportHost.StartAsync();
        string epoch;
        await using (var first = await Listener.OpenAsync(host, transport, """{"subs":{"news":{}}}"""))
        {
            epoch = (await first.NextAsync()).GetProperty("connect").GetProperty("subs").GetProperty("news").GetProperty("epoch").GetString()!;
        }
        for (var n = 1; n <= 400; n++) await host.PublishAsync("news", $"{n}");

        await using var second = await Listener.OpenAsync(
            host, transport, $$"""{"subs":{"news":{"recover":true,"offset":2,"epoch":"{{epoch}}"} } }""");

        var subscription = (await second.NextAsync()).GetProperty("connect").GetProperty("subs").GetProperty("news");
        Assert.True(subscription.GetProperty("recovered").GetBoolean());
        var seen = subscription.GetProperty("publications").EnumerateArray().Select(static one => one.GetProperty("data").GetInt32()).ToList();
        while (seen.Count < 398) seen.Add((await second.NextAsync()).GetProperty("pub").GetProperty("data").GetInt32());   // more than one reply holds
        Assert.Equal(Enumerable.Range(3, 398), seen);
    }

    [Fact]
    public async Task Uni_sse_without_a_request_is_an_empty_one_24()
    {
        await using var host = await TransportHost.StartAsync();
        await using var listener = await Listener.OpenAsync(host, "uni_sse", request: null);
        Assert.True((await listener.NextAsync()).TryGetProperty("connect", out _));
        Assert.StartsWith("\r\ndata: {\"connect\":{", listener.Raw.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Connect_errors_become_disconnects_25(string transport)
    {
        foreach (var (error, code) in new[]
        {
            (ProtocolErrors.TokenExpired, 3005), (ProtocolErrors.Expired, 3005), (ProtocolErrors.TooManyRequests, 3013),
            (ProtocolErrors.PermissionDenied, 3507), (ProtocolErrors.UnknownChannel, 3004),
        })
        {
            await using var host = await TransportHost.StartAsync(
                extend: engine => engine.OnConnecting(_ => ValueTask.FromResult(ConnectingResult.Refuse(error))));
            await using var listener = await Listener.OpenAsync(host, transport, "{}");
            Assert.Equal(code, await listener.DisconnectAsync());
            if (transport == "uni_websocket") Assert.Equal(code, (int)listener.CloseStatus!);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_end_of_the_server_is_said_after_everything_else(string transport)
    {
        await using var host = await TransportHost.StartAsync();
        await using var listener = await Listener.OpenAsync(host, transport, """{"subs":{"news":{}}}""");
        await listener.NextAsync();
        for (var n = 0; n < 100; n++) await host.PublishAsync("news", $"{n}");

        await host.StopAsync();

        for (var n = 0; n < 100; n++) Assert.Equal($"{n}", await listener.NextDataAsync());
        Assert.Equal(3001, await listener.DisconnectAsync());
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Pings_go_out_and_nobody_has_to_answer(string transport)
    {
        await using var host = await TransportHost.StartAsync(static options =>
        {
            options.Client.PingInterval = TimeSpan.FromSeconds(1);
            options.Client.PongTimeout = TimeSpan.FromMilliseconds(200);
        });
        await using var listener = await Listener.OpenAsync(host, transport, """{"subs":{"news":{}}}""");
        for (var i = 0; i < 2; i++) await listener.PingAsync();
        await host.PublishAsync("news", "1");
        Assert.Equal("1", await listener.NextDataAsync());
    }

    [Theory]
    [InlineData("uni_http_stream", false)]
    [InlineData("uni_sse", false)]
    [InlineData("uni_sse", true)]
    [InlineData("uni_websocket", true)]
    public async Task A84_a_request_that_is_none_is_answered_with_400(string transport, bool inAddress)
    {
        await using var host = await TransportHost.StartAsync();
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        foreach (var hostile in (string[])["{", "[]", "7", """{"subs":7}"""])
        {
            using var response = inAddress
                ? await http.GetAsync($"/connection/{transport}?cf_connect={Uri.EscapeDataString(hostile)}", TestContext.Current.CancellationToken)
                : await http.PostAsync($"/connection/{transport}", new StringContent(hostile), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
        using var empty = await http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/connection/uni_http_stream") { Content = new StringContent("null") },
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, empty.StatusCode);
    }

    [Fact]
    public async Task A_websocket_that_begins_with_something_else_is_closed_with_3501_and_what_comes_later_is_ignored()
    {
        await using var host = await TransportHost.StartAsync();
        await using var bad = await Listener.OpenAsync(host, "uni_websocket", "{");
        Assert.Equal(3501, await bad.DisconnectAsync());

        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(host.Http1) { Scheme = "ws", Path = "/connection/uni_websocket" }.Uri, TestContext.Current.CancellationToken);
        foreach (var message in (string[])["null", "{", "anything"])
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken);
        }
        var buffer = new byte[4096];
        var first = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        Assert.StartsWith("{\"connect\":{", Encoding.UTF8.GetString(buffer, 0, first.Count), StringComparison.Ordinal);
        Assert.Equal(1, host.Node.Connections.Count);
    }

    [Fact]
    public async Task Padding_comes_before_the_first_message_and_means_nothing()
    {
        await using var host = await TransportHost.StartAsync(static options =>
        {
            options.UniSse.PaddingSize = options.UniHttpStream.PaddingSize = 2048;
        });
        foreach (var transport in (string[])["uni_sse", "uni_http_stream"])
        {
            await using var listener = await Listener.OpenAsync(host, transport, "{}");
            Assert.True((await listener.NextAsync()).TryGetProperty("connect", out _));
            Assert.True(listener.Raw.ToString().IndexOf("connect", StringComparison.Ordinal) > 2048);
        }
    }
}
