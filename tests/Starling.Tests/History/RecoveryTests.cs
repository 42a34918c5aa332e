using System.Text;
using Starling.Brokers;
using Starling.Channels;
using Starling.Operations;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.History;

/// <summary>Positions, recovery, holes (protocol 4.5; I2, I3, I5).</summary>
public sealed class RecoveryTests
{
    private static readonly Action<StarlingOptions> s_recovering = static options => Recovering(options, size: 100);

    private static void Recovering(StarlingOptions options, int size)
    {
        options.Channel.WithoutNamespace.HistorySize = size;
        options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(5);
        options.Channel.WithoutNamespace.ForceRecovery = true;
    }

    private static string[] Numbers(int from, int to) => [.. Enumerable.Range(from, Math.Max(0, to - from + 1)).Select(static i => $"{i}")];

    private static void PublishNumbers(EngineHarness engine, int from, int to)
    {
        foreach (var number in Numbers(from, to)) engine.Publish("room", number);
    }

    private static SubscribeResult Subscribe(
        TestPeer peer, ulong offset = 0, string epoch = "", bool recover = false, SubscribeFlags flag = SubscribeFlags.None)
    {
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Recover = recover, Offset = offset, Epoch = epoch, Flag = flag } });
        return peer.Take().Subscribe!;
    }

    private static string[] Data(IEnumerable<Publication>? publications) =>
        [.. (publications ?? []).Select(static pub => Encoding.UTF8.GetString(pub.Data.Span))];

    [Fact]
    public async Task Checklist_63_73_Offsets_start_at_one_grow_by_one_and_the_first_carries_the_epoch()
    {
        await using var engine = new EngineHarness(s_recovering);
        var peer = engine.Connect();
        var epoch = Subscribe(peer).Epoch;
        PublishNumbers(engine, 1, 3);
        var publications = peer.TakeAll().Select(static reply => reply.Push!.Pub!).ToArray();
        Assert.Equal([1UL, 2UL, 3UL], publications.Select(static pub => pub.Offset));
        Assert.Equal([epoch, "", ""], publications.Select(static pub => pub.Epoch));
    }

    [Fact]
    public async Task Checklist_64_A_recoverable_subscribe_tells_epoch_and_top()
    {
        await using var engine = new EngineHarness(s_recovering);
        PublishNumbers(engine, 1, 7);
        var result = Subscribe(engine.Connect());
        Assert.True(result is { Recoverable: true, Positioned: true, Offset: 7, Recovered: false, WasRecovering: false });
        Assert.Equal(8, result.Epoch.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(100)]
    public async Task Checklist_65_66_I2_Recovery_returns_exactly_what_was_missed(int missed)
    {
        await using var engine = new EngineHarness(s_recovering);
        PublishNumbers(engine, 1, 10);
        var first = engine.Connect();
        var epoch = Subscribe(first).Epoch;
        first.Drop();
        PublishNumbers(engine, 11, 10 + missed);
        var second = engine.Connect();
        var result = Subscribe(second, 10, epoch, recover: true);
        Assert.True(result is { Recovered: true, WasRecovering: true, Offset: 10 });
        Assert.Equal(Numbers(11, 10 + missed), Data(result.Publications));
        PublishNumbers(engine, 11 + missed, 12 + missed);
        Assert.Equal(Numbers(11 + missed, 12 + missed), second.TakePublications());
    }

    [Fact]
    public async Task Checklist_67_I5_A_foreign_epoch_or_a_position_that_is_gone_is_told()
    {
        await using var engine = new EngineHarness(s_recovering);
        PublishNumbers(engine, 1, 150);
        var foreign = Subscribe(engine.Connect(), 140, "zzzzzzzz", recover: true);
        Assert.True(foreign is { Recovered: false, WasRecovering: true, Offset: 150 });
        Assert.Empty(foreign.Publications ?? []);
        var gone = Subscribe(engine.Connect(), 49, foreign.Epoch, recover: true);   // 51 is the oldest kept
        Assert.True(gone is { Recovered: false, WasRecovering: true, Offset: 150 });
        Assert.True(Subscribe(engine.Connect(), 50, foreign.Epoch, recover: true).Recovered);
        var future = Subscribe(engine.Connect(), 151, foreign.Epoch, recover: true);
        Assert.False(future.Recovered);
    }

    [Fact]
    public async Task Checklist_67_What_was_recovered_once_is_not_recovered_again_when_the_history_has_dropped_it()
    {
        await using var engine = new EngineHarness(static options => Recovering(options, size: 5));
        PublishNumbers(engine, 1, 5);
        Assert.Equal(["3", "4", "5"], Data(Subscribe(engine.Connect(), 2, recover: true).Publications));
        PublishNumbers(engine, 6, 20);
        var gone = Subscribe(engine.Connect(), 2, recover: true);
        Assert.True(gone is { Recovered: false, WasRecovering: true, Offset: 20, Publications: null or [] });
    }

    [Fact]
    public async Task Checklist_67_What_the_history_has_dropped_is_not_recovered_though_a_slow_reader_keeps_it_in_the_ring()
    {
        await using var engine = new EngineHarness(static options => Recovering(options, size: 5));
        var slow = engine.Subscribe("room");
        slow.StopReading();
        PublishNumbers(engine, 1, 20);
        Assert.True(engine.Node.Channels.Find("room")!.Log.Position.Head - ((RingLog)engine.Node.Channels.Find("room")!.Log).Oldest > 10);
        var gone = Subscribe(engine.Connect(), 14, recover: true);
        Assert.True(gone is { Recovered: false, WasRecovering: true, Offset: 20, Publications: null or [] });
        Assert.Equal(["16", "17", "18", "19", "20"], Data(Subscribe(engine.Connect(), 15, recover: true).Publications));
    }

    [Fact]
    public async Task A_page_that_many_share_is_read_anew_after_a_second()
    {
        await using var engine = new EngineHarness(s_recovering);
        PublishNumbers(engine, 1, 5);
        Assert.True(Subscribe(engine.Connect(), 2, recover: true).Recovered);
        Assert.True(await engine.Node.Broker.RemoveHistoryAsync("room", TestContext.Current.CancellationToken));   // by another node
        engine.Time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.False(Subscribe(engine.Connect(), 2, recover: true).Recovered);
    }

    [Fact]
    public async Task Checklist_68_With_flag_2_a_failed_recovery_is_error_112_and_no_subscription()
    {
        await using var engine = new EngineHarness(s_recovering);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Recover = true, Offset = 9, Flag = SubscribeFlags.RejectUnrecovered } });
        Assert.Equal(112u, peer.Take().Error!.Code);
        Assert.Equal(0, peer.Connection.SubscriptionCount);
        Assert.Equal(0, engine.Node.Channels.Count);
    }

    [Fact]
    public async Task A_recovery_longer_than_one_reply_goes_on_by_cursor()
    {
        await using var engine = new EngineHarness(static options => Recovering(options, size: 2_000));
        PublishNumbers(engine, 1, 1_500);
        var peer = engine.Connect();
        var result = Subscribe(peer, 100, recover: true);
        Assert.True(result.Recovered);
        Assert.Equal(Numbers(101, 400), Data(result.Publications));
        PublishNumbers(engine, 1_501, 1_510);
        Assert.Equal(Numbers(401, 1_510), peer.TakePublications());
    }

    [Fact]
    public async Task A_reader_that_falls_off_the_ring_reads_on_from_the_history_without_loss()
    {
        await using var engine = new EngineHarness(static options =>
        {
            Recovering(options, size: 5_000);
            options.Channel.WithoutNamespace.RingEntriesMax = 16;
        });
        var slow = engine.Connect();
        Subscribe(slow);
        slow.StopReading();
        PublishNumbers(engine, 1, 3_000);
        Assert.InRange(engine.Node.Channels.Find("room")!.Log.Capacity, 1, 16);
        slow.ReadAgain();
        PublishNumbers(engine, 3_001, 3_010);
        Assert.Equal(Numbers(1, 3_010), slow.TakePublications());
        Assert.Null(slow.ClosedWith);
    }

    [Fact]
    public async Task Checklist_71_A_reader_that_falls_off_ring_and_history_is_told_with_2500()
    {
        await using var engine = new EngineHarness(static options =>
        {
            Recovering(options, size: 20);
            options.Channel.WithoutNamespace.RingEntriesMax = 16;
        });
        var slow = engine.Connect();
        Subscribe(slow);
        slow.StopReading();
        PublishNumbers(engine, 1, 100);
        slow.ReadAgain();
        var replies = slow.TakeAll();
        Assert.Equal(2500u, replies[^1].Push!.Unsubscribe!.Code);
        Assert.Equal(0, slow.Connection.SubscriptionCount);
    }

    [Fact]
    public async Task F14_A_hole_in_what_the_broker_delivers_is_mended_from_the_history()
    {
        var broker = new FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = new EngineHarness(s_recovering, broker);
        var peer = engine.Connect();
        Subscribe(peer);
        broker.Drops = static pub => pub.Offset is 3 or 4 or 8;
        PublishNumbers(engine, 1, 10);
        Assert.Equal(Numbers(1, 10), peer.TakePublications());
    }

    [Fact]
    public async Task F21_Doubled_and_reordered_deliveries_reach_nobody_twice_or_out_of_order()
    {
        var broker = new FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = new EngineHarness(s_recovering, broker);
        var peer = engine.Connect();
        Subscribe(peer);
        broker.Doubles = static pub => pub.Offset % 2 == 0;
        broker.Holds = static pub => pub.Offset % 3 == 0;
        PublishNumbers(engine, 1, 20);
        broker.DeliverHeld();
        Assert.Equal(Numbers(1, 20), peer.TakePublications());
    }

    [Fact]
    public async Task Checklist_72_F13_A_silently_lost_last_message_is_found_within_five_seconds()
    {
        var broker = new FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = new EngineHarness(s_recovering, broker);
        var peer = engine.Connect();
        Subscribe(peer);
        PublishNumbers(engine, 1, 2);
        broker.Drops = static pub => pub.Offset == 3;
        PublishNumbers(engine, 3, 3);
        Assert.Equal(Numbers(1, 2), peer.TakePublications());
        engine.Time.Advance(TimeSpan.FromSeconds(5.1));
        Assert.Equal(Numbers(3, 3), peer.TakePublications());
    }

    [Fact]
    public async Task F16_A_lost_stream_is_told_within_five_seconds_and_never_recovers_across_epochs()
    {
        var time = new TestKit.ManualTime();
        var broker = new FaultyBroker(new MemoryBroker(time, RandomSource.System));
        await using var engine = new EngineHarness(
            static options =>
            {
                s_recovering(options);
                options.Channel.WithoutNamespace.HistoryMetaTtl = TimeSpan.FromMinutes(10);
            },
            broker);
        var peer = engine.Connect();
        var epoch = Subscribe(peer).Epoch;
        PublishNumbers(engine, 1, 5);
        peer.TakeAll();
        time.Advance(TimeSpan.FromMinutes(20));   // the broker forgets the stream; the node's clock stands
        engine.Time.Advance(TimeSpan.FromSeconds(5.1));
        Assert.Equal(2500u, peer.Take().Push!.Unsubscribe!.Code);
        var again = Subscribe(peer, 5, epoch, recover: true);
        Assert.True(again is { Recovered: false, WasRecovering: true, Offset: 0 });
        Assert.NotEqual(epoch, again.Epoch);
    }

    [Fact]
    public async Task A48_A_storm_of_recoveries_reads_the_broker_once_per_channel()
    {
        var broker = new FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = new EngineHarness(s_recovering, broker);
        PublishNumbers(engine, 1, 60);
        var before = broker.HistoryReads;
        for (var i = 0; i < 200; i++)
        {
            Assert.Equal(Numbers(11, 60), Data(Subscribe(engine.Connect(), 10, recover: true).Publications));
        }
        Assert.InRange(broker.HistoryReads - before, 1, 3);
    }

    [Fact]
    public async Task Checklist_70_Cache_mode_delivers_only_the_newest_and_nothing_when_the_position_is_current()
    {
        await using var engine = new EngineHarness(static options =>
        {
            s_recovering(options);
            options.Channel.WithoutNamespace.ForceRecoveryMode = ChannelRecoveryMode.Cache;
        });
        var empty = Subscribe(engine.Connect(), recover: true);
        Assert.True(empty.Recovered);
        PublishNumbers(engine, 1, 9);
        var latest = Subscribe(engine.Connect(), recover: true);
        Assert.True(latest.Recovered);
        Assert.Equal(["9"], Data(latest.Publications));
        var current = Subscribe(engine.Connect(), 9, latest.Epoch, recover: true);
        Assert.True(current.Recovered);
        Assert.Empty(current.Publications ?? []);
    }

    [Fact]
    public async Task A_namespace_that_allows_recovery_gives_it_to_those_who_ask()
    {
        await using var engine = new EngineHarness(static options =>
        {
            s_recovering(options);
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
            options.Channel.WithoutNamespace.ForceRecovery = false;
            options.Channel.WithoutNamespace.AllowRecovery = true;
            options.Channel.WithoutNamespace.AllowSubscribeForClient = true;
            options.Channel.WithoutNamespace.AllowSubscribeForAnonymous = true;
        });
        Assert.False(Subscribe(engine.Connect()).Recoverable);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Recoverable = true } });
        Assert.True(peer.Take().Subscribe is { Recoverable: true, Positioned: true });
        var positioned = engine.Connect();
        positioned.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Positioned = true } });
        Assert.False(positioned.Take().Subscribe!.Positioned);   // only recovery is allowed
    }

    [Theory]
    [InlineData(0, null, false, new string[0])]
    [InlineData(3, null, false, new[] { "1", "2", "3" })]
    [InlineData(-1, 7, false, new[] { "8", "9", "10" })]
    [InlineData(2, null, true, new[] { "10", "9" })]
    [InlineData(-1, 3, true, new[] { "2", "1" })]
    public async Task Checklist_77_78_79_History_reads_forward_and_in_reverse_with_an_exclusive_start(int limit, int? since, bool reverse, string[] expected)
    {
        await using var engine = new EngineHarness(s_recovering);
        PublishNumbers(engine, 1, 10);
        var peer = engine.Connect();
        peer.Send(new Command
        {
            Id = 2,
            History = new HistoryRequest { Channel = "room", Limit = limit, Reverse = reverse, Since = since is { } offset ? new StreamPosition { Offset = (ulong)offset } : null },
        });
        var result = peer.Take().History!;
        Assert.Equal(expected, Data(result.Publications));
        Assert.Equal(10UL, result.Offset);
    }

    [Fact]
    public async Task Checklist_77_80_History_is_capped_and_a_foreign_epoch_is_112()
    {
        await using var engine = new EngineHarness(static options => Recovering(options, size: 1_000));
        PublishNumbers(engine, 1, 500);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, History = new HistoryRequest { Channel = "room", Limit = -1 } });
        Assert.Equal(300, peer.Take().History!.Publications!.Count);
        peer.Send(new Command { Id = 3, History = new HistoryRequest { Channel = "room", Limit = 1, Since = new StreamPosition { Epoch = "other", Offset = 3 } } });
        Assert.Equal(112u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 4, History = new HistoryRequest { Channel = "room", Limit = 1, Reverse = true, Since = new StreamPosition() } });
        Assert.Equal(107u, peer.Take().Error!.Code);
    }
}
