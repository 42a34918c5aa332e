using Starling.Simulation.Checks;

namespace Starling.Simulation;

/// <summary>A checker that never failed proves nothing: each promise is broken once, by hand, in a log that is right otherwise.</summary>
public sealed class CheckerTests
{
    private static readonly ChannelTraits s_stream = new(HistorySize: 100, KeepsForLong: true, IsCache: false);
    private static readonly ChannelTraits s_short = new(HistorySize: 3, KeepsForLong: true, IsCache: false);
    private static readonly ChannelTraits s_live = new(HistorySize: 0, KeepsForLong: true, IsCache: false);
    private static readonly ChannelTraits s_cache = new(HistorySize: 10, KeepsForLong: true, IsCache: true);

    /// <summary>Five stored; a client gets two, is away for two, recovers them, gets the last.</summary>
    private static List<SimEvent> Story() =>
    [
        Subscribing(), Subscribed(0),
        Stored(1), Acked(1), Received(1), Stored(2), Acked(2), Received(2),
        Event(EventKind.Disconnected), Stored(3), Acked(3), Stored(4), Acked(4),
        Subscribing(2, recovers: true), Subscribed(2, recovers: true), Received(3), Received(4),
        Stored(5), Acked(5), Received(5), Top(5), Event(EventKind.Settled),
    ];

    [Fact]
    public void A_log_that_is_right_passes()
    {
        Assert.Empty(Check(Story(), s_stream).Violations);
        Assert.Equal(5, Check(Story(), s_stream).Checked);
    }

    [Fact]
    public void I2_A_lost_publication_is_found() => AssertFinds("I2: after 2 came 4", Without(Received(3)));

    [Fact]
    public void I2_A_lost_last_publication_is_found() => AssertFinds("I2: it stands at 4", Without(Received(5)));

    [Fact]
    public void I2_A_lost_first_publication_is_found() => AssertFinds("I2: after 0 came 2", Without(Received(1)));

    [Fact]
    public void I4_A_duplicate_is_found() => AssertFinds("I4: offset 2 came again", With(Received(2), Received(2)));

    [Fact]
    public void I4_A_duplicate_across_a_recovery_is_found() => AssertFinds("I4: offset 2 came again", With(Received(2), Subscribed(2, recovers: true)));

    [Fact]
    public void I3_Two_that_swapped_places_are_found()
    {
        var story = Story();
        var (three, four) = (story.IndexOf(Received(3)), story.IndexOf(Received(4)));
        (story[three], story[four]) = (story[four], story[three]);
        AssertFinds("I2: after 2 came 4", story);
        AssertFinds("I4: offset 3 came again, or too late", story);
    }

    [Fact]
    public void I3_Two_messages_that_swapped_offsets_are_found() =>
        AssertFinds("I3: 'm4' at 3, where 'm3' is", Instead(Received(3), Received(3) with { Message = "m4" }));

    [Fact]
    public void I4_A_ghost_is_found() => AssertFinds("I4: 'ghost' at e1/6 was never stored", With(Received(6) with { Message = "ghost" }, Received(5)));

    [Fact]
    public void I5_A_false_recovered_across_epochs_is_found()
    {
        var story = Story();
        story[story.IndexOf(Subscribing(2, recovers: true))] = Subscribing(2, recovers: true) with { Epoch = "e0" };
        AssertFinds("I5: recovered from e0 into e1", story);
    }

    [Fact]
    public void I2_A_recovery_from_elsewhere_is_found() =>
        AssertFinds("I2: asked to recover from 2, recovered from 3", Without(Received(3), Instead(Subscribed(2, recovers: true), Subscribed(3, recovers: true))));

    [Fact]
    public void I2_A_recovery_that_is_refused_although_the_history_has_it_is_found()
    {
        var story = Without(Received(3), Without(Received(4), Instead(Subscribed(2, recovers: true), Subscribed(4))));
        AssertFinds("I2: not recovered from e1/2", story);
        Assert.Empty(Check(story, s_stream with { KeepsForLong = false }).Violations);
    }

