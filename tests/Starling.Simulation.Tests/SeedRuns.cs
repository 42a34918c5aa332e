using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Starling.Simulation.Checks;
using Starling.Simulation.Plans;
using Starling.Simulation.World;

namespace Starling.Simulation;

/// <summary>Figures of a series of runs, and what failed; <see cref="PassedOver"/> are seeds that broke only what was left out.</summary>
internal sealed record SeedReport(int Seeds, int PassedOver, TimeSpan VirtualTime, long Deliveries, long Events, long Steps, TimeSpan RealTime, string? Failure)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Seeds} seeds, {PassedOver} passed over, {VirtualTime.TotalHours:F1} virtual hours, {Events:N0} events, {Deliveries:N0} deliveries checked, {Steps:N0} steps, {RealTime.TotalSeconds:F1} s");
}

/// <summary>Runs seeds, as many at a time as there are processors, each on one thread.</summary>
internal sealed class SeedRuns(SeedRange seeds, string? leftOut, CancellationToken cancellationToken)
{
    /// <summary>Real time of one seed at most (they take about 60 ms): a spin inside one piece of work is seen by nothing else.</summary>
    private static readonly TimeSpan s_seedMax = TimeSpan.FromMinutes(2);

    private readonly SortedDictionary<ulong, Verdict> _failures = [];
    private readonly ConcurrentDictionary<ulong, long> _startedAt = new();
    private long _next;
    private long _ended;
    private long _virtualTicks;
    private long _deliveries;
    private long _events;
    private long _steps;
    private int _passedOver;

    public static Task<SeedReport> RunAsync(SeedRange seeds, CancellationToken cancellationToken, string? leftOut = null) =>
        new SeedRuns(seeds, leftOut, cancellationToken).RunAsync();

    private async Task<SeedReport> RunAsync()
    {
        var watch = Stopwatch.StartNew();
        var work = Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(Work, CancellationToken.None)));
        while (true)
        {
            try
            {
                await work.WaitAsync(s_seedMax / 10, cancellationToken);
                return Report(watch.Elapsed, Explanation());
            }
            catch (TimeoutException)
            {
                if (Stuck() is { } seed) return Report(watch.Elapsed, $"I12: seed {seed} has not ended within {s_seedMax.TotalMinutes} minutes: something spins.");
            }
        }
    }

    private void Work()
    {
        while (!cancellationToken.IsCancellationRequested && Interlocked.Increment(ref _next) is var number && number <= seeds.Count)
        {
            var seed = seeds.First + (ulong)number - 1;
            _startedAt[seed] = Stopwatch.GetTimestamp();
            Take(seed, Verdict.Of(Planner.Make(seed)));
            _startedAt.TryRemove(seed, out _);
        }
    }

    private void Take(ulong seed, Verdict verdict)
    {
        Interlocked.Increment(ref _ended);
        Interlocked.Add(ref _virtualTicks, verdict.Run?.VirtualTime.Ticks ?? 0);
        Interlocked.Add(ref _deliveries, verdict.Deliveries);
        Interlocked.Add(ref _events, verdict.Run?.Log.Events.Count ?? 0);
        Interlocked.Add(ref _steps, verdict.Run?.Steps ?? 0);
        if (verdict.IsGood) return;
        if (!string.IsNullOrEmpty(leftOut) && verdict.Violations.All(each => each.Text.StartsWith(leftOut, StringComparison.Ordinal)))
        {
            Interlocked.Increment(ref _passedOver);
            return;
        }
        // Only what is needed to run it again and to say what it breaks: thousands of logs would not fit in memory.
        lock (_failures) _failures[seed] = verdict with { Run = null };
    }

    private ulong? Stuck()
    {
        foreach (var (seed, startedAt) in _startedAt)
        {
            if (Stopwatch.GetElapsedTime(startedAt) > s_seedMax) return seed;
        }
        return null;
    }

    /// <summary>The first failing seed in full, the others by what they break.</summary>
    private string? Explanation()
    {
        if (_failures.Count == 0) return null;
        var text = new StringBuilder(Shrinker.Explain(Verdict.Of(_failures.First().Value.Plan)));
        if (_failures.Count > 1) text.AppendLine(CultureInfo.InvariantCulture, $"\n{_failures.Count} seeds fail:");
        foreach (var (seed, verdict) in _failures.Take(_failures.Count > 1 ? 100 : 0)) text.AppendLine(CultureInfo.InvariantCulture, $"{seed}: {verdict.Violations[0]}");
        return text.ToString();
    }

    private SeedReport Report(TimeSpan realTime, string? failure) =>
        new((int)_ended, _passedOver, TimeSpan.FromTicks(_virtualTicks), _deliveries, _events, _steps, realTime, failure);
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
