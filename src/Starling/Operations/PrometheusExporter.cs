using System.Diagnostics.Metrics;
using System.Text;

namespace Starling.Operations;

/// <summary>Keeps the values of every instrument on the meter <c>Starling</c> and writes them, with figures of the process, in
/// the Prometheus text format.</summary>
/// <remarks>Thread-safe. It listens from its creation on; what counters counted before is not seen.</remarks>
internal sealed class PrometheusExporter : IDisposable
{
    private readonly Lock _gate = new();         // the table of instruments; held for a moment only
    private readonly Lock _collecting = new();   // one collection at a time
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, PrometheusInstrument> _instruments = new(StringComparer.Ordinal);
    private readonly IMeterFactory? _meters;
    private long _round;

    /// <param name="meters">Where the engine's meter comes from; meters of other factories, which are other nodes in this
    /// process, are not this exporter's.</param>
    public PrometheusExporter(IMeterFactory? meters)
    {
        _meters = meters;
        _listener.InstrumentPublished = Enable;
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, state) => Record(state, (double)value, tags));
        _listener.Start();
    }

    /// <summary>All metrics as they are now.</summary>
    public string Collect()
    {
        var text = new StringBuilder(8 * 1024);
        lock (_collecting)
        {
            Interlocked.Increment(ref _round);
            _listener.RecordObservableInstruments();
            PrometheusInstrument[] instruments;
            lock (_gate) instruments = [.. _instruments.Values];
            var refused = 0L;
            foreach (var instrument in instruments)
            {
                instrument.Write(text, _round);
                refused += instrument.Refused;
            }
            PrometheusText.AppendHeader(text, "starling_metrics_refused_total", PrometheusKind.Counter,
                "Measurements not recorded because their instrument has too many label sets.");
            PrometheusText.AppendSample(text, "starling_metrics_refused_total", "", refused);
        }
        ProcessFigures.Append(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((PrometheusInstrument)state!).Record(value, tags, Volatile.Read(ref _round));

    private void Enable(Instrument instrument, MeterListener listener)
    {
        if (!string.Equals(instrument.Meter.Name, StarlingMetrics.MeterName, StringComparison.Ordinal)) return;
        if (instrument.Meter.Scope is not null && !ReferenceEquals(instrument.Meter.Scope, _meters)) return;
        var added = new PrometheusInstrument(instrument);
        lock (_gate)
        {
            // A metric may be written once only; a second instrument of the same name adds to the first.
            if (_instruments.TryGetValue(added.Name, out var existing)) added = existing;
            else _instruments.Add(added.Name, added);
        }
        listener.EnableMeasurementEvents(instrument, added);
    }
}
