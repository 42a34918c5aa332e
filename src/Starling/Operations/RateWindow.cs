namespace Starling.Operations;

/// <summary>Allows so many events in each second of the wheel's time. Thread-safe.</summary>
/// <param name="perSecond">Events allowed; 0: any number.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class RateWindow(int perSecond, TimingWheel clock)
{
    private readonly Lock _gate = new();
    private long _second = -1;
    private int _taken;

    /// <summary>Counts one event.</summary>
    /// <returns><see langword="false"/> when this second has had as many as allowed.</returns>
    public bool TryTake()
    {
        if (perSecond == 0) return true;
        var second = clock.NowMs / 1000;
        lock (_gate)
        {
            if (second != _second) (_second, _taken) = (second, 0);
            if (_taken >= perSecond) return false;
            _taken++;
            return true;
        }
    }
}
