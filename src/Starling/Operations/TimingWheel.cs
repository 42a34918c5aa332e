namespace Starling.Operations;

/// <summary>Something that waits for its time on a <see cref="TimingWheel"/>; the links live in the item itself.</summary>
internal abstract class WheelItem
{
    internal WheelItem? Previous;
    internal WheelItem? Following;
    internal long DueTick = TimingWheel.NotScheduled;

    /// <summary>The time has come. Runs on the wheel's thread: must be short and must not block. The item is off the
    /// wheel when this is called and may schedule itself again.</summary>
    /// <param name="nowMs">The wheel's time in milliseconds.</param>
    protected internal abstract void OnDue(long nowMs);
}

/// <summary>One timer for all connections of a node: a hashed wheel with O(1) scheduling and cancelling
/// (G. Varghese and A. Lauck, "Hashed and Hierarchical Timing Wheels", scheme 6).</summary>
/// <remarks>Thread-safe. Items come due late by up to one <see cref="Resolution"/>, never early. Time that passes while
/// the process stands still is caught up in one turn.</remarks>
internal sealed class TimingWheel : IDisposable
{
    internal const long NotScheduled = -1;

    /// <summary>Step of the wheel. 50 ms is far below the shortest deadline (the drain of one second).</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(50);

    /// <summary>A step that comes later than this means that the process stood still: suspended, or starved.</summary>
    private const int StandstillMs = 1_000;

    private const int SlotCount = 1024;   // 51 s for one turn: the ping interval fits in one

    private readonly Lock _gate = new();
    private readonly WheelItem?[] _slots = new WheelItem?[SlotCount];
    private readonly List<WheelItem> _due = [];
    private readonly TimeProvider _time;
    private readonly long _startTimestamp;
    private readonly ITimer _timer;
    private long _tick;
    private long _nowMs;
    private long _wokeMs = long.MinValue / 2;

    public TimingWheel(TimeProvider time)
    {
        _time = time;
        _startTimestamp = time.GetTimestamp();
        _timer = time.CreateTimer(static wheel => ((TimingWheel)wheel!).Advance(), this, Resolution, Resolution);
    }

    /// <summary>Milliseconds since the wheel was made, as of its last step: cheap, monotonic, up to one step old.</summary>
    public long NowMs => Volatile.Read(ref _nowMs);

    /// <summary>The same, as of this moment: right after the process stood still <see cref="NowMs"/> is old.</summary>
    public long ReadMs() => (long)_time.GetElapsedTime(_startTimestamp).TotalMilliseconds;

    /// <summary>When the process last went on after it had stood still. What peers sent meanwhile may still be unread: who
    /// judges them by their silence waits a little.</summary>
    public long WokeMs => Volatile.Read(ref _wokeMs);

    /// <summary>Puts the item on the wheel, or moves it there.</summary>
    /// <param name="item">Not more than once on a wheel.</param>
    /// <param name="dueMs">In milliseconds of <see cref="NowMs"/>; a time in the past means the next step.</param>
    public void Schedule(WheelItem item, long dueMs)
    {
        lock (_gate)
        {
            Unlink(item);
            var step = (long)Resolution.TotalMilliseconds;
            item.DueTick = Math.Max(_tick + 1, (dueMs + step - 1) / step);
            ref var head = ref _slots[item.DueTick % SlotCount];
            item.Following = head;
            if (head is not null) head.Previous = item;
            head = item;
        }
    }

    /// <summary>Takes the item off the wheel, if it is there.</summary>
    public void Cancel(WheelItem item)
    {
        lock (_gate)
        {
            Unlink(item);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Advance()
    {
        WheelItem[] due;
        long nowMs;
        lock (_gate)
        {
            nowMs = ReadMs();
            if (nowMs - _nowMs > StandstillMs) Volatile.Write(ref _wokeMs, nowMs);
            Volatile.Write(ref _nowMs, nowMs);
            var target = nowMs / (long)Resolution.TotalMilliseconds;
            var first = _tick + 1;
            var count = Math.Min(target - _tick, SlotCount);   // after a long stop every slot is looked at once
            if (count <= 0) return;
            _tick = target;
            for (var i = 0; i < count; i++) CollectDue((first + i) % SlotCount, target);
            due = [.. _due];
            _due.Clear();
        }
        foreach (var item in due) item.OnDue(nowMs);
    }

    private void CollectDue(long slot, long target)
    {
        for (var item = _slots[slot]; item is not null;)
        {
            var following = item.Following;
            if (item.DueTick <= target)
            {
                Unlink(item);
                _due.Add(item);
            }
            item = following;
        }
    }

    private void Unlink(WheelItem item)
    {
        if (item.DueTick == NotScheduled) return;
        if (item.Previous is null) _slots[item.DueTick % SlotCount] = item.Following;
        else item.Previous.Following = item.Following;
        if (item.Following is not null) item.Following.Previous = item.Previous;
        item.Previous = item.Following = null;
        item.DueTick = NotScheduled;
    }
}
