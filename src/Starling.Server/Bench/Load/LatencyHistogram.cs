using System.Numerics;

namespace Starling.Server.Bench.Load;

/// <summary>Durations in nanoseconds, counted in buckets that are at most 1/64 of their value wide: recording costs a few
/// nanoseconds and no memory, and a percentile is off by less than 2 %.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubCount = 1 << SubBits;

    private readonly long[] _buckets = new long[(64 - SubBits + 1) * SubCount];

    public long Count { get; private set; }

    /// <summary>The longest duration recorded, exact; 0 when there is none.</summary>
    public long Max { get; private set; }

    public void Record(long nanoseconds)
    {
        if (nanoseconds < 0) nanoseconds = 0;
        _buckets[BucketOf(nanoseconds)]++;
        Count++;
        if (nanoseconds > Max) Max = nanoseconds;
    }

    /// <summary>The duration that a share of all recorded ones does not exceed: the upper end of its bucket.</summary>
    /// <param name="share">0 to 1; 0.5 is the median.</param>
    /// <returns>0 when nothing was recorded.</returns>
    public long Percentile(double share)
    {
        if (Count == 0) return 0;
        var rank = Math.Clamp((long)Math.Ceiling(share * Count), 1, Count);
        for (var i = 0; i < _buckets.Length; i++)
        {
            rank -= _buckets[i];
            if (rank <= 0) return Math.Min(UpperEndOf(i), Max);
        }
        return Max;
    }

    private static int BucketOf(long value)
    {
        // Values below SubCount have a bucket each; above, the leading bit selects a row and the next SubBits a column.
        var row = BitOperations.Log2((ulong)value | 1) - SubBits;
        return row < 0 ? (int)value : (row + 1) * SubCount + (int)(value >> row) - SubCount;
    }

    private static long UpperEndOf(int bucket)
    {
        var row = bucket / SubCount - 1;
        return row < 0 ? bucket : (((long)(bucket % SubCount) + SubCount + 1) << row) - 1;
    }
}
