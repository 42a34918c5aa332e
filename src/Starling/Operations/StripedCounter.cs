using System.Runtime.InteropServices;

namespace Starling.Operations;

/// <summary>A counter for hot paths: threads add to separate cache lines, the reader sums them.</summary>
internal sealed class StripedCounter
{
    private const int StripeCount = 8;
    private readonly Stripe[] _stripes = new Stripe[StripeCount];

    public long Value
    {
        get
        {
            var sum = 0L;
            foreach (ref var stripe in _stripes.AsSpan()) sum += Volatile.Read(ref stripe.Value);
            return sum;
        }
    }

    public void Add(long amount) =>
        Interlocked.Add(ref _stripes[Environment.CurrentManagedThreadId & (StripeCount - 1)].Value, amount);

    [StructLayout(LayoutKind.Explicit, Size = 128)]   // two lines: adjacent-line prefetch would share one
    private struct Stripe
    {
        [FieldOffset(64)] public long Value;
    }
}
