using Starling.Operations;

namespace Starling.Limits;

/// <summary>Lets one of many equal log lines through every ten seconds, with the number of those it stands for.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SampledLine(TimingWheel clock)
{
    private const long IntervalMs = 10_000;

    private long _count;
    private long _nextMs;

    /// <summary>Counts one line.</summary>
    /// <returns>How many the caller writes one line for; 0: it writes none.</returns>
    public long Take()
    {
        Interlocked.Increment(ref _count);
        var now = clock.NowMs;
        var next = Volatile.Read(ref _nextMs);
        if (now < next || Interlocked.CompareExchange(ref _nextMs, now + IntervalMs, next) != next) return 0;
        return Interlocked.Exchange(ref _count, 0);
    }
}
