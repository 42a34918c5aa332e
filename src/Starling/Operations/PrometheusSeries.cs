using System.Text;

namespace Starling.Operations;

/// <summary>The value of one label set: a number, or a histogram's counts.</summary>
internal sealed class PrometheusSeries(KeyValuePair<string, object?>[] tags, string labels, int boundCount)
{
    private readonly long[] _counts = new long[boundCount + 1];   // one more for what is above the last bound
    private double _value;   // of a histogram: the sum
    private long _round;

    public string Labels { get; } = labels;

    public double Value => Volatile.Read(ref _value);

    /// <summary>The last collection an observable instrument reported it in.</summary>
    public long Round => Volatile.Read(ref _round);

    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> wanted)
    {
        if (wanted.Length != tags.Length) return false;
        for (var i = 0; i < tags.Length; i++)
        {
            if (!string.Equals(tags[i].Key, wanted[i].Key, StringComparison.Ordinal) || !Equals(tags[i].Value, wanted[i].Value)) return false;
        }
        return true;
    }

    public void Set(double value, long round)
    {
        Volatile.Write(ref _value, value);
        Volatile.Write(ref _round, round);
    }

    public void Add(double amount)
    {
        for (var seen = Volatile.Read(ref _value); ;)
        {
            var before = Interlocked.CompareExchange(ref _value, seen + amount, seen);
            // By bits: a sum that became NaN must not spin.
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen)) return;
            seen = before;
        }
    }

    public void Count(double value, double[] bounds)
    {
        var index = 0;
        while (index < bounds.Length && value > bounds[index]) index++;
        Interlocked.Increment(ref _counts[index]);
        Add(value);
    }

    public void WriteHistogram(StringBuilder text, string name, double[] bounds)
    {
        var sofar = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            sofar += Volatile.Read(ref _counts[i]);
            var bound = PrometheusText.Number(i < bounds.Length ? bounds[i] : double.PositiveInfinity);
            var bucket = Labels.Length == 0 ? $"{{le=\"{bound}\"}}" : $"{Labels[..^1]},le=\"{bound}\"}}";
            PrometheusText.AppendSample(text, name + "_bucket", bucket, sofar);
        }
        PrometheusText.AppendSample(text, name + "_sum", Labels, Value);
        PrometheusText.AppendSample(text, name + "_count", Labels, sofar);
    }
}
