using System.Collections.Concurrent;

namespace Starling.Server.Logging;

/// <summary>How many lines of one kind the log takes: what a peer can provoke must not fill the disk (attack A89). Fifty at once,
/// then five a second; the rest is counted, and the count is told.</summary>
/// <remarks>Thread-safe. A kind is a message of the program, so there are as many as the program has.</remarks>
internal sealed class LineLimit(TimeProvider time)
{
    internal const int Burst = 50;

    private static readonly TimeSpan s_cost = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<(string Category, int EventId), Kind> _kinds = new();

    /// <summary>Counts one line.</summary>
    /// <param name="category">Who writes it.</param>
    /// <param name="eventId">What it says.</param>
    /// <param name="leftOut">Lines of this kind that were left out before it. With a line that is left out: 1 for the first.</param>
    /// <returns>Whether it is written.</returns>
    public bool TryTake(string category, int eventId, out long leftOut)
    {
        var kind = _kinds.GetOrAdd((category, eventId), static _ => new Kind());
        lock (kind)
        {
            var now = time.GetTimestamp();
            var cost = (long)(s_cost.TotalSeconds * time.TimestampFrequency);
            var paidUntil = Math.Max(kind.PaidUntil, now) + cost;
            if (paidUntil - now > Burst * cost)
            {
                leftOut = ++kind.LeftOut;
                return false;
            }
            kind.PaidUntil = paidUntil;
            leftOut = kind.LeftOut;
            kind.LeftOut = 0;
            return true;
        }
    }

    private sealed class Kind
    {
        public long PaidUntil { get; set; } = long.MinValue;

        public long LeftOut { get; set; }
    }
}
