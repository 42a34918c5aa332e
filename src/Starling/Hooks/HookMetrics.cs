using System.Diagnostics.Metrics;

namespace Starling.Hooks;

/// <summary>The instruments of back ends, on the engine's meter.</summary>
internal sealed class HookMetrics
{
    private static readonly KeyValuePair<string, object?>[] s_kinds = [.. Enum.GetValues<HookKind>().Select(static kind =>
        new KeyValuePair<string, object?>("kind", System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString())))];

    private readonly Counter<long> _calls;
    private readonly Histogram<double> _duration;
    private long _inWork;

    /// <param name="meter">The engine's.</param>
    public HookMetrics(Meter meter)
    {
        _calls = meter.CreateCounter<long>("starling.hooks.calls", "{call}", "Questions to back ends, by kind and outcome.");
        _duration = meter.CreateHistogram<double>("starling.hooks.duration", "s", "Time back ends took to answer, by kind.");
        meter.CreateObservableGauge("starling.hooks.in_work", () => Volatile.Read(ref _inWork), "{call}", "Questions to back ends that wait for their turn or for the answer.");
    }

    public void OnBegin() => Interlocked.Increment(ref _inWork);

    public void OnEnd(HookKind kind, string outcome, TimeSpan took)
    {
        Interlocked.Decrement(ref _inWork);
        var tag = s_kinds[(int)kind];
        _calls.Add(1, tag, new KeyValuePair<string, object?>("outcome", outcome));
        _duration.Record(took.TotalSeconds, tag);
    }
}
