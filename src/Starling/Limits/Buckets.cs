using System.Runtime.CompilerServices;

namespace Starling.Limits;

/// <summary>The buckets of one connection, user or address: one number for each kind.</summary>
internal sealed class Buckets
{
    public const int KindCount = 7;

    private Row _row;

    /// <summary>Connections that share them; guarded by their table.</summary>
    public int Holders { get; set; }

    public ref long this[LimitKind kind] => ref _row[(int)kind];

    /// <summary>All of them are full: they are as good as new ones.</summary>
    public bool AreFull(long nowMs)
    {
        foreach (var paidUntilNs in (ReadOnlySpan<long>)_row)
        {
            if (paidUntilNs > nowMs * 1_000_000) return false;
        }
        return true;
    }

    [InlineArray(KindCount)]
    private struct Row
    {
        private long _first;
    }
}
