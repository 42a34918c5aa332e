using System.Runtime.InteropServices;

namespace Starling.Limits;

/// <summary>How fast a bucket fills and what it holds. The bucket itself is one number: until when what was taken is paid for
/// (the generic cell rate algorithm, ITU-T I.371 annex A). It fills by the passing of time alone; nobody has to do anything.</summary>
/// <remarks>Thread-safe: callers share the number, not the rate.</remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Rate
{
    private const double NsPerMs = 1_000_000;

    /// <summary>What the wheel's time lags behind: who comes back exactly when told must not be early.</summary>
    private const long ClockStepMs = 50;

    private readonly double _costNs;
    private readonly double _burstNs;

    public Rate(RateOptions options)
    {
        if (options.Rate == 0) return;
        _costNs = options.Interval.TotalNanoseconds / options.Rate;
        _burstNs = _costNs * (options.Burst > 0 ? options.Burst : options.Rate);
    }

    /// <summary>There is such a limit.</summary>
    public bool IsLimited => _costNs > 0;

    /// <summary>Takes from a bucket.</summary>
    /// <param name="paidUntilNs">The bucket.</param>
    /// <param name="nowMs">The wheel's time.</param>
    /// <param name="count">How many. More than the bucket can hold are given to a full one, which then owes.</param>
    /// <returns>0 when they were taken; otherwise nothing was, and there may be enough after so many milliseconds.</returns>
    public long Take(ref long paidUntilNs, long nowMs, int count)
    {
        if (!IsLimited) return 0;
        var now = (long)(nowMs * NsPerMs);
        while (true)
        {
            var paid = Volatile.Read(ref paidUntilNs);
            var next = Math.Max(paid, now) + (long)(count * _costNs);
            if (paid > now && next - now > _burstNs)
            {
                return (long)(Math.Min(next - now - _burstNs, paid - now) / NsPerMs) + ClockStepMs;
            }
            if (Interlocked.CompareExchange(ref paidUntilNs, next, paid) == paid) return 0;
        }
    }
}

/// <summary>The rates of one scope.</summary>
internal sealed class RateTable
{
    private readonly Rate[] _rates;

    public RateTable(RateScopeOptions options)
    {
        _rates = new Rate[Buckets.KindCount];
        _rates[(int)LimitKind.Commands] = new Rate(options.Commands);
        _rates[(int)LimitKind.Connect] = new Rate(options.Connect);
        _rates[(int)LimitKind.Subscribe] = new Rate(options.Subscribe);
        _rates[(int)LimitKind.Publish] = new Rate(options.Publish);
        _rates[(int)LimitKind.Rpc] = new Rate(options.Rpc);
        _rates[(int)LimitKind.Read] = new Rate(options.Read);
        _rates[(int)LimitKind.Bytes] = new Rate(options.Bytes);
        HasLimits = Array.Exists(_rates, static rate => rate.IsLimited);
    }

    public bool HasLimits { get; }

    public ref readonly Rate this[LimitKind kind] => ref _rates[(int)kind];
}
