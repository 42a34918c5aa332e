namespace Starling.Operations;

/// <summary>What a node has done in the last whole interval, for those who ask it now and then instead of collecting its metrics.</summary>
/// <remarks>Thread-safe: the wheel writes, anybody reads.</remarks>
/// <param name="wheel">Tells when an interval is over.</param>
/// <param name="interval">Its length; 0: no figures.</param>
/// <param name="totals">Counters that only rise, always the same ones in the same order.</param>
internal sealed class IntervalFigures(TimingWheel wheel, TimeSpan interval, Func<IReadOnlyList<(string Name, long Value)>> totals) : WheelItem
{
    private readonly long _intervalMs = (long)interval.TotalMilliseconds;
    private IReadOnlyList<(string Name, long Value)> _before = [];
    private IReadOnlyList<(string Name, long Value)> _latest = [];

    public TimeSpan Interval => interval;

    /// <summary>How much each counter rose in the last interval; empty before the first is over.</summary>
    public IReadOnlyList<(string Name, long Value)> Latest => Volatile.Read(ref _latest);

    public void Start()
    {
        if (_intervalMs == 0) return;
        _before = totals();
        wheel.Schedule(this, wheel.NowMs + _intervalMs);
    }

    protected internal override void OnDue(long nowMs)
    {
        var (before, now) = (_before, totals());
        Volatile.Write(ref _latest, [.. now.Select((total, i) => (total.Name, total.Value - before[i].Value))]);
        _before = now;
        wheel.Schedule(this, nowMs + _intervalMs);
    }
}
