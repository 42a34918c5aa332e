using Starling.Simulation.Checks;
using Starling.Simulation.World;
using Starling.Simulation.Plans;

namespace Starling.Simulation;

/// <summary>Presence is broken by hand, in one place, in a log that is right otherwise.</summary>
public sealed class PresenceCheckerTests
{
    private static readonly ChannelTraits s_room =
        new(HistorySize: 0, KeepsForLong: true, IsCache: false, HasPresence: true, LeaveGrace: TimeSpan.FromSeconds(4));

    /// <summary>One watches; another comes, loses its connection, is back within the grace as somebody else, and goes for good.</summary>
    private static List<SimEvent> Story() =>
    [
        Admitted("a1", "ann"), Connected(1, "a1"), Subscribing(1), Subscribed(1), JoinTold("a1", "ann"), JoinSeen(1, "a1"),
        Admitted("b1", "bob"), Connected(2, "b1"), Subscribing(2), Subscribed(2), JoinTold("b1", "bob"), JoinSeen(1, "b1"), JoinSeen(2, "b1"),
        At(10, Disconnected(2, 1006)), At(10, Over("b1")),
        At(12, Admitted("b2", "bob")), At(12, Connected(2, "b2")), At(12, Subscribing(2)), At(12, Subscribed(2)),
        At(12, JoinTold("b2", "bob")), At(12, LeaveTold("b1", "bob")), At(12, JoinSeen(1, "b2")), At(12, JoinSeen(2, "b2")), At(12, LeaveSeen(1, "b1")), At(12, LeaveSeen(2, "b1")),
        At(60, Listed(1, "a1 b2 ")), At(60, Listed(2, "a1 b2 ")), At(60, Settled()),
        At(70, Unsubscribed(2)), At(70, LeaveTold("b2", "bob")), At(70, LeaveSeen(1, "b2")),
        At(90, Listed(1, "a1 ")), At(90, Settled()),
    ];

    [Fact]
    public void A_log_that_is_right_passes()
    {
        Assert.Empty(Check(Story()).Violations);
        Assert.Equal(8, Check(Story()).Checked);
    }

    [Fact]
    public void I6_A_join_that_a_watcher_never_saw_is_found() => AssertFinds("one is lost", Without(JoinSeen(1, "b1")));

    [Fact]
    public void I6_A_last_leave_that_a_watcher_never_saw_is_found() => AssertFinds("at the end never came", Without(At(70, LeaveSeen(1, "b2"))));

    [Fact]
    public void I6_A_leave_seen_twice_is_found() => AssertFinds("came again", Behind(At(70, LeaveSeen(1, "b2")), At(70, LeaveSeen(1, "b2"))));

    [Fact]
    public void I6_Two_that_swapped_places_are_found()
    {
        var story = Story();
        var (join, leave) = (story.IndexOf(At(12, JoinSeen(1, "b2"))), story.IndexOf(At(12, LeaveSeen(1, "b1"))));
        (story[join], story[leave]) = (story[leave], story[join]);
        AssertFinds("one is lost", story);
        AssertFinds("came again, or too late", story);
    }

    [Fact]
    public void I6_A_join_of_nobody_is_found() => AssertFinds("x1 joined, and is nobody", Behind(JoinTold("x1", "xaver"), JoinSeen(1, "a1")));

    [Fact]
    public void I6_A_join_that_was_never_told_is_found() => AssertFinds("JoinSeen of x1 was never told", Behind(JoinSeen(1, "x1"), JoinSeen(1, "a1")));

    [Fact]
    public void I6_A_second_join_without_a_leave_is_found() => AssertFinds("b1 joined twice", Behind(JoinTold("b1", "bob"), JoinTold("b1", "bob")));

    [Fact]
    public void I6_A_leave_without_a_join_is_found() => AssertFinds("b1 left, and had not joined", Behind(LeaveTold("b1", "bob"), JoinSeen(1, "a1")));

    [Fact]
    public void I6_A_leave_that_nobody_told_is_found() =>
        AssertFinds("b2 is gone, and its leave was never told", Without(At(70, LeaveTold("b2", "bob")), Without(At(70, LeaveSeen(1, "b2")))));

    [Fact]
    public void I6_A_join_that_nobody_told_is_found()
    {
        var story = Without(JoinTold("a1", "ann"), Without(JoinSeen(1, "a1")));
        AssertFinds("a1 is there, and its join was never told", story);
    }

