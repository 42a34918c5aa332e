namespace Starling.Simulation.World;

/// <summary>A process of a world: what it leaves for later comes back to the scheduler, until it is killed.</summary>
/// <remarks>Continuations of its tasks come here too, as it is the synchronization context of everything it does.</remarks>
internal sealed class Process(Scheduler scheduler, Dice dice) : SynchronizationContext
{
    public Scheduler Scheduler => scheduler;

    /// <summary>The process's clock; its wall clock may be wrong.</summary>
    public VirtualTime Time => field ??= new VirtualTime(this);

    /// <summary>It was killed: nothing of it runs any more.</summary>
    public bool IsDead { get; private set; }

    /// <summary>It stands still until then.</summary>
    public TimeSpan StandsUntil { get; private set; }

    public void Kill() => IsDead = true;

    /// <summary>Stops it for a while, as a debugger or a full machine would.</summary>
    public void StandStill(TimeSpan time) => StandsUntil = scheduler.Now + time;

    /// <summary>A work item of the thread pool: mostly at once, sometimes a little later.</summary>
    public override void Post(SendOrPostCallback d, object? state) => scheduler.Schedule(this, Lateness(), d, state);

    public override void Send(SendOrPostCallback d, object? state) => d(state);

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Does something as this process, after a time.</summary>
    public void After(TimeSpan delay, Action act) => scheduler.Schedule(this, delay, static state => ((Action)state!)(), act);

    /// <summary>Does something as this process, now. The way for what comes from outside of it.</summary>
    public void Run(Action act)
    {
        if (IsDead) return;
        var outer = Current;
        SetSynchronizationContext(this);
        try
        {
            act();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    /// <summary>A task that completes after a time.</summary>
    public Task WaitAsync(TimeSpan delay)
    {
        var waiting = new TaskCompletionSource();
        scheduler.Schedule(this, delay, static state => ((TaskCompletionSource)state!).SetResult(), waiting);
        return waiting.Task;
    }

    private TimeSpan Lateness() => dice.Below(16) switch
    {
        0 => dice.UpTo(3),
        1 when dice.Chance(0.02) => dice.UpTo(200),
        _ => TimeSpan.Zero,
    };
}

/// <summary>The clock of a process.</summary>
internal sealed class VirtualTime(Process process) : TimeProvider
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How wrong the wall clock is; the monotonic one is right (F45).</summary>
    public TimeSpan WallClockError { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => process.Scheduler.Now.Ticks;

    public override DateTimeOffset GetUtcNow() => s_start + process.Scheduler.Now + WallClockError;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class VirtualTimer(Process process, TimerCallback callback, object? state) : ITimer
    {
        private long _version;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _version++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan) Arm(dueTime);
            return true;
        }

        public void Dispose() => _version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(TimeSpan delay)
        {
            var version = _version;
            process.After(delay, () =>
            {
                if (version != _version) return;
                if (_period > TimeSpan.Zero) Arm(_period);
                callback(state);
            });
        }
    }
}
