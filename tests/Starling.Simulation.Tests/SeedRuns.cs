using System.Diagnostics;
using System.Globalization;
using System.Text;
using Starling.Simulation.Checks;
using Starling.Simulation.Plans;
using Starling.Simulation.World;

namespace Starling.Simulation;

/// <summary>Figures of a series of runs, and the first failure; <see cref="PassedOver"/> are seeds that broke only what was left out.</summary>
internal sealed record SeedReport(int Seeds, int PassedOver, TimeSpan VirtualTime, long Deliveries, long Events, long Steps, TimeSpan RealTime, string? Failure)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Seeds} seeds, {PassedOver} passed over, {VirtualTime.TotalHours:F1} virtual hours, {Events:N0} events, {Deliveries:N0} deliveries checked, {Steps:N0} steps, {RealTime.TotalSeconds:F1} s");
}

/// <summary>Runs seeds, as many at a time as there are processors, each on one thread.</summary>
internal static class SeedRuns
{
    public static async Task<SeedReport> RunAsync(SeedRange seeds, CancellationToken cancellationToken, string? leftOut = null)
    {
        var watch = Stopwatch.StartNew();
        var passedOver = 0;
        long next = 0, virtualTicks = 0, deliveries = 0, events = 0, steps = 0;
        var failures = new SortedDictionary<ulong, Verdict>();
        void Work()
        {
            while (!cancellationToken.IsCancellationRequested && Interlocked.Increment(ref next) is var number && number <= seeds.Count)
            {
                lock (failures)
                {
                    if (failures.Count > 0) return;
                }
                var seed = seeds.First + (ulong)number - 1;
                var verdict = Verdict.Of(Planner.Make(seed));
                Interlocked.Add(ref virtualTicks, verdict.Run?.VirtualTime.Ticks ?? 0);
                Interlocked.Add(ref deliveries, verdict.Deliveries);
                Interlocked.Add(ref events, verdict.Run?.Log.Events.Count ?? 0);
                Interlocked.Add(ref steps, verdict.Run?.Steps ?? 0);
                if (verdict.IsGood) continue;
                if (!string.IsNullOrEmpty(leftOut) && verdict.Violations.All(each => each.Text.StartsWith(leftOut, StringComparison.Ordinal)))
                {
                    Interlocked.Increment(ref passedOver);
                    continue;
                }
                lock (failures) failures[seed] = verdict;
            }
        }
        await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(Work, CancellationToken.None)));
        var failure = failures.Count == 0 ? null : Shrinker.Explain(failures.First().Value);
        return new SeedReport((int)Math.Min(next, seeds.Count), passedOver, TimeSpan.FromTicks(virtualTicks), deliveries, events, steps, watch.Elapsed, failure);
    }
}

/// <summary>What came of one plan.</summary>
internal sealed record Verdict(Plan Plan, RunResult? Run, IReadOnlyList<Violation> Violations, long Deliveries)
{
    public bool IsGood => Violations.Count == 0;

    public static Verdict Of(Plan plan, Action<SimWorld>? tamper = null)
    {
        RunResult run;
        try
        {
            run = SimWorld.Run(plan, tamper);
        }
        catch (Exception error)   // a bug of the engine, or of the simulation: the seed must be told all the same
        {
            return new Verdict(plan, null, [new Violation(0, error.ToString(), "", 0)], 0);
        }
        var checker = Checker.Check(run.Log.Events, channel => TraitsOf(plan, channel), plan.Delivery);
        var complaints = run.Complaints.Select(static each => new Violation(each.Index, each.Text, "", each.Who));
        return new Verdict(plan, run, [.. checker.Violations.Concat(complaints).OrderBy(static each => each.Index)], checker.Checked);
    }

    public static ChannelTraits TraitsOf(Plan plan, string name)
    {
        var channel = plan.Channels.First(each => each.Name == name);
        return new ChannelTraits(channel.HistorySize, channel.HistoryTtl > TimeSpan.FromMinutes(5), channel.Namespace == "cache", channel.IsKeyed, channel.HasPresence, channel.LeaveGrace);
    }

    /// <summary>What is wrong, with the history of the channel or client that shows it first.</summary>
    public string Describe(int eventsMax)
    {
        var text = new StringBuilder();
        foreach (var violation in Violations.Take(10)) text.AppendLine(violation.ToString());
        if (Run is null || Violations.Count == 0 || eventsMax == 0) return text.ToString();
        var first = Violations[0];
        text.AppendLine(CultureInfo.InvariantCulture, $"\nWhat client {first.Who} met{(first.Channel.Length > 0 ? " in " + first.Channel : "")} up to then (the last {eventsMax} events):");
        var history = Run.Log.Events.Take(first.Index + 1).Where(one => IsAbout(one, first)).TakeLast(eventsMax);
        foreach (var one in history) text.AppendLine(one.ToString());
        return text.ToString();
    }

    private static bool IsAbout(SimEvent one, Violation violation) =>
        (one.Who == violation.Who || one.Who == 0) && (violation.Channel.Length == 0 || one.Channel.Length == 0 || one.Channel == violation.Channel);
}