    [Fact]
    public void I6_A_ghost_in_the_list_is_found() => AssertFinds("b2 is listed, and is not there", Instead(At(90, Listed(1, "a1 ")), At(90, Listed(1, "a1 b2 "))));

    [Fact]
    public void I6_Somebody_who_is_missing_in_the_list_is_found() => AssertFinds("b2 is there, and is not listed", Instead(At(60, Listed(1, "a1 b2 ")), At(60, Listed(1, "a1 "))));

    [Fact]
    public void I6_A_list_that_nobody_gave_is_found() => AssertFinds("nobody said who is there", Without(At(60, Listed(1, "a1 b2 "))));

    [Fact]
    public void I6_A_user_who_seems_to_be_gone_within_the_grace_is_found()
    {
        // The leave is told when the connection is lost, not when its user is back.
        var story = Without(At(12, LeaveTold("b1", "bob")), Without(At(12, LeaveSeen(1, "b1")), Without(At(12, LeaveSeen(2, "b1")))));
        story.InsertRange(story.IndexOf(At(10, Over("b1"))) + 1, [At(10, LeaveTold("b1", "bob")), At(10, LeaveSeen(1, "b1"))]);
        AssertFinds("bob seemed to be gone from 10.000 s on", story);
        story.Insert(story.IndexOf(At(10, Disconnected(2, 1006))), At(10, new SimEvent(default, EventKind.SaidGoodBye, 2) { Message = "attempt of b1" }));
        Assert.Empty(Check(story).Violations);
    }

    [Fact]
    public void I6_A_user_who_is_subscribed_again_on_the_same_connection_was_never_gone()
    {
        var story = Story();
        story.InsertRange(story.IndexOf(At(60, Listed(1, "a1 b2 "))),
        [
            At(20, LeaveTold("b2", "bob")), At(20, LeaveSeen(1, "b2")), At(20, Unsubscribed(2) with { Code = 2500 }), At(20, Subscribing(2)), At(20, Subscribed(2)),
            At(20, JoinTold("b2", "bob")), At(20, JoinSeen(1, "b2")), At(20, JoinSeen(2, "b2")),
        ]);
        AssertFinds("bob seemed to be gone from 20.000 s on", story);
    }

    [Fact]
    public void I6_A_leave_that_waited_although_its_client_was_never_told_to_come_back_is_not_blamed_and_one_that_did_not_wait_is()
    {
        var story = Story();
        story.InsertRange(story.IndexOf(At(60, Listed(1, "a1 b2 "))),
        [
            At(20, Unsubscribed(2) with { Code = 2500 }), At(24, LeaveTold("b2", "bob")), At(24, LeaveSeen(1, "b2")), At(26, Subscribing(2)), At(26, Subscribed(2)),
            At(26, JoinTold("b2", "bob")), At(26, JoinSeen(1, "b2")), At(26, JoinSeen(2, "b2")),
        ]);
        Assert.Empty(Check(story).Violations);
        var early = story.ToList();
        early[early.IndexOf(At(20, Unsubscribed(2) with { Code = 2500 }))] = At(23, Unsubscribed(2) with { Code = 2500 });
        AssertFinds("bob seemed to be gone from 24.000 s on", early);
        // Its link was slow: it may have been told long before it heard.
        early.Insert(0, At(10, new SimEvent(default, EventKind.Fault, 2) { Message = "StopReading of 1 for 12.00 s" }));
        Assert.Empty(Check(early).Violations);
    }

    /// <summary>The node of the lost connection stood still: it hears that the user came back and went by its own will when it hears of the loss.</summary>
    [Fact]
    public void I6_A_user_who_came_back_and_went_before_a_frozen_node_knew_of_the_loss_is_gone()
    {
        List<SimEvent> story =
        [
            Admitted("b1", "bob"), Connected(2, "b1"), Subscribing(2), Subscribed(2), JoinTold("b1", "bob"), JoinSeen(2, "b1"),
            At(10, Disconnected(2, 1006)),
            At(12, Admitted("b2", "bob")), At(12, Connected(2, "b2")), At(12, Subscribing(2)), At(12, Subscribed(2)),
            At(12, JoinTold("b2", "bob")), At(12, JoinSeen(2, "b2")),
            At(13, Unsubscribed(2)), At(13, LeaveTold("b2", "bob")),
            At(14, Over("b1")), At(14, LeaveTold("b1", "bob")),
            At(20, Subscribing(2)), At(20, Subscribed(2)), At(20, JoinTold("b2", "bob")), At(20, JoinSeen(2, "b2")),
            At(60, Listed(2, "b2 ")), At(60, Settled()),
        ];
        Assert.Empty(Check(story).Violations);
        AssertFinds("only away", [.. story.Where(static one => one != At(10, Disconnected(2, 1006)))]);
    }

