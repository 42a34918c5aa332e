using System.Diagnostics.Metrics;
using System.Text;

namespace Starling.Operations;

/// <summary>One instrument and the values of its label sets.</summary>
/// <remarks>Thread-safe; recording takes no lock once a label set is known.</remarks>
internal sealed class PrometheusInstrument
{
    /// <summary>Label sets of one instrument at most: an instrument that has more was given user data by mistake, which must not
    /// fill the memory. What comes after is not recorded and counted.</summary>
    public const int SeriesMax = 256;

    private static readonly double[] s_seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly double[] s_bytes = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];
    private static readonly double[] s_counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

    private readonly Lock _gate = new();
    private readonly string? _help;
    private readonly double _factor;
    private readonly bool _isAbsolute;
    private readonly double[] _bounds;
    private PrometheusSeries[] _series = [];
    private long _refused;

    public PrometheusInstrument(Instrument instrument)
    {
        var type = instrument.GetType();
        var form = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        var kind = form == typeof(Counter<>) || form == typeof(ObservableCounter<>) ? PrometheusKind.Counter
            : form == typeof(Histogram<>) ? PrometheusKind.Histogram
            : PrometheusKind.Gauge;
        Kind = kind;
        IsObservable = instrument.IsObservable;
        _isAbsolute = IsObservable || form == typeof(Gauge<>);
        _help = instrument.Description;
        Name = PrometheusText.NameOf(instrument.Name, instrument.Unit, kind, out _factor);
        _bounds = kind == PrometheusKind.Histogram ? BoundsOf(instrument) : [];
    }

    public string Name { get; }

    public PrometheusKind Kind { get; }

    public bool IsObservable { get; }

    /// <summary>Measurements not recorded for too many label sets.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Records one measurement.</summary>
    /// <param name="measurement">In the instrument's own unit.</param>
    /// <param name="tags">Its labels.</param>
    /// <param name="round">The collection it belongs to; what an observable instrument did not report in it is not written.</param>
    public void Record(double measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags, long round)
    {
        if (Find(_series, tags) is not { } series && (series = Add(tags)) is null)
        {
            Interlocked.Increment(ref _refused);
            return;
        }
        var value = measurement * _factor;
        if (Kind == PrometheusKind.Histogram) series.Count(value, _bounds);
        else if (_isAbsolute) series.Set(value, round);
        else series.Add(value);
    }

    public void Write(StringBuilder text, long round)
    {
        var series = Volatile.Read(ref _series);
        if (series.Length == 0) return;
        PrometheusText.AppendHeader(text, Name, Kind, _help);
        foreach (var one in series)
        {
            if (IsObservable && one.Round != round) continue;
            if (Kind == PrometheusKind.Histogram) one.WriteHistogram(text, Name, _bounds);
            else PrometheusText.AppendSample(text, Name, one.Labels, one.Value);
        }
    }

    private static PrometheusSeries? Find(PrometheusSeries[] series, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var one in series)
        {
            if (one.Has(tags)) return one;
        }
        return null;
    }

    private PrometheusSeries? Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_gate)
        {
            if (Find(_series, tags) is { } raced) return raced;
            var labels = PrometheusText.LabelsOf(tags);
            // The same labels in another order, or values that print alike, are one series.
            if (Array.Find(_series, one => string.Equals(one.Labels, labels, StringComparison.Ordinal)) is { } alike) return alike;
            if (_series.Length >= SeriesMax) return null;
            var added = new PrometheusSeries(tags.ToArray(), labels, _bounds.Length);
            Volatile.Write(ref _series, [.. _series, added]);
            return added;
        }
    }

    private double[] BoundsOf(Instrument instrument)
    {
        var advised = instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => bounds.Select(bound => bound * _factor),
            Histogram<long> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => bounds.Select(bound => bound * _factor),
            Histogram<int> { Advice.HistogramBucketBoundaries: { Count: > 0 } bounds } => bounds.Select(bound => bound * _factor),
            _ => null,
        };
        if (advised is not null) return [.. advised];
        if (Name.EndsWith("_seconds", StringComparison.Ordinal)) return s_seconds;
        return Name.EndsWith("_bytes", StringComparison.Ordinal) ? s_bytes : s_counts;
    }
}
