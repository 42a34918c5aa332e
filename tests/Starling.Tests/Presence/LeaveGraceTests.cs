using Starling.Protocol;

namespace Starling.Tests.Presence;

/// <summary>A lost connection is not a leave yet (I6: no flap).</summary>
public sealed class LeaveGraceTests
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task I6_A_user_who_is_back_in_time_was_never_away()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        var old = engine.EnterAs("alice");
        watcher.TakeAll();
        old.Drop();
        engine.Time.Advance(s_grace - TimeSpan.FromMilliseconds(100));
        Assert.Empty(watcher.TakeMembership());
        Assert.Equal(["alice", "watcher"], watcher.Users());

        var back = engine.ConnectAs("alice");
        back.Subscribe();

        var pushes = watcher.TakeAll().Select(static reply => reply.Push!).ToArray();
        Assert.Equal(2, pushes.Length);
        Assert.Equal(back.Client(), pushes[0].Join!.Info!.Client);
        Assert.Equal(old.Client(), pushes[1].Leave!.Info!.Client);
        Assert.Equal([back.Client(), watcher.Client()], [.. watcher.AskPresence().Presence!.Presence!.Keys.OrderBy(key => key == watcher.Client())]);
        engine.Time.Advance(s_grace * 2);
        Assert.Empty(watcher.TakeMembership());
    }

    [Fact]
    public async Task I6_Who_is_told_to_subscribe_again_and_does_was_never_away()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        var alice = engine.EnterAs("alice");
        watcher.TakeAll();
        for (var time = 0; time < 2; time++)
        {
            alice.Connection.LosePlace(alice.Connection.FindSubscription(PresenceBench.Room)!);
            Assert.Equal(2500u, alice.Take().Push!.Unsubscribe!.Code);
            Assert.Equal(["alice", "watcher"], watcher.Users());
            engine.Time.Advance(s_grace / 2);
            alice.Subscribe();
            Assert.Empty(alice.TakeMembership());
        }
        engine.Time.Advance(s_grace * 2);
        Assert.Empty(watcher.TakeMembership());
        Assert.Equal(["alice", "watcher"], watcher.Users());
        Assert.Equal(2, engine.Node.Presence.MemberCount);
        alice.Unsubscribe();
        Assert.Equal(["-alice"], watcher.TakeMembership());
        Assert.Equal(["watcher"], watcher.Users());
    }

    [Fact]
    public async Task I6_Who_is_told_to_subscribe_again_and_does_not_leaves_after_the_grace()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        var alice = engine.EnterAs("alice");
        watcher.TakeAll();
        alice.Connection.LosePlace(alice.Connection.FindSubscription(PresenceBench.Room)!);
        engine.Time.Advance(s_grace - TimeSpan.FromMilliseconds(100));
        Assert.Empty(watcher.TakeMembership());
        engine.Time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(["-alice"], watcher.TakeMembership());
        Assert.Equal(["watcher"], watcher.Users());
        alice.TakeAll();
        alice.Subscribe();
        Assert.Equal(["+alice"], watcher.TakeMembership());
    }

    [Fact]
    public async Task F04_I6_A_standstill_of_the_node_does_not_count_as_grace()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        var alice = engine.EnterAs("alice");
        watcher.TakeAll();
        engine.Time.StandStill(s_grace * 2, beforeTimers: () => alice.Drop());
        engine.Time.Advance(s_grace - TimeSpan.FromMilliseconds(200));
        Assert.Empty(watcher.TakeMembership());
        engine.ConnectAs("alice").Subscribe();
        Assert.Equal(["+alice", "-alice"], watcher.TakeMembership());
    }

    [Fact]
    public async Task A_user_who_does_not_come_back_leaves_after_the_grace()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        engine.EnterAs("alice").Drop();
        watcher.TakeAll();
        engine.Time.Advance(s_grace + TimeSpan.FromMilliseconds(100));
        Assert.Equal(["-alice"], watcher.TakeMembership());
        Assert.Equal(["watcher"], watcher.Users());
        Assert.Equal(1, engine.Node.Presence.MemberCount);
    }

    [Fact]
    public async Task Who_says_good_bye_leaves_at_once()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        engine.EnterAs("alice").Leave();
        engine.EnterAs("bob").Unsubscribe();
        Assert.Equal(["+alice", "-alice", "+bob", "-bob"], watcher.TakeMembership());
    }

    [Theory]
    [InlineData(3503, true)]    // force disconnect: it does not come back
    [InlineData(4500, true)]
    [InlineData(3001, false)]   // shutdown: it does
    [InlineData(3008, false)]
    public async Task Whom_the_server_sends_away_for_good_leaves_at_once(uint code, bool isFinal)
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        var alice = engine.EnterAs("alice");
        watcher.TakeAll();
        alice.Connection.Disconnect(new Disconnect(code, "go"));
        alice.Leave();
        Assert.Equal(isFinal ? ["-alice"] : [], watcher.TakeMembership());
    }

    [Fact]
    public async Task Anonymous_users_have_no_grace()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        engine.EnterAs("").Drop();
        Assert.Equal(["+", "-"], watcher.TakeMembership());
    }

    [Fact]
    public async Task Without_grace_a_lost_connection_leaves_at_once()
    {
        await using var engine = PresenceBench.Start(static room => room.LeaveGrace = TimeSpan.Zero);
        var watcher = engine.EnterAs("watcher");
        engine.EnterAs("alice").Drop();
        Assert.Equal(["+alice", "-alice"], watcher.TakeMembership());
    }

    [Fact]
    public async Task Presence_without_joins_is_kept_through_the_grace_too()
    {
        await using var engine = PresenceBench.Start(static room => room.JoinLeave = false);
        var watcher = engine.EnterAs("watcher");
        engine.EnterAs("alice").Drop();
        Assert.Equal(["alice", "watcher"], watcher.Users());
        engine.EnterAs("alice");
        Assert.Equal((2u, 2u), watcher.Count());
    }

    [Fact]
    public async Task The_join_of_the_user_on_another_node_ends_the_grace()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        engine.EnterAs("alice").Drop();
        watcher.TakeAll();
        engine.Node.OnMembership(PresenceBench.Room, [new(Brokers.MembershipKind.Join, new ClientInfo { User = "alice", Client = "elsewhere" })]);
        Assert.Equal(["+alice", "-alice"], watcher.TakeMembership());
    }

    [Fact]
    public async Task F21_I6_A_join_that_the_broker_brings_again_after_its_leave_does_not_end_the_grace()
    {
        await using var engine = PresenceBench.Start();
        var watcher = engine.EnterAs("watcher");
        var before = new ClientInfo { User = "alice", Client = "before" };
        engine.Node.OnMembership(PresenceBench.Room, [new(Brokers.MembershipKind.Join, before)]);
        var alice = engine.EnterAs("alice");
        engine.Node.OnMembership(PresenceBench.Room, [new(Brokers.MembershipKind.Leave, before)]);
        alice.Drop();
        watcher.TakeAll();
        engine.Node.OnMembership(PresenceBench.Room, [new(Brokers.MembershipKind.Join, before)]);
        Assert.Equal(["+alice"], watcher.TakeMembership());   // the repetition; and nobody seems to have gone
        engine.Time.Advance(s_grace);
        Assert.Equal(["-alice"], watcher.TakeMembership());
    }
}