    [Fact]
    public void Who_comes_again_sees_what_was_told_of_it_before_and_is_not_mixed_up()
    {
        var story = Story();
        story.InsertRange(story.IndexOf(At(60, Listed(1, "a1 b2 "))),
        [
            At(20, Admitted("c1", "")), At(20, Connected(3, "c1")), At(20, Subscribing(3)), At(20, JoinTold("c1", "")), At(20, LeaveTold("c1", "")),
            At(20, JoinSeen(1, "c1")), At(20, LeaveSeen(1, "c1")), At(20, JoinSeen(2, "c1")), At(20, LeaveSeen(2, "c1")),
            At(20, Subscribed(3)), At(20, Unsubscribed(3) with { Code = 2500 }), At(20, Subscribing(3)), At(20, Subscribed(3)), At(20, JoinTold("c1", "")),
            At(20, JoinSeen(3, "c1")), At(20, LeaveSeen(3, "c1")), At(20, JoinSeen(3, "c1")), At(20, JoinSeen(1, "c1")), At(20, JoinSeen(2, "c1")),
            At(30, Unsubscribed(3)), At(30, LeaveTold("c1", "")), At(30, LeaveSeen(1, "c1")), At(30, LeaveSeen(2, "c1")),
        ]);
        Assert.Empty(Check(story).Violations);
        story.Insert(story.IndexOf(At(30, Unsubscribed(3))), At(20, JoinSeen(3, "c1")));
        AssertFinds("came again", story);
    }

    [Fact]
    public void Who_died_with_a_node_is_listed_for_a_minute_and_no_longer()
    {
        var story = Without(At(70, Unsubscribed(2)), Without(At(70, LeaveTold("b2", "bob")), Without(At(70, LeaveSeen(1, "b2")))));
        story.InsertRange(story.FindIndex(static one => one.At == TimeSpan.FromSeconds(90)),
            [At(70, new SimEvent(default, EventKind.NodeKilled) { Code = 1 }), At(70, Disconnected(2, 1006)), At(70, Disconnected(1, 1006)),
             At(71, Admitted("a2", "ann") with { Code = 2 }), At(71, Connected(1, "a2")), At(71, Subscribing(1)), At(71, Subscribed(1)), At(71, JoinTold("a2", "ann")), At(71, JoinSeen(1, "a2"))]);
        story[story.IndexOf(At(90, Listed(1, "a1 ")))] = At(90, Listed(1, "a1 a2 b2 "));
        Assert.Empty(Check(story).Violations);
        story.AddRange([At(140, Listed(1, "a2 b2 ")), At(140, Settled())]);
        AssertFinds("b2 is listed, and is not there", story);
    }

    [Fact]
    public void What_may_get_lost_between_broker_and_node_is_not_missed_and_ghosts_are_found_all_the_same()
    {
        Assert.Empty(Check(Without(JoinSeen(1, "b1")), Delivery.Faulty).Violations);
        Assert.NotEmpty(Check(Behind(JoinSeen(1, "x1"), JoinSeen(1, "a1")), Delivery.Faulty).Violations);
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("twice")]
    [InlineData("ghost")]
    [InlineData("hidden")]
    public void I6_A_run_that_was_damaged_in_one_place_never_passes(string damage)
    {
        var damaged = 0;
        foreach (var plan in Enumerable.Range(1, 300).Select(static seed => Planner.Make((ulong)seed)).Where(Fits).Take(6))
        {
            var events = SimWorld.Run(plan).Log.Events;
            Assert.Empty(CheckRun(plan, events));
            var settled = events.ToList().FindIndex(static one => one.Kind == EventKind.Settled);
            // A join whose client and whose watcher stay on until everything has settled.
            foreach (var place in Enumerable.Range(0, settled).Where(i => events[i].Kind == EventKind.JoinSeen && StaysOn(events, i, settled)).Take(8))
            {
                var hurt = events.ToList();
                if (damage == "lost") hurt.RemoveAt(place);
                else if (damage == "twice") hurt.Insert(place, hurt[place]);
                else if (damage == "ghost") hurt[place] = hurt[place] with { Message = "nobody" };
                else hurt.RemoveAll(one => one.Kind is EventKind.JoinTold or EventKind.JoinSeen && one.Message == events[place].Message && one.Channel == events[place].Channel);
                Assert.True(CheckRun(plan, hurt).Count > 0, $"seed {plan.Seed}: {damage} at {events[place]} passed");
                damaged++;
            }
        }
        Assert.True(damaged > 10, $"only {damaged} places");
    }

