using System.Text;
using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.History;

/// <summary>Recovery where the node knows less than the client, where the broker does not answer, and where there is more than a
/// reply can hold (I2). Each was found by simulation first.</summary>
public sealed class RecoveryFaultTests : IAsyncDisposable
{
    private static readonly TimeSpan s_pull = TimeSpan.FromMilliseconds(500);

    private readonly FaultyBroker _broker = new(new MemoryBroker(TimeProvider.System, RandomSource.System));

    private EngineHarness Engine(Action<StarlingOptions>? configure = null) => new(
        options =>
        {
            options.Channel.WithoutNamespace.HistorySize = 1_000;
            options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(5);
            options.Channel.WithoutNamespace.ForceRecovery = true;
            configure?.Invoke(options);
        },
        _broker);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private static string[] Numbers(int from, int to) => [.. Enumerable.Range(from, to - from + 1).Select(static i => $"{i}")];

    private static void Publish(EngineHarness engine, int from, int to)
    {
        foreach (var number in Numbers(from, to)) engine.Publish("room", number);
    }

    /// <summary>The history has them, their announcement waits for <see cref="FaultyBroker.DeliverHeld"/>.</summary>
    private void PublishLate(EngineHarness engine, int from, int to)
    {
        _broker.Holds = static _ => true;
        Publish(engine, from, to);
        _broker.Holds = static _ => false;
    }

