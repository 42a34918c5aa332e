using System.Diagnostics.Metrics;
using Starling.Operations;

namespace Starling.Hooks;

/// <summary>The instruments of back ends, on the engine's meter.</summary>
internal sealed class HookMetrics
{
    private static readonly KeyValuePair<string, object?>[] s_kinds = [.. Enum.GetValues<HookKind>().Select(static kind =>
        new KeyValuePair<string, object?>("kind", System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString())))];

    /// <summary>Outcomes of events: the queue was full; the back end confirmed; it never did.</summary>
    public const string Overflow = "overflow";
    public const string Delivered = "delivered";
    public const string GivenUp = "given_up";

    private readonly Counter<long> _events;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _duration;
    private long _inWork;

    /// <param name="meter">The engine's.</param>
    public HookMetrics(Meter meter)
    {
        _calls = meter.CreateCounter<long>("starling.hooks.calls", "{call}", "Questions to back ends, by kind and outcome.");
        _duration = meter.CreateHistogram<double>("starling.hooks.duration", "s", "Time back ends took to answer, by kind.");
        _events = meter.CreateCounter<long>("starling.hooks.events", "{event}", "Events for back ends, by outcome: delivered, or lost to overflow or given up.");
        _retries = meter.CreateCounter<long>("starling.hooks.events.retries", "{request}", "Requests with events that have to be sent again.");
        meter.CreateObservableGauge("starling.hooks.events.waiting", () => EventsWaiting.Value, "{event}", "Events that wait for the back end.");
        meter.CreateObservableGauge("starling.hooks.in_work", () => Volatile.Read(ref _inWork), "{call}", "Questions to back ends that wait for their turn or for the answer.");
    }

    public StripedCounter EventsWaiting { get; } = new();

    public void OnEvents(string outcome, int count) => _events.Add(count, new KeyValuePair<string, object?>("outcome", outcome));

    public void OnRetry() => _retries.Add(1);

    public void OnBegin() => Interlocked.Increment(ref _inWork);

    public void OnEnd(HookKind kind, string outcome, TimeSpan took)
    {
        Interlocked.Decrement(ref _inWork);
        var tag = s_kinds[(int)kind];
        _calls.Add(1, tag, new KeyValuePair<string, object?>("outcome", outcome));
        _duration.Record(took.TotalSeconds, tag);
    }
}
