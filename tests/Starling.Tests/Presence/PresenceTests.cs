using System.Globalization;
using System.Text;
using Starling.Access;
using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Connections;

namespace Starling.Tests.Presence;

/// <summary>Who is there, and who may ask (protocol 3.7, 4.7; A49, A75).</summary>
public sealed class PresenceTests
{
    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task Checklist_82_Everybody_subscribed_is_listed_by_connection_with_all_that_is_known(Wire wire)
    {
        await using var engine = PresenceBench.Start();
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token, "{\"n\":1}"u8.ToArray()));
        engine.Handlers.Subscribing = static _ => ValueTask.FromResult(SubscribingResult.Accept("{\"c\":2}"u8.ToArray()));
        var alice = engine.EnterAs("alice", wire);
        var bob = engine.EnterAs("bob");

        var presence = alice.AskPresence().Presence!.Presence!;

        Assert.Equal(2, presence.Count);
        var info = presence[bob.Client()];
        Assert.Equal(("bob", bob.Client()), (info.User, info.Client));
        Assert.Equal("{\"n\":1}"u8, info.ConnInfo.Span);
        Assert.Equal("{\"c\":2}"u8, info.ChanInfo.Span);
    }

    [Fact]
    public async Task Connections_and_users_are_counted()
    {
        await using var engine = PresenceBench.Start();
        var first = engine.EnterAs("alice");
        var second = engine.EnterAs("alice");
        engine.EnterAs("bob");
        Assert.Equal((3u, 2u), first.Count());
        second.Unsubscribe();
        Assert.Equal((2u, 2u), first.Count());
    }

    [Fact]
    public async Task A_subscriber_is_listed_before_its_reply_and_gone_with_its_unsubscribe()
    {
        await using var engine = PresenceBench.Start();
        var alice = engine.EnterAs("alice");
        Assert.Equal(["alice"], alice.Users());
        alice.Unsubscribe();
        Assert.Empty(alice.Users());
        alice.Subscribe();
        Assert.Equal(["alice"], alice.Users());
    }

    [Fact]
    public async Task Checklist_81_A_channel_that_keeps_no_presence_answers_108_and_an_unknown_namespace_102()
    {
        await using var engine = PresenceBench.Start(static room => room.Presence = false);
        var alice = engine.EnterAs("alice");
        Assert.Equal(ProtocolErrors.NotAvailable.Code, alice.AskPresence().Error!.Code);
        alice.Send(new Command { Id = 4, PresenceStats = new PresenceStatsRequest { Channel = PresenceBench.Room } });
        Assert.Equal(ProtocolErrors.NotAvailable.Code, alice.Take().Error!.Code);
        alice.Send(new Command { Id = 5, Presence = new PresenceRequest { Channel = "unknown:a" } });
        Assert.Equal(ProtocolErrors.UnknownChannel.Code, alice.Take().Error!.Code);
        alice.Send(new Command { Id = 6, Presence = new PresenceRequest { Channel = new string('a', 256) } });
        Assert.Equal(ProtocolErrors.BadRequest.Code, alice.Take().Error!.Code);
        alice.Send(new Command { Id = 7, PresenceStats = new PresenceStatsRequest() });
        Assert.Equal(Disconnects.BadRequest, alice.ClosedWith);
    }

    [Theory]
    [InlineData(true, false, false, "alice", false, true)]
    [InlineData(false, true, false, "alice", true, true)]
    [InlineData(false, true, false, "alice", false, false)]
    [InlineData(false, false, true, "alice", true, false)]
    [InlineData(true, true, false, "", true, false)]
    [InlineData(true, false, true, "", false, true)]
    public async Task A75_Presence_has_a_permission_of_its_own(
        bool forClient, bool forSubscriber, bool forAnonymous, string user, bool isSubscribed, bool isAllowed)
    {
        await using var engine = new EngineHarness(options =>
        {
            options.Client.Insecure = false;
            var room = options.Channel.WithoutNamespace;
            room.Presence = room.AllowSubscribeForClient = room.AllowSubscribeForAnonymous = true;
            room.AllowPresenceForClient = forClient;
            room.AllowPresenceForSubscriber = forSubscriber;
            room.AllowPresenceForAnonymous = forAnonymous;
        });
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token));
        var peer = engine.ConnectAs(user);
        if (isSubscribed) peer.Subscribe();

        Assert.Equal(isAllowed ? null : ProtocolErrors.PermissionDenied.Code, peer.AskPresence().Error?.Code);
        peer.Send(new Command { Id = 4, PresenceStats = new PresenceStatsRequest { Channel = PresenceBench.Room } });
        Assert.Equal(isAllowed ? null : ProtocolErrors.PermissionDenied.Code, peer.Take().Error?.Code);
    }

    [Fact]
    public async Task Checklist_83_An_entry_lives_as_long_as_its_subscription_and_not_longer()
    {
        await using var engine = PresenceBench.Start();
        var peers = Enumerable.Range(0, 5).Select(i => engine.EnterAs(i.ToString(CultureInfo.InvariantCulture))).ToArray();
        for (var i = 0; i < 20; i++)
        {
            engine.Time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal((5u, 5u), peers[0].Count());
        }
        peers[1].Leave();
        Assert.Equal((4u, 4u), peers[0].Count());
    }

    [Fact]
    public async Task Renewals_of_a_channel_are_gathered_and_each_member_is_renewed_in_time()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(static room => room.JoinLeave = false, broker);
        for (var i = 0; i < 1000; i++) engine.EnterAs("someone");
        Assert.Equal(1000, broker.Written.Count);
        for (var round = 0; round < 4; round++)
        {
            broker.Written.Clear();
            engine.Time.Advance(TimeSpan.FromSeconds(28));
            Assert.Equal(1000, broker.Written.SelectMany(static clients => clients).Distinct().Count());
            Assert.InRange(broker.Written.Count, 2, 6);
        }
    }

    [Fact]
    public async Task When_the_broker_does_not_answer_a_subscribe_is_refused_for_now_and_leaves_nothing_behind()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(broker: broker);
        var alice = engine.ConnectAs("alice");
        broker.IsDown = true;
        alice.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = PresenceBench.Room } });
        Assert.True(alice.Take().Error is { Code: 100, Temporary: true });
        Assert.True(alice.AskPresence().Error is { Code: 100, Temporary: true });
        broker.IsDown = false;
        Assert.Equal(0, engine.Node.Presence.MemberCount);
        Assert.Equal(0, engine.Node.Channels.Count);
        alice.Subscribe();
        Assert.Equal(["alice"], alice.Users());
    }

    [Fact]
    public async Task A_connection_that_ends_while_it_is_being_listed_leaves_no_ghost()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(broker: broker);
        var watcher = engine.EnterAs("watcher");
        var alice = engine.ConnectAs("alice");
        broker.Entering = new TaskCompletionSource<bool>();
        alice.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = PresenceBench.Room } });
        Assert.Empty(alice.Received);
        alice.Drop();
        broker.Entering.SetResult(true);
        Assert.Equal(["watcher"], watcher.Users());
        Assert.Empty(watcher.TakeMembership());
        Assert.Equal(1, engine.Node.Presence.MemberCount);
    }

    [Fact]
    public async Task I7_A_connection_that_ends_before_it_is_listed_leaves_no_channel_behind()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(broker: broker);
        var alice = engine.ConnectAs("alice");
        broker.Attaching = new TaskCompletionSource();
        alice.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = PresenceBench.Room } });
        alice.Drop();
        broker.Attaching.SetResult();
        await Eventually.IsTrueAsync(() => !alice.Connection.Commands.IsBusy, "the end of the subscribe");
        Assert.Equal(0, engine.Node.Presence.ChannelCount);
    }

    [Fact]
    public async Task Who_waits_for_the_broker_to_be_listed_is_told_the_number_of_the_channel_all_the_same()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(static room => room.ForcePushJoinLeave = false, broker);
        var alice = engine.ConnectAs("alice");
        broker.Entering = new TaskCompletionSource<bool>();
        alice.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = PresenceBench.Room, Flag = SubscribeFlags.ChannelCompaction } });
        Assert.Empty(alice.Received);
        broker.Entering.SetResult(true);
        await Eventually.IsTrueAsync(() => !alice.Connection.Commands.IsBusy, "the reply");
        var id = alice.Take().Subscribe!.Id;
        engine.Publish(PresenceBench.Room, "1");
        Assert.True(id > 0);
        Assert.True(alice.Take().Push is { Pub: not null, Channel: "" } push && push.Id == id);
    }

    [Fact]
    public async Task A49_A_long_list_is_read_once_a_second_however_often_it_is_asked_for()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(static room => room.JoinLeave = false, broker);
        var asker = engine.EnterAs("asker");
        for (var i = 1; i < 300; i++) engine.EnterAs("someone");
        for (var i = 0; i < 50; i++) Assert.Equal(300, asker.AskPresence().Presence!.Presence!.Count);
        Assert.Equal(1, broker.Lists);
        engine.EnterAs("another");
        Assert.Equal(300, asker.AskPresence().Presence!.Presence!.Count);
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(301, asker.AskPresence().Presence!.Presence!.Count);
        Assert.Equal(2, broker.Lists);
    }

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task A49_A_list_beyond_its_bound_is_refused_and_never_given_in_part(Wire wire)
    {
        await using var engine = PresenceBench.Start(static room => (room.PresenceListMax, room.JoinLeave) = (10, false));
        var peers = Enumerable.Range(0, 10).Select(_ => engine.EnterAs("someone", wire)).ToArray();
        Assert.Equal(10, peers[0].AskPresence().Presence!.Presence!.Count);
        engine.EnterAs("one too many");
        Assert.Equal(ProtocolErrors.LimitExceeded.Code, peers[0].AskPresence().Error!.Code);
        Assert.Equal((11u, 2u), peers[0].Count());
    }

    [Fact]
    public async Task A49_A_list_too_long_for_the_queue_is_refused_instead_of_closing_the_one_who_asks()
    {
        await using var engine = PresenceBench.Start(static room => room.JoinLeave = false);
        var info = Encoding.UTF8.GetBytes('"' + new string('x', 8000) + '"');
        engine.Handlers.Connecting = context => ValueTask.FromResult(ConnectingResult.Accept(context.Token, info));
        var asker = engine.EnterAs("asker");
        for (var i = 1; i < 60; i++) engine.EnterAs("someone");
        Assert.Equal(60, asker.AskPresence().Presence!.Presence!.Count);
        for (var i = 60; i < 100; i++) engine.EnterAs("someone");
        Assert.Equal(ProtocolErrors.LimitExceeded.Code, asker.AskPresence().Error!.Code);
        Assert.Null(asker.ClosedWith);
    }

    [Fact]
    public async Task Who_refreshes_with_other_information_is_shown_with_it_from_then_on()
    {
        await using var engine = PresenceBench.Start();
        var alice = engine.EnterAs("alice");
        alice.Connection.Renew(expiresAt: 0, "{\"n\":2}"u8.ToArray(), token: null);
        Assert.Equal("{\"n\":2}"u8, Assert.Single(alice.AskPresence().Presence!.Presence!.Values).ConnInfo.Span);
        alice.Connection.Renew(alice.Connection.FindSubscription(PresenceBench.Room)!, expiresAt: 0, "{\"c\":3}"u8.ToArray(), stamp: null, ChannelRights.None);
        Assert.Equal("{\"c\":3}"u8, Assert.Single(alice.AskPresence().Presence!.Presence!.Values).ChanInfo.Span);
    }

    [Fact]
    public async Task At_the_end_of_the_node_no_entry_stays_behind()
    {
        var broker = new PresenceFaults(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = PresenceBench.Start(broker: broker);
        var peers = Enumerable.Range(0, 3).Select(_ => engine.EnterAs("someone")).ToArray();
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        foreach (var peer in peers) peer.Drop();   // told to come back, so held
        Assert.Equal(3, (await broker.CountPresenceAsync(PresenceBench.Room, TestContext.Current.CancellationToken)).Clients);
        while (!stopping.IsCompleted) engine.Time.Advance(TimeSpan.FromMilliseconds(50));
        await stopping;
        Assert.Equal(0, (await broker.CountPresenceAsync(PresenceBench.Room, TestContext.Current.CancellationToken)).Clients);
    }
}