    private static Reply Recover(TestPeer peer, ulong offset, string epoch)
    {
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Recover = true, Offset = offset, Epoch = epoch } });
        return peer.Take();
    }

    [Fact]
    public async Task I2_A_client_that_has_seen_more_than_this_node_recovers_all_the_same()
    {
        await using var engine = Engine();
        var here = engine.Subscribe("room");
        engine.Publish("room", "1");
        _broker.Drops = static _ => true;   // this node does not hear of the next ones; another one does
        for (var i = 2; i <= 4; i++) engine.Publish("room", $"{i}");
        var epoch = engine.Node.Channels.Find("room")!.Log.Position.Epoch;
        var result = Recover(engine.Connect(), 3, epoch).Subscribe!;
        Assert.True(result is { Recovered: true, Offset: 3 });
        Assert.Equal("4", Encoding.UTF8.GetString(Assert.Single(result.Publications!).Data.Span));
        Assert.Equal(["1", "2", "3", "4"], here.TakePublications());   // the others here have it, too
    }

    [Theory]
    [InlineData(1)]   // the position is being read
    [InlineData(2)]   // what was missed is being read
    public async Task Checklist_69_What_is_published_while_a_client_recovers_comes_once_and_in_order(int read)
    {
        await using var engine = Engine();
        for (var i = 1; i <= 5; i++) engine.Publish("room", $"{i}");
        var peer = engine.Connect();
        var before = _broker.HistoryReads;
        _broker.AfterRead = () =>
        {
            if (_broker.HistoryReads - before != read) return;
            for (var i = 6; i <= 8; i++) engine.Publish("room", $"{i}");
        };
        var result = Recover(peer, 2, "").Subscribe!;
        Assert.True(result is { Recovered: true, Offset: 2 });
        Assert.Equal(
            ["3", "4", "5", "6", "7", "8"],
            [.. result.Publications!.Select(static pub => Encoding.UTF8.GetString(pub.Data.Span)), .. peer.TakePublications()]);
        Assert.True(_broker.HistoryReads - before >= read);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task I2_A_slow_reader_that_reaches_the_end_of_the_history_before_it_is_announced_has_lost_nothing(bool hasJoins)
    {
        await using var engine = Engine(options =>
        {
            options.Channel.WithoutNamespace.RingEntriesMax = 4;
            options.Channel.WithoutNamespace.JoinLeave = options.Channel.WithoutNamespace.ForcePushJoinLeave = hasJoins;
        });
        var slow = engine.Subscribe("room");
        slow.StopReading();
        Publish(engine, 1, 10);
        var other = engine.Subscribe("room");
        PublishLate(engine, 11, 12);
        slow.TakeAll();
        slow.ReadAgain();
        _broker.DeliverHeld();
        Publish(engine, 13, 14);
        var all = slow.TakeAll();
        Assert.Equal(Numbers(1, 14), all.Select(static reply => reply.Push!.Pub).OfType<Publication>().Select(static pub => Encoding.UTF8.GetString(pub.Data.Span)));
        Assert.Equal(hasJoins, all.Exists(reply => reply.Push!.Join?.Info!.Client == other.Connection.Id.ToString()));
        Assert.Equal(Numbers(11, 14), other.TakePublications());
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"starling":{"rate":2}}""")]   // who stands at the same place shares what is written
    public async Task I2_I3_A_client_that_recovers_what_is_not_announced_yet_gets_the_rest_and_nothing_twice(string data)
    {
        await using var engine = Engine(static options => options.Channel.WithoutNamespace.RingEntriesMax = 4);
        var request = new SubscribeRequest { Channel = "room", Data = Encoding.UTF8.GetBytes(data) };
        var (here, back) = (engine.Connect(), engine.Connect());
        here.Send(new Command { Id = 2, Subscribe = request });
        Assert.NotNull(here.Take().Subscribe);
        Publish(engine, 1, 10);
        engine.Time.Advance(s_pull);
        Assert.Equal(Numbers(1, 10), here.TakePublications());
        PublishLate(engine, 11, 12);
        (request.Recover, request.Offset) = (true, 2);
        back.Send(new Command { Id = 2, Subscribe = request });
        Assert.Equal(Numbers(3, 12), back.Take().Subscribe!.Publications!.Select(static pub => Encoding.UTF8.GetString(pub.Data.Span)));
        _broker.DeliverHeld();
        Publish(engine, 13, 14);
        engine.Time.Advance(s_pull);
        Assert.Equal(Numbers(13, 14), back.TakePublications());
        Assert.Equal(Numbers(11, 14), here.TakePublications());
    }

    [Fact]
    public async Task I5_A_client_of_a_lost_stream_still_does_not_recover()
    {
        await using var engine = Engine();
        engine.Publish("room", "1");
        var result = Recover(engine.Connect(), 1, "zzzzzzzz").Subscribe!;
        Assert.True(result is { Recovered: false, WasRecovering: true, Offset: 1 });
    }

    [Fact]
    public async Task While_the_broker_does_not_answer_a_client_is_told_to_ask_again_not_that_it_lost_its_place()
    {
        await using var engine = Engine(static options => options.Channel.WithoutNamespace.RingEntriesMax = 4);
        engine.Subscribe("room");
        for (var i = 1; i <= 20; i++) engine.Publish("room", $"{i}");
        var epoch = engine.Node.Channels.Find("room")!.Log.Position.Epoch;
        var peer = engine.Connect();
        _broker.IsSilent = true;
        Assert.True(Recover(peer, 2, epoch).Error is { Code: 100, Temporary: true });
        Assert.Equal(0, peer.Connection.SubscriptionCount);
        _broker.IsSilent = false;
        var result = Recover(peer, 2, epoch).Subscribe!;
        Assert.True(result.Recovered);
        Assert.Equal(18, result.Publications!.Count);
    }

    [Fact]
    public async Task While_the_broker_does_not_answer_a_client_that_has_seen_more_than_this_node_asks_again_too()
    {
        await using var engine = Engine();
        engine.Subscribe("room");
        engine.Publish("room", "1");
        var epoch = engine.Node.Channels.Find("room")!.Log.Position.Epoch;
        _broker.Drops = static _ => true;
        engine.Publish("room", "2");
        _broker.IsSilent = true;
        var peer = engine.Connect();
        Assert.True(Recover(peer, 2, epoch).Error is { Code: 100, Temporary: true });
        _broker.IsSilent = false;
        Assert.True(Recover(peer, 2, epoch).Subscribe is { Recovered: true, Offset: 2 });
    }

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task I2_A_client_that_missed_more_than_may_wait_for_it_gets_the_rest_behind_the_reply(Wire wire)
    {
        await using var engine = Engine(static options => options.Client.QueueMaxSize = 16 * 1024);
        for (var i = 1; i <= 250; i++) engine.Publish("room", $"\"{i}{new string('x', 1_000)}\"");
        var peer = engine.Connect(wire);
        var result = Recover(peer, 0, "").Subscribe!;
        Assert.True(result.Recovered);
        Assert.InRange(result.Publications!.Count, 1, 8);
        Assert.Equal(250, result.Publications.Count + peer.TakePublications().Length);
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task A48_I2_Many_channels_in_one_frame_share_the_room_for_their_replies()
    {
        await using var engine = Engine(static options => options.Client.QueueMaxSize = 64 * 1024);
        foreach (var channel in Enumerable.Range(0, 50))
        {
            for (var i = 1; i <= 40; i++) engine.Publish($"room{channel}", $"\"{new string('x', 1_000)}\"");
        }
        var peer = engine.Connect();
        peer.Send([.. Enumerable.Range(0, 50).Select(static channel =>
            new Command { Id = (uint)channel + 2, Subscribe = new SubscribeRequest { Channel = $"room{channel}", Recover = true } })]);
        var all = peer.TakeAll();
        Assert.Null(peer.ClosedWith);
        Assert.Equal(50, all.Count(static reply => reply.Subscribe is { Recovered: true }));
        Assert.Equal(2_000, all.Sum(static reply => reply.Subscribe?.Publications?.Count ?? (reply.Push?.Pub is null ? 0 : 1)));
    }

    [Fact]
    public async Task A_history_that_is_larger_than_may_wait_is_cut_and_can_be_read_on()
    {
        await using var engine = Engine(static options => options.Client.QueueMaxSize = 16 * 1024);
        for (var i = 1; i <= 30; i++) engine.Publish("room", $"\"{new string('x', 1_000)}\"");
        var peer = engine.Connect();
        var read = 0UL;
        for (var page = 0; read < 30; page++)
        {
            Assert.True(page < 30);
            peer.Send(new Command { Id = 3, History = new HistoryRequest { Channel = "room", Limit = 300, Since = new StreamPosition { Offset = read } } });
            var publications = peer.Take().History!.Publications!;
            Assert.Equal(read + 1, publications[0].Offset);
            read = publications[^1].Offset;
        }
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task F04_After_a_standstill_nobody_is_judged_by_a_silence_that_was_ours()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        while (peer.Received.Count == 0) engine.Time.Advance(TimeSpan.FromSeconds(1));   // a ping is out, its pong is not read yet
        engine.Time.StandStill(TimeSpan.FromMinutes(1));
        var fresh = engine.Open();   // came while nobody took connections in
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        peer.SendText("{}");
        fresh.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        engine.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(peer.ClosedWith);
        Assert.Null(fresh.ClosedWith);
    }

    [Fact]
    public async Task F04_Who_says_nothing_after_a_standstill_either_is_gone()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        var mute = engine.Open();
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        engine.Time.StandStill(TimeSpan.FromMinutes(1));
        engine.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(Disconnects.NoPong, peer.ClosedWith);
        Assert.Equal(Disconnects.Stale, mute.ClosedWith);
    }
}
