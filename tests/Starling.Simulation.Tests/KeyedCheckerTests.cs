using Starling.Simulation.Checks;

namespace Starling.Simulation;

/// <summary>The same for keyed channels: every way in which a view can differ from the state is broken once, by hand.</summary>
public sealed class KeyedCheckerTests
{
    private static readonly ChannelTraits s_board = new(HistorySize: 10, KeepsForLong: true, IsCache: false, IsKeyed: true);

    /// <summary>A client loads one key, sees changes, is away for two and recovers them.</summary>
    private static List<SimEvent> Story() =>
    [
        Written("a", "1", 1),
        Subscribing(), Key(EventKind.KeyLoaded, "a", "1", 1), Subscribed(1),
        Written("b", "2", 2), Received("b", "2", 2), Written("a", "3", 3), Received("a", "3", 3),
        new(default, EventKind.Disconnected, 1), Written("a", "4", 4), Written("b", "", 5), Written("c", "6", 6),
        Subscribing(3, recovers: true), Received("a", "4", 4), Received("b", "", 5), Received("c", "6", 6), Subscribed(6, recovers: true),
        new(TimeSpan.FromMinutes(1), EventKind.Settled),
    ];

    [Fact]
    public void A_log_that_is_right_passes() => Assert.Empty(Check(Story()));

    [Fact]
    public void A_value_that_a_newer_one_made_void_may_be_skipped() => Assert.Empty(Check(Without(Received("a", "3", 3))));

    [Fact]
    public void I2_A_key_that_never_came_is_found() => AssertFinds("I2: key c ('6') is missing", Without(Received("c", "6", 6)));

    [Fact]
    public void I2_A_value_that_is_not_the_last_is_found() => AssertFinds("I2: key a is '3', the state says '4'", Without(Received("a", "4", 4)));

    [Fact]
    public void I2_A_removal_that_never_came_is_found() => AssertFinds("I2: key b is still there", Without(Received("b", "", 5)));

    [Fact]
    public void I2_Keys_left_from_a_lost_state_are_found()
    {
        var story = Story();
        story.Insert(story.Count - 1, Written("", "", 0) with { Kind = EventKind.Forgotten, Key = "" });
        AssertFinds("I2: key a is still there", story);
    }

    [Fact]
    public void I3_A_key_that_goes_back_is_found()
    {
        var story = Story();
        story.Insert(story.Count - 1, Received("a", "3", 3));
        AssertFinds("I3: key a goes back from '4' to '3'", story);
    }

    [Fact]
    public void I4_A_value_that_was_never_written_is_found() => AssertFinds("I4: 'ghost' was never written to key a", Instead(Received("a", "4", 4), Received("a", "ghost", 4)));

    [Fact]
    public void I4_A_value_of_another_key_is_found() => AssertFinds("I4: '2' was never written to key a", Instead(Received("a", "4", 4), Received("a", "2", 4)));

    [Fact]
    public void I1_An_ack_of_what_was_not_written_is_found()
    {
        var story = Story();
        story.Add(Received("a", "9", 0) with { Kind = EventKind.Acked });
        AssertFinds("I1: '9' was acked and never written", story);
    }

    [Fact]
    public void I5_A_recovery_across_epochs_is_found() =>
        AssertFinds("I5: recovered from e0 into e1", Instead(Subscribing(3, recovers: true), Subscribing(3, recovers: true) with { Epoch = "e0" }));

    [Fact]
    public void Without_a_stream_lost_changes_count_only_where_none_can_get_lost()
    {
        var story = Without(Received("c", "6", 6));
        var traits = s_board with { HistorySize = 0 };
        Assert.NotEmpty(Checker.Check(story, _ => traits, Delivery.Exact).Violations);
        Assert.Empty(Checker.Check(story, _ => traits, Delivery.Faulty).Violations);
    }

    private static void AssertFinds(string text, List<SimEvent> story)
    {
        var violations = Check(story);
        Assert.True(violations.Any(each => each.Text.Contains(text, StringComparison.Ordinal)), $"'{text}' is not among: {string.Join("; ", violations)}");
    }

    private static IReadOnlyList<Violation> Check(List<SimEvent> story) => Checker.Check(story, static _ => s_board, Delivery.Exact).Violations;

    private static List<SimEvent> Without(SimEvent one)
    {
        var story = Story();
        Assert.True(story.Remove(one));
        return story;
    }

    private static List<SimEvent> Instead(SimEvent one, SimEvent another)
    {
        var story = Story();
        story[story.IndexOf(one)] = another;
        return story;
    }

    private static SimEvent Key(EventKind kind, string key, string message, int offset) =>
        new(default, kind, 1) { Channel = "board", Key = key, Message = message, Offset = (ulong)offset };

    private static SimEvent Written(string key, string message, int offset) => Key(EventKind.KeyWritten, key, message, offset) with { Who = 0, Epoch = "e1" };

    private static SimEvent Received(string key, string message, int offset) => Key(EventKind.KeyReceived, key, message, offset);

    private static SimEvent Subscribing(int offset = 0, bool recovers = false) =>
        new(default, EventKind.Subscribing, 1) { Channel = "board", Offset = (ulong)offset, Epoch = recovers ? "e1" : "", Recovers = recovers };

    private static SimEvent Subscribed(int offset, bool recovers = false) =>
        new(default, EventKind.Subscribed, 1) { Channel = "board", Offset = (ulong)offset, Epoch = "e1", Recovers = recovers };
}
