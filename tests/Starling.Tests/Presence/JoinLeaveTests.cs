using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Tests.Presence;

/// <summary>Joins and leaves: who hears of them, in which order, and what they leave alone (protocol 3.6, 4.7).</summary>
public sealed class JoinLeaveTests
{
    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task Checklist_61_A_subscriber_sees_others_come_and_go_and_itself_come(Wire wire)
    {
        await using var engine = PresenceBench.Start();
        var alice = engine.ConnectAs("alice", wire);
        alice.Subscribe();
        Assert.Equal(["+alice"], alice.TakeMembership());
        var bob = engine.ConnectAs("bob");
        bob.Subscribe();
        var join = Assert.Single(alice.TakeAll()).Push!;
        Assert.Equal((PresenceBench.Room, "bob", bob.Client()), (join.Channel, join.Join!.Info!.User, join.Join.Info.Client));
        bob.Unsubscribe();
        var leave = Assert.Single(alice.TakeAll()).Push!;
        Assert.Equal(("bob", bob.Client()), (leave.Leave!.Info!.User, leave.Leave.Info.Client));
        Assert.Empty(bob.Received);
    }

    [Fact]
    public async Task The_reply_comes_before_the_subscribers_own_join()
    {
        await using var engine = PresenceBench.Start();
        var alice = engine.ConnectAs("alice");
        alice.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = PresenceBench.Room } });
        var replies = alice.TakeAll();
        Assert.Equal(2, replies.Count);
        Assert.NotNull(replies[0].Subscribe);
        Assert.NotNull(replies[1].Push?.Join);
    }

    [Theory]
    [InlineData(true, true, false, false, true)]    // forced
    [InlineData(true, false, true, true, true)]     // asked for and permitted
    [InlineData(true, false, true, false, false)]   // asked for without permission
    [InlineData(true, false, false, true, false)]   // not asked for
    [InlineData(false, true, true, true, false)]    // the namespace announces nothing
    public async Task Point_5_Joins_go_to_those_who_are_forced_or_ask_and_may_call_presence(
        bool isOn, bool isForced, bool isAsked, bool mayReadPresence, bool isTold)
    {
        await using var engine = PresenceBench.Start(room =>
        {
            room.JoinLeave = isOn;
            room.ForcePushJoinLeave = isForced;
            room.AllowSubscribeForClient = true;
            room.AllowPresenceForSubscriber = mayReadPresence;
        }, isInsecure: false);
        var alice = engine.ConnectAs("alice");
        alice.Subscribe(joinLeave: isAsked);
        engine.EnterAs("bob");
        Assert.Equal(isTold ? ["+alice", "+bob"] : [], alice.TakeMembership());
    }

    [Fact]
    public async Task Who_does_not_want_them_still_gets_every_publication_in_order()
    {
        await using var engine = PresenceBench.Start(static room => room.ForcePushJoinLeave = false);
        var watcher = engine.ConnectAs("watcher");
        watcher.Subscribe(joinLeave: true);
        var reader = engine.EnterAs("reader");
        for (var i = 0; i < 50; i++)
        {
            engine.Publish(PresenceBench.Room, $"{i}");
            engine.EnterAs("x").Unsubscribe();
        }
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => $"{i}"), reader.TakePublications());
        Assert.Equal(102, watcher.TakeMembership().Length);   // itself, the reader, and fifty who came and went
    }

    [Fact]
    public async Task A_tags_filter_does_not_filter_them()
    {
        await using var engine = PresenceBench.Start(static room => room.AllowTagsFilter = true);
        var alice = engine.ConnectAs("alice");
        alice.Send(new Command
        {
            Id = 2,
            Subscribe = new SubscribeRequest { Channel = PresenceBench.Room, Tf = new FilterNode { Cmp = "eq", Key = "a", Val = "1" } },
        });
        engine.EnterAs("bob");
        Assert.Equal(["+alice", "+bob"], alice.TakeMembership());
    }

    [Fact]
    public async Task I2_They_have_no_offset_and_disturb_neither_positions_nor_recovery()
    {
        await using var engine = PresenceBench.Start(static room =>
        {
            (room.HistorySize, room.HistoryTtl, room.ForceRecovery) = (100, TimeSpan.FromMinutes(5), true);
        });
        var watcher = engine.EnterAs("watcher");
        for (var i = 1; i <= 5; i++)
        {
            engine.Publish(PresenceBench.Room, $"{i}");
            engine.EnterAs("x").Unsubscribe();
        }
        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL], watcher.TakeAll().Select(static reply => reply.Push?.Pub?.Offset ?? 0).Where(static offset => offset > 0));
        engine.Time.Advance(TimeSpan.FromMinutes(1));   // position checks find nothing wrong
        Assert.Empty(watcher.Received);

        var back = engine.ConnectAs("back");
        back.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = PresenceBench.Room, Recover = true, Offset = 2 } });
        var result = back.Take().Subscribe!;
        Assert.True(result.Recovered);
        Assert.Equal([3UL, 4UL, 5UL], result.Publications!.Select(static pub => pub.Offset));
        engine.Publish(PresenceBench.Room, "6");
        Assert.Equal(["6"], back.TakePublications());
    }

    [Fact]
    public async Task I6_A_slow_watcher_that_reads_on_from_the_history_misses_no_join()
    {
        await using var engine = PresenceBench.Start(static room =>
        {
            (room.HistorySize, room.HistoryTtl, room.ForceRecovery, room.RingEntriesMax) = (1000, TimeSpan.FromMinutes(5), true, 16);
        });
        var watcher = engine.EnterAs("watcher");
        watcher.StopReading();
        for (var i = 0; i < 100; i++) engine.Publish(PresenceBench.Room, $"{i}");
        engine.EnterAs("bob");
        watcher.ReadAgain();
        engine.EnterAs("carol");

        var pushes = watcher.TakeAll().Select(static reply => reply.Push!).ToList();
        Assert.Equal(Enumerable.Range(1, 100).Select(static i => (ulong)i), pushes.Select(static push => push.Pub).OfType<Publication>().Select(static pub => pub.Offset));
        Assert.Equal(["bob", "carol"], pushes.Select(static push => push.Join?.Info!.User).OfType<string>());
        Assert.Null(watcher.ClosedWith);
    }

    [Fact]
    public async Task I6_A_watcher_whose_joins_were_lost_is_told_so()
    {
        await using var engine = PresenceBench.Start(static room =>
        {
            (room.HistorySize, room.HistoryTtl, room.ForceRecovery, room.RingEntriesMax) = (1000, TimeSpan.FromMinutes(5), true, 16);
        });
        var watcher = engine.EnterAs("watcher");
        watcher.StopReading();
        engine.Publish(PresenceBench.Room, "0");
        engine.EnterAs("bob");
        for (var i = 0; i < 100; i++) engine.Publish(PresenceBench.Room, $"{i}");
        watcher.ReadAgain();

        var last = watcher.TakeAll()[^1].Push!;
        Assert.Equal(Unsubscribes.InsufficientState.Code, last.Unsubscribe!.Code);
        Assert.Null(watcher.ClosedWith);
    }

    [Fact]
    public async Task A_server_side_subscription_joins_and_leaves_too()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(
            context.Token, subscriptions: new Dictionary<string, ServerSubscription> { [PresenceBench.Room] = new() }));
        var alice = engine.ConnectAs("alice");
        Assert.Equal(["+alice"], alice.TakeMembership());
        Assert.Equal(["alice", "watcher"], watcher.Users());
        alice.Leave();
        engine.Publish(PresenceBench.Room, "1");
        Assert.Equal(["watcher"], watcher.Users());
    }

    [Fact]
    public async Task They_are_told_in_order_by_one_at_a_time_while_the_broker_is_slow()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(broker: broker);
        var watcher = engine.EnterAs("watcher");
        broker.Announced.Clear();
        var gate = broker.Announcing = new TaskCompletionSource<bool>();
        engine.EnterAs("a");
        engine.EnterAs("b");
        engine.EnterAs("c").Unsubscribe();   // nobody has heard of it, nobody needs to
        engine.EnterAs("d");
        Assert.Single(broker.Announced);
        broker.Announcing = null;
        gate.SetResult(true);
        Assert.Equal(["+a", "+b", "+d"], watcher.TakeMembership());
    }
}
