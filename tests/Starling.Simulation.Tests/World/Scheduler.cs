namespace Starling.Simulation.World;

/// <summary>The one thing that runs anything in a world: work in the order of its virtual time, work of the same time in the
/// order the dice say. One thread; nothing depends on the machine.</summary>
internal sealed class Scheduler(Dice dice)
{
    /// <summary>Work of one world at most: more means that something spins (I12).</summary>
    private const long WorkMax = 20_000_000;

    private readonly PriorityQueue<Work, (long At, uint Chance, long Count)> _queue = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _count;
    private volatile string? _stranger;

    /// <summary>Time since the world began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Pieces of work done so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Puts work down to be done later.</summary>
    public void Schedule(Process process, TimeSpan delay, SendOrPostCallback act, object? state = null)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            _stranger = Environment.StackTrace;   // told by the run: an exception here would end the process
            return;
        }
        _queue.Enqueue(new Work(process, act, state), ((Now + delay).Ticks, (uint)dice.Next(), _count++));
    }

    /// <summary>Does all work up to a time.</summary>
    public void RunUntil(TimeSpan end)
    {
        while (_queue.TryPeek(out _, out var place) && place.At <= end.Ticks)
        {
            var work = _queue.Dequeue();
            Now = TimeSpan.FromTicks(place.At);
            if (work.Process.IsDead) continue;
            if (work.Process.StandsUntil > Now)
            {
                _queue.Enqueue(work, (work.Process.StandsUntil.Ticks, place.Chance, place.Count));
                continue;
            }
            if (++Steps > WorkMax) throw new InvalidOperationException($"I12: {WorkMax} pieces of work at {Now}: something spins.");
            SynchronizationContext.SetSynchronizationContext(work.Process);
            work.Act(work.State);
            if (_stranger is not null) throw new InvalidOperationException("Something ran on a thread of its own, so the run cannot be repeated: " + _stranger);
        }
        Now = end;
    }

    private readonly record struct Work(Process Process, SendOrPostCallback Act, object? State);
}