    [Fact]
    public void A_recovery_that_the_history_cannot_give_may_be_refused()
    {
        var story = Without(Received(3), Without(Received(4), Instead(Subscribed(2, recovers: true), Subscribed(4))));
        story.InsertRange(story.IndexOf(Stored(4)), [Event(EventKind.Removed)]);
        Assert.Empty(Check(story, s_stream).Violations);
    }

    [Fact]
    public void I1_An_ack_without_a_publication_is_found() => AssertFinds("I1: 'm9' was acked and never stored", With(Acked(9), Acked(5)));

    [Fact]
    public void I1_An_ack_at_another_place_is_found() => AssertFinds("I1: 'm5' was acked at e1/4", Instead(Acked(5), Acked(5) with { Offset = 4 }));

    [Fact]
    public void I1_A_stream_shorter_than_what_was_stored_is_found() => AssertFinds("I1: the broker's stream ends at 4", Instead(Top(5), Top(4)));

    [Fact]
    public void I5_An_epoch_that_is_used_again_is_found()
    {
        var story = Story();
        story.Insert(story.IndexOf(Stored(5)), Event(EventKind.Forgotten));
        AssertFinds("I5: epoch e1 is used again", story);
    }

    [Fact]
    public void I5_A_client_that_believes_in_a_lost_epoch_is_found() =>
        AssertFinds("I5: it believes in epoch e1", Instead(Top(5), Top(0) with { Epoch = "e2" }));

    [Fact]
    public void I3_An_offset_that_is_given_twice_is_found() => AssertFinds("I3: offset 4 was given where 5 was due", Instead(Stored(5), Stored(5) with { Offset = 4 }));

    [Fact]
    public void I4_A_message_stored_twice_is_found() => AssertFinds("I4: 'm4' was stored twice", Instead(Stored(5), Stored(5) with { Message = "m4" }));

    [Fact]
    public void I3_What_comes_outside_of_a_subscription_is_found() => AssertFinds("came outside of a subscription", With(Received(3), Event(EventKind.Disconnected)));

    [Fact]
    public void I3_A_history_with_a_wrong_message_is_found() =>
        AssertFinds("I3: a history reads 'm2' at e1/3", With(Received(3) with { Kind = EventKind.Read, Message = "m2", Epoch = "e1" }, Received(5)));

    [Fact]
    public void What_the_filter_holds_back_is_not_missed_and_what_it_lets_through_is()
    {
        List<SimEvent> story =
        [
            Subscribing() with { Tag = "a" }, Subscribed(0),
            Stored(1) with { Tag = "a" }, Stored(2) with { Tag = "b" }, Stored(3) with { Tag = "a" }, Stored(4),
            Received(1), Received(3), Top(4), Event(EventKind.Settled),
        ];
        Assert.Empty(Check(story, s_stream).Violations);
        AssertFinds("I2: after 0 came 3", Without(Received(1), story));
        AssertFinds("does not pass the filter", With(Received(2), Received(1), story));
    }

    [Fact]
    public void Cache_recovery_may_skip_and_may_repeat_the_newest_once()
    {
        List<SimEvent> story =
        [
            Stored(1), Stored(2), Subscribing(1, recovers: true), Subscribed(2, recovers: true), Received(2),
            Stored(3), Received(3), Top(3), Event(EventKind.Settled),
        ];
        Assert.Empty(Check(story, s_cache).Violations);
        Assert.Contains(Check(With(Received(2), Received(2), story), s_cache).Violations, static each => each.Text.StartsWith("I4", StringComparison.Ordinal));
    }

