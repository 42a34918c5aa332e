using Starling.Simulation.Checks;
using Starling.Simulation.Plans;
using Starling.Simulation.World;

namespace Starling.Simulation;

/// <summary>Faults planted into real runs: in what the broker does, and in what the log says a client saw. None may pass.</summary>
public sealed class PlantedFaultTests
{
    private const int Seeds = 12, Places = 12;

    internal enum Damage
    {
        Loss,
        Duplicate,
        Swap,
        Ghost,
        WrongMessage,
        OtherOffset,
    }

    [Theory]
    [InlineData("AckWithoutStoring", "I1")]
    [InlineData("OldEpoch", "I5")]
    [InlineData("HiddenLoss", "I2")]
    [InlineData("StoreTwice", "I4")]
    [InlineData("KeepListed", "I6")]
    [InlineData("HideLeaves", "I6")]
    public void A_broker_that_lies_is_found_out(string lie, string invariant)
    {
        var runs = SomeSeeds(plan => !plan.IsDirect && (invariant != "I6" || ShowsPresence(plan))).Select(plan => plan with
        {
            // What the lie is about must happen.
            Actions = lie == "OldEpoch" ? [.. plan.Actions, .. Enumerable.Range(0, 5).Select(Forget)] : plan.Actions,
        });
        var verdicts = runs.Select(plan => Verdict.Of(plan, world => world.Backbone.Lie = Enum.Parse<Lie>(lie))).ToArray();
        var found = verdicts.Count(verdict => verdict.Violations.Any(each => each.Text.StartsWith(invariant, StringComparison.Ordinal)));
        Assert.True(found >= Seeds / 4, $"{lie} was found in {found} of {verdicts.Length} runs");
    }

    [Theory]
    [InlineData("Loss")]
    [InlineData("Duplicate")]
    [InlineData("Swap")]
    [InlineData("Ghost")]
    [InlineData("WrongMessage")]
    [InlineData("OtherOffset")]
    public void A_log_that_was_damaged_in_one_place_never_passes(string kind)
    {
        var damaged = 0;
        foreach (var plan in SomeSeeds(static _ => true))
        {
            var events = SimWorld.Run(plan).Log.Events;
            Assert.Empty(Check(plan, events).Violations);
            var dice = new Dice(plan.Seed).For(kind);
            var places = PositionedPairs(plan, events).ToArray();
            for (var i = 0; i < Math.Min(Places, places.Length); i++)
            {
                var (first, second) = dice.Of(places);
                Assert.True(Check(plan, Hurt(events, first, second, Enum.Parse<Damage>(kind))).Violations.Count > 0, $"seed {plan.Seed}: {kind} at {events[first]} passed");
                damaged++;
            }
        }
        Assert.True(damaged > Seeds * Places / 2, $"only {damaged} places");
    }

    [Fact]
    public void I5_A_recovery_that_is_claimed_across_a_lost_stream_never_passes()
    {
        var claimed = 0;
        foreach (var plan in SomeSeeds(static _ => true, Seeds * 4))
        {
            var events = SimWorld.Run(plan).Log.Events;
            for (var i = 0; i < events.Count; i++)
            {
                if (events[i] is not { Kind: EventKind.Subscribed, Recovers: false } one || plan.Channels.First(each => each.Name == one.Channel).Namespace is not ("recover" or "ask")) continue;
                var asked = events.Take(i).Last(each => each.Kind == EventKind.Subscribing && each.Who == one.Who && each.Channel == one.Channel);
                if (!asked.Recovers || asked.Epoch == one.Epoch) continue;
                var lying = events.ToArray();
                lying[i] = one with { Recovers = true };
                Assert.Contains(Check(plan, lying).Violations, static each => each.Text.StartsWith("I5", StringComparison.Ordinal));
                claimed++;
            }
        }
        Assert.True(claimed > 0, "no run lost a stream");
    }

    [Fact]
    public void A_failing_plan_shrinks_and_the_report_says_how_to_see_it_again()
    {
        static void Lie(SimWorld world) => world.Backbone.Lie = World.Lie.AckWithoutStoring;
        var failed = SomeSeeds(static plan => !plan.IsDirect).Select(static plan => Verdict.Of(plan, Lie)).First(static verdict => !verdict.IsGood);
        var smallest = Shrinker.Shrink(failed, Lie);
        Assert.False(smallest.IsGood);
        Assert.True(smallest.Plan.Actions.Count <= 5, $"{smallest.Plan.Actions.Count} of {failed.Plan.Actions.Count} actions are left");
        var report = Shrinker.Explain(failed, Lie);
        Assert.Contains($"STARLING_SEEDS={failed.Plan.Seed}+1", report, StringComparison.Ordinal);
        Assert.Contains("I1: ", report, StringComparison.Ordinal);
    }

    private static IEnumerable<Plan> SomeSeeds(Predicate<Plan> fits, int count = Seeds) =>
        Enumerable.Range(1, 500).Select(static seed => Planner.Make((ulong)seed))
            .Where(plan => fits(plan) && plan.Channels.Any(static channel => channel.Namespace is "recover" or "ask") && plan.Clients.Count > 3)
            .Take(count);

    /// <summary>While the broker is away joins and leaves may get lost, and nobody can be blamed.</summary>
    private static bool ShowsPresence(Plan plan) =>
        plan.Channels.Any(static channel => channel.HasPresence) && plan.Actions.All(static action => action.Kind != ActionKind.BrokerDown);

    private static PlannedAction Forget(int i) =>
        new(TimeSpan.FromSeconds(3 + (i * 2)), ActionKind.ForgetStreams, 0, 0, 1, TimeSpan.FromSeconds(1));

    private static Checker Check(Plan plan, IReadOnlyList<SimEvent> events) =>
        Checker.Check(events, channel => Verdict.TraitsOf(plan, channel), plan.Delivery);

    /// <summary>Two publications that a client got one after the other within one subscription.</summary>
    private static IEnumerable<(int First, int Second)> PositionedPairs(Plan plan, IReadOnlyList<SimEvent> events)
    {
        var last = new Dictionary<(int, string), int>();
        for (var i = 0; i < events.Count; i++)
        {
            var one = events[i];
            if (one.Who == 0) continue;
            if (one.Kind is EventKind.Disconnected) last.Clear();
            if (one.Channel.Length == 0 || !plan.Channels.Any(channel => channel.Name == one.Channel && channel.Namespace is "recover" or "ask" or "pos")) continue;
            if (one.Kind is EventKind.Subscribing or EventKind.Unsubscribed) last.Remove((one.Who, one.Channel));
            if (one.Kind != EventKind.Received) continue;
            if (last.TryGetValue((one.Who, one.Channel), out var before)) yield return (before, i);
            last[(one.Who, one.Channel)] = i;
        }
    }

    private static SimEvent[] Hurt(IReadOnlyList<SimEvent> events, int first, int second, Damage damage)
    {
        var hurt = events.ToList();
        switch (damage)
        {
            case Damage.Loss:
                hurt.RemoveAt(first);
                break;
            case Damage.Duplicate:
                hurt.Insert(second, hurt[first]);
                break;
            case Damage.Swap:
                (hurt[first], hurt[second]) = (hurt[second], hurt[first]);
                break;
            case Damage.Ghost:
                hurt[first] = hurt[first] with { Message = "ghost" };
                break;
            case Damage.WrongMessage:
                hurt[first] = hurt[first] with { Message = hurt[second].Message };
                break;
            case Damage.OtherOffset:
                hurt[first] = hurt[first] with { Offset = hurt[first].Offset + 1 };
                break;
        }
        return [.. hurt];
    }
}