    private static bool Fits(Plan plan) => plan.Delivery != Delivery.Faulty && plan.Clients.Count > 3 && plan.Channels.Any(static channel => channel.HasPresence);

    /// <summary>It was told while its watcher was subscribed, and both stay: neither is gone before everything has settled.</summary>
    private static bool StaysOn(IReadOnlyList<SimEvent> events, int place, int settled)
    {
        var seen = events[place];
        var joiner = events.Take(settled).FirstOrDefault(one => one.Kind == EventKind.Connected && one.Message == seen.Message)?.Who;
        var isTold = false;
        for (var i = place - 1; i >= 0; i--)
        {
            if (events[i].Channel != seen.Channel) continue;
            isTold |= events[i].Kind == EventKind.JoinTold && events[i].Message == seen.Message;
            if (events[i].Kind == EventKind.Subscribed && events[i].Who == seen.Who) break;
        }
        return isTold && joiner is not null && !events.Skip(place).Take(settled - place).Any(one =>
            (one.Who == seen.Who || one.Who == joiner) && (one.Kind == EventKind.Disconnected || (one.Kind == EventKind.Unsubscribed && one.Channel == seen.Channel)));
    }

    private static IReadOnlyList<Violation> CheckRun(Plan plan, IReadOnlyList<SimEvent> events) =>
        Checker.Check(events, channel => Verdict.TraitsOf(plan, channel), plan.Delivery).Violations;

    private static Checker Check(List<SimEvent> story, Delivery delivery = Delivery.Exact) => Checker.Check(story, static _ => s_room, delivery);

    private static void AssertFinds(string text, List<SimEvent> story)
    {
        var violations = Check(story).Violations;
        Assert.True(violations.Any(each => each.Text.Contains(text, StringComparison.Ordinal)), $"'{text}' is not among: {string.Join("; ", violations)}");
    }

    private static List<SimEvent> Without(SimEvent one, List<SimEvent>? story = null)
    {
        story = [.. story ?? Story()];
        Assert.True(story.Remove(one));
        return story;
    }

    private static List<SimEvent> Behind(SimEvent another, SimEvent one)
    {
        var story = Story();
        story.Insert(story.IndexOf(one) + 1, another);
        return story;
    }

    private static List<SimEvent> Instead(SimEvent one, SimEvent another)
    {
        var story = Story();
        story[story.IndexOf(one)] = another;
        return story;
    }

    private static SimEvent At(int second, SimEvent one) => one with { At = TimeSpan.FromSeconds(second) };

    private static SimEvent InRoom(EventKind kind, int who = 0, string connection = "", string user = "") =>
        new(default, kind, who) { Channel = "room", Message = connection, Key = user };

    private static SimEvent Admitted(string connection, string user) => new(default, EventKind.Admitted) { Message = connection, Key = user, Tag = $"attempt of {connection}", Code = 1 };

    private static SimEvent Over(string connection) => new(default, EventKind.Over) { Message = connection };

    private static SimEvent Connected(int who, string connection) => new(default, EventKind.Connected, who) { Message = connection };

    private static SimEvent Disconnected(int who, uint code) => new(default, EventKind.Disconnected, who) { Code = code };

    private static SimEvent Settled() => new(default, EventKind.Settled);

    private static SimEvent Subscribing(int who) => InRoom(EventKind.Subscribing, who);

    private static SimEvent Subscribed(int who) => InRoom(EventKind.Subscribed, who);

    private static SimEvent Unsubscribed(int who) => InRoom(EventKind.Unsubscribed, who);

    private static SimEvent JoinTold(string connection, string user) => InRoom(EventKind.JoinTold, 0, connection, user);

    private static SimEvent LeaveTold(string connection, string user) => InRoom(EventKind.LeaveTold, 0, connection, user);

    private static SimEvent JoinSeen(int who, string connection) => InRoom(EventKind.JoinSeen, who, connection);

    private static SimEvent LeaveSeen(int who, string connection) => InRoom(EventKind.LeaveSeen, who, connection);

    private static SimEvent Listed(int who, string connections) => InRoom(EventKind.Listed, who, connections);
}
