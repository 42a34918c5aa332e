using System.Text;
using Starling.Protocol;
using Starling.Tests.State;

namespace Starling.Tests.Connections;

/// <summary>Publications that are long by their tags, their publisher's info or their payload: whoever reads gets all of them, in
/// replies that have room in the queue (I2, I9).</summary>
public sealed class ReplySizeTests
{
    private const int QueueBytes = 256 * 1024;

    public static TheoryData<string, Wire> Kinds => new()
    {
        { "tags", Wire.Json }, { "tags", Wire.Protobuf }, { "info", Wire.Json }, { "names", Wire.Json }, { "control", Wire.Json }, { "quotes", Wire.Json },
    };

    private static EngineHarness Start(Action<ChannelOptions>? more = null) => StateHarness.Start(options =>
    {
        options.Client.QueueMaxSize = QueueBytes;
        var plain = options.Channel.WithoutNamespace;
        (plain.HistorySize, plain.HistoryTtl, plain.ForceRecovery) = (1_000, TimeSpan.FromMinutes(5), true);
        plain.AllowedDeltaTypes.Add("fossil");
        options.Channel.Namespaces.ForEach(static ns => ns.Map.StreamSize = 1_000);
        more?.Invoke(plain);
    });

    /// <summary>About 16 KB each, little of it payload.</summary>
    private static Publication Long(string kind) => kind switch
    {
        "tags" => new Publication { Data = "1"u8.ToArray(), Tags = new() { ["t"] = new string('x', 16_000) } },
        "info" => new Publication { Data = "1"u8.ToArray(), Info = new ClientInfo { ConnInfo = Json('x', 8_000), ChanInfo = Json('y', 8_000) } },
        "names" => new Publication { Data = "1"u8.ToArray(), Info = new ClientInfo { User = new string('x', 8_000), Client = new string('y', 8_000) } },
        "control" => new Publication { Data = "1"u8.ToArray(), Tags = new() { ["t"] = new string('\u0001', 2_700) } },
        _ => new Publication { Data = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("\"\"", 5_000))}]") },   // twice as long when quoted
    };

    private static byte[] Json(char of, int count) => Encoding.UTF8.GetBytes($"\"{new string(of, count)}\"");

    private static async Task PublishAsync(EngineHarness engine, string channel, Publication publication) =>
        Assert.Null((await engine.Node.PublishAsync(channel, publication, null, TestContext.Current.CancellationToken)).Error);

    private static async Task PublishAsync(EngineHarness engine, string kind, int count)
    {
        for (var i = 0; i < count; i++) await PublishAsync(engine, "room", Long(kind));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task I2_I9_What_was_missed_comes_in_a_reply_with_room_and_behind_it(string kind, Wire wire)
    {
        await using var engine = Start();
        await PublishAsync(engine, kind, 100);
        var peer = engine.Connect(wire);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Recover = true, Delta = kind == "quotes" ? "fossil" : "" } });
        var received = peer.TakeAll();
        Assert.Null(peer.ClosedWith);
        var reply = received[0].Subscribe!;
        Assert.True(reply.Recovered);
        Assert.InRange(reply.Publications!.Count, 1, 50);
        Assert.Equal(100, reply.Publications.Count + received.Count(static next => next.Push?.Pub is not null));
        Assert.InRange(peer.LongestFrame, 1, QueueBytes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task I2_I9_History_is_read_page_by_page(string kind, Wire wire)
    {
        await using var engine = Start();
        await PublishAsync(engine, kind, 100);
        var peer = engine.Connect(wire);
        var offset = 0ul;
        for (var pages = 0; offset < 100; pages++)
        {
            Assert.True(pages < 100, "no page is empty");
            peer.Send(new Command { Id = 2, History = new HistoryRequest { Channel = "room", Limit = -1, Since = new StreamPosition { Offset = offset } } });
            offset = peer.Take().History!.Publications!.Select(static publication => publication.Offset).Last();
        }
        Assert.InRange(peer.LongestFrame, 1, QueueBytes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task I2_I9_Keyed_state_is_loaded_page_by_page(string kind, Wire wire)
    {
        await using var engine = Start();
        await WriteAsync(engine, kind);
        var peer = engine.Connect(wire);
        var loaded = peer.Load("board:1", request => request.Delta = kind == "quotes" ? "fossil" : "", page =>
        {
            // Everything changes behind the first page, so often that the changes come in pages too.
            for (var i = 0; i < 3 && page == 1; i++) Assert.True(WriteAsync(engine, kind).IsCompletedSuccessfully);
        });
        loaded.Apply(peer.TakeAll());
        Assert.Null(peer.ClosedWith);
        Assert.Equal(100, loaded.State.Count);
        Assert.InRange(loaded.Pages, 3, 400);
        Assert.InRange(peer.LongestFrame, 1, QueueBytes);
    }

    private static async Task WriteAsync(EngineHarness engine, string kind)
    {
        for (var i = 0; i < 100; i++)
        {
            var write = new Brokers.StateWrite($"{i:D3}{new string('\u0001', 252)}", Long(kind));
            Assert.Null((await engine.Node.State.WriteAsync("board:1", write, TestContext.Current.CancellationToken)).Error);
        }
    }

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task I9_Sixty_channels_in_cache_mode_are_recovered_at_connect(Wire wire)
    {
        await using var engine = Start(static plain => (plain.ForceRecoveryMode, plain.AutoCacheRecover, plain.HistorySize) = (ChannelRecoveryMode.Cache, true, 1));
        var channels = Enumerable.Range(0, 60).Select(static i => $"news{i}").ToArray();
        foreach (var channel in channels)
        {
            await PublishAsync(engine, channel, new Publication { Data = Json('o', 10) });
            await PublishAsync(engine, channel, new Publication { Data = Json('x', 20_000) });
        }
        engine.Handlers.Connecting = _ => ValueTask.FromResult(ConnectingResult.Accept("42", subscriptions: channels.ToDictionary(static name => name, static _ => new ServerSubscription())));
        var peer = engine.Open(wire);
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        var received = peer.TakeAll();
        Assert.Null(peer.ClosedWith);
        var subs = received[0].Connect!.Subs!;
        Assert.All(channels, channel => Assert.True(subs[channel].Recovered));
        var pushed = received.Skip(1).Where(static reply => reply.Push?.Pub is not null).Select(static reply => reply.Push!.Channel);
        Assert.Equal(channels.Order(), pushed.Concat(subs.Where(static sub => sub.Value.Publications is { Count: > 0 }).Select(static sub => sub.Key)).Order());
        Assert.InRange(peer.LongestFrame, 1, QueueBytes);
        engine.Publish("news7", "7");
        Assert.Equal(["7"], peer.TakePublications());
    }

    [Theory]
    [InlineData("")]
    [InlineData("fossil")]
    public async Task I2_The_newest_of_a_cache_that_is_longer_than_the_queue_comes_behind_the_reply(string delta)
    {
        await using var engine = Start(static plain => (plain.ForceRecoveryMode, plain.HistorySize) = (ChannelRecoveryMode.Cache, 1));
        engine.Publish("room", "0");
        await PublishAsync(engine, "room", new Publication { Data = Json('x', 2 * QueueBytes) });
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Recover = true, Delta = delta } });
        var reply = peer.Take().Subscribe!;
        Assert.True(reply is { Recovered: true, Offset: 1, Publications: null or [] });
        Assert.True(peer.Take().Push!.Pub is { Offset: 2, Delta: false, Data.Length: > 2 * QueueBytes });
        engine.Publish("room", "1");
        Assert.Equal(3ul, peer.Take().Push!.Pub!.Offset);
        Assert.Empty(peer.Received);
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task I9_One_publication_longer_than_the_queue_is_still_answered()
    {
        await using var engine = Start();
        await PublishAsync(engine, "room", new Publication { Data = Json('x', 2 * QueueBytes) });
        engine.Write("board:1", "a", $"\"{new string('x', 2 * QueueBytes)}\"");
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, History = new HistoryRequest { Channel = "room", Limit = -1 } });
        Assert.Single(peer.Take().History!.Publications!);
        Assert.Single(peer.Load("board:1").State);
        peer.Send(new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = "room", Recover = true } });
        Assert.Equal(2, peer.TakeAll().Count);
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task A_push_longer_than_the_queue_reaches_who_reads_and_closes_who_does_not()
    {
        await using var engine = Start();
        var (reading, stuck) = (engine.Connect(), engine.Connect());
        stuck.StopReading();
        for (var i = 0; i < 3; i++)
        {
            foreach (var peer in new[] { reading, stuck })
            {
                peer.Connection.Send(new Reply { Push = new Push { Message = new MessagePush { Data = Json('x', 2 * QueueBytes) } } });
                peer.Connection.Flush();
            }
        }
        Assert.Equal(3, reading.TakeAll().Count);
        Assert.Null(reading.ClosedWith);
        Assert.Equal(Disconnects.Slow, stuck.ClosedWith);   // the first is on its way, the second waits
    }
}
