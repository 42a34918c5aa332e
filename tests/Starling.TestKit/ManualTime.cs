namespace Starling.TestKit;

/// <summary>Time that passes only when told to. Timers fire inside <see cref="Advance"/>, in the order of their due times.</summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private TimeSpan _elapsed;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed
    {
        get
        {
            lock (_gate) return _elapsed;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Elapsed.Ticks;

    /// <summary>Happens whenever somebody asks for the time of day: what other threads may do at that moment.</summary>
    public Action WhenAsked { get; set; } = static () => { };

    public override DateTimeOffset GetUtcNow()
    {
        WhenAsked();
        return _start + Elapsed;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets time pass; every timer that comes due runs on this thread, at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        var target = Elapsed + by;
        while (TakeDue(target) is { } timer) timer.Fire();
        lock (_gate) _elapsed = target;
    }

    /// <summary>The process stands still for a while: afterwards every timer that came due meanwhile fires once, late.</summary>
    /// <param name="time">How long.</param>
    /// <param name="beforeTimers">What goes on sooner than they do.</param>
    public void StandStill(TimeSpan time, Action? beforeTimers = null)
    {
        ManualTimer[] late;
        lock (_gate)
        {
            _elapsed += time;
            late = [.. _timers.Where(timer => timer.Due <= _elapsed).OrderBy(static timer => timer.Due)];
            foreach (var timer in late)
            {
                if (timer.Period > TimeSpan.Zero) timer.Due = _elapsed + timer.Period;
                else _timers.Remove(timer);
            }
        }
        beforeTimers?.Invoke();
        foreach (var timer in late) timer.Fire();
    }

    private ManualTimer? TakeDue(TimeSpan target)
    {
        lock (_gate)
        {
            ManualTimer? next = null;
            foreach (var timer in _timers)
            {
                if (timer.Due <= target && (next is null || timer.Due < next.Due)) next = timer;
            }
            if (next is null) return null;
            if (next.Due > _elapsed) _elapsed = next.Due;
            if (next.Period > TimeSpan.Zero) next.Due += next.Period;
            else _timers.Remove(next);
            return next;
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
                Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                Due = time._elapsed + dueTime;
                time._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._gate) time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