    [Fact]
    public void A_channel_without_positions_is_held_to_what_was_delivered()
    {
        List<SimEvent> story = [Unpositioned(Subscribing()), Unpositioned(Subscribed(0)), .. Pairs(1, 4), Event(EventKind.Settled)];
        Assert.Empty(Check(story, s_live).Violations);
        foreach (var lost in new[] { 1, 2, 4 })
        {
            var hole = Without(Unpositioned(Received(lost)), story);
            Assert.Contains(Check(hole, s_live).Violations, static each => each.Text.StartsWith("I2", StringComparison.Ordinal));
            Assert.Empty(Check(hole, s_live, Delivery.Faulty).Violations);
        }
        var again = With(Unpositioned(Received(2)), Unpositioned(Received(2)), story);
        Assert.Contains(Check(again, s_live).Violations, static each => each.Text.StartsWith("I4", StringComparison.Ordinal));
    }

    [Fact]
    public void A_history_that_is_too_short_is_no_fault()
    {
        var story = Story();
        story.RemoveAll(one => one == Received(3) || one == Received(4));
        story[story.IndexOf(Subscribed(2, recovers: true))] = Subscribed(5);
        story.InsertRange(story.IndexOf(Subscribing(2, recovers: true)), [Stored(5), Stored(6)]);
        story.RemoveAll(one => one == Received(5) || one == Acked(5));
        story.RemoveAt(story.LastIndexOf(Stored(5)));
        story[story.IndexOf(Subscribed(5))] = Subscribed(6);
        story[story.IndexOf(Top(5))] = Top(6);
        Assert.Empty(Check(story, s_short).Violations);
    }

    private static IEnumerable<SimEvent> Pairs(int from, int to) =>
        Enumerable.Range(from, to).SelectMany(static i => new[] { Unpositioned(Stored(i)), Unpositioned(Received(i)) });

    private static void AssertFinds(string text, List<SimEvent> story)
    {
        var violations = Check(story, s_stream).Violations;
        Assert.True(violations.Any(each => each.Text.Contains(text, StringComparison.Ordinal)), $"'{text}' is not among: {string.Join("; ", violations)}");
    }

    private static Checker Check(List<SimEvent> story, ChannelTraits traits, Delivery delivery = Delivery.Exact) => Checker.Check(story, _ => traits, delivery);

    private static List<SimEvent> Without(SimEvent one, List<SimEvent>? story = null)
    {
        story = [.. story ?? Story()];
        Assert.True(story.Remove(one));
        return story;
    }

    private static List<SimEvent> With(SimEvent another, SimEvent behind, List<SimEvent>? story = null)
    {
        story = [.. story ?? Story()];
        story.Insert(story.IndexOf(behind) + 1, another);
        return story;
    }

    private static List<SimEvent> Instead(SimEvent one, SimEvent another)
    {
        var story = Story();
        story[story.IndexOf(one)] = another;
        return story;
    }

    private static SimEvent Event(EventKind kind) => new(default, kind, kind is EventKind.Disconnected ? 1 : 0) { Channel = kind is EventKind.Disconnected or EventKind.Settled ? "" : "room" };

    private static SimEvent Stored(int offset) => Event(EventKind.Stored) with { Offset = (ulong)offset, Epoch = "e1", Message = $"m{offset}" };

    private static SimEvent Acked(int offset) => Event(EventKind.Acked) with { Who = 1, Message = $"m{offset}", Offset = (ulong)offset, Epoch = "e1" };

    private static SimEvent Top(int offset) => Event(EventKind.Top) with { Offset = (ulong)offset, Epoch = "e1" };

    private static SimEvent Subscribing(int offset = 0, bool recovers = false) =>
        Event(EventKind.Subscribing) with { Who = 1, Offset = (ulong)offset, Epoch = recovers ? "e1" : "", Recovers = recovers };

    private static SimEvent Subscribed(int offset, bool recovers = false) =>
        Event(EventKind.Subscribed) with { Who = 1, Offset = (ulong)offset, Epoch = "e1", Recovers = recovers };

    private static SimEvent Received(int offset) => Event(EventKind.Received) with { Who = 1, Offset = (ulong)offset, Message = $"m{offset}" };

    private static SimEvent Unpositioned(SimEvent one) => one with { Offset = 0, Epoch = "" };
}
