using System.Diagnostics;
using System.Globalization;
using Starling.Simulation.World;

namespace Starling.Simulation.Plans;

/// <summary>Makes a failing plan smaller as long as it still fails, so that a person can read it.</summary>
internal static class Shrinker
{
    private const int RunsMax = 300;

    /// <summary>A large plan may take longer to make small than anybody waits.</summary>
    private static readonly TimeSpan s_timeMax = TimeSpan.FromSeconds(60);

    /// <summary>The report of a failure: how to see it again, the smallest plan that shows it, and what happened in it.</summary>
    public static string Explain(Verdict failed, Action<SimWorld>? tamper = null)
    {
        var smallest = Shrink(failed, tamper);
        return string.Create(CultureInfo.InvariantCulture, $"""
            Seed {failed.Plan.Seed} breaks a promise. Again: STARLING_SEEDS={failed.Plan.Seed}+1 dotnet run --project tests/Starling.Simulation.Tests
            {failed.Describe(eventsMax: 0)}
            The smallest plan found that fails ({smallest.Plan.Actions.Count} of {failed.Plan.Actions.Count} actions):
            {smallest.Plan}
            {smallest.Describe(eventsMax: 60)}
            """);
    }

    /// <summary>Leaves out halves, quarters, eighths … of the actions, then clients' channels, while it still fails.</summary>
    /// <param name="failed">The plan, and what came of it.</param>
    /// <param name="tamper">What was planted, if anything was.</param>
    public static Verdict Shrink(Verdict failed, Action<SimWorld>? tamper = null)
    {
        var best = failed;
        var runs = 0;
        var watch = Stopwatch.StartNew();
        for (var size = Math.Max(1, best.Plan.Actions.Count / 2); runs < RunsMax && watch.Elapsed < s_timeMax; size = Math.Max(1, size / 2))
        {
            var isSmaller = false;
            for (var start = 0; start < best.Plan.Actions.Count && runs < RunsMax && watch.Elapsed < s_timeMax;)
            {
                var actions = best.Plan.Actions.Where((_, i) => i < start || i >= start + size).ToArray();
                runs++;
                if (Verdict.Of(best.Plan with { Actions = actions }, tamper) is { IsGood: false } verdict) (best, isSmaller) = (verdict, true);
                else start += size;
            }
            if (size == 1 && !isSmaller) break;
        }
        return WithFewerWishes(best, tamper, runs);
    }

    private static Verdict WithFewerWishes(Verdict best, Action<SimWorld>? tamper, int runs)
    {
        for (var i = 0; i < best.Plan.Clients.Count && runs < RunsMax + 50; i++)
        {
            var clients = best.Plan.Clients.ToArray();
            clients[i] = clients[i] with { Wishes = [] };
            runs++;
            if (Verdict.Of(best.Plan with { Clients = clients }, tamper) is { IsGood: false } verdict) best = verdict;
        }
        return best;
    }
}
