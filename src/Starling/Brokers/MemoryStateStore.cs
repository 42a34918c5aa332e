using System.Collections.Concurrent;
using Starling.Operations;

namespace Starling.Brokers;

/// <summary>The keyed state of all channels of a node that stands alone.</summary>
/// <remarks>Thread-safe. One timer for all keys: it is set to the next one that may expire and does not run while none can.
/// A key that is due is gone for every reader at once, whether the timer has come to it or not.</remarks>
internal sealed class MemoryStateStore : IAsyncDisposable
{
    /// <summary>Expired keys are gathered for this long, so that many become one turn of the timer.</summary>
    private const long TurnMs = 50;

    private readonly ConcurrentDictionary<string, MemoryState> _states = new();
    private readonly TimeProvider _time;
    private readonly RandomSource _random;
    private readonly long _start;
    private readonly Lock _scheduleGate = new();
    private readonly PriorityQueue<(string Channel, MemoryState State), long> _schedule = new();
    private readonly ITimer _timer;
    private long _timerDueMs = long.MaxValue;
    private IBrokerSink? _sink;

    public MemoryStateStore(TimeProvider time, RandomSource random)
    {
        _time = time;
        _random = random;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static store => ((MemoryStateStore)store!).ExpireDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Channels held, with or without keys.</summary>
    public int ChannelCount => _states.Count;

    /// <summary>Takes announcements; none are made before it is set.</summary>
    public IBrokerSink? Sink
    {
        get => Volatile.Read(ref _sink);
        set => Volatile.Write(ref _sink, value);
    }

    private long NowMs => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    public StateWriteResult Write(string channel, StateWrite write, StateStorage storage)
    {
        if (Sink is not { } sink) return new StateWriteResult(StateWriteStatus.Unavailable);
        var state = Enter(channel, storage.MetaTtl, out var nowMs);
        try
        {
            if (state.Judge(write, storage, nowMs) is { } answer) return answer;
            var result = state.Apply(write, storage, nowMs, _time.GetUtcNow().ToUnixTimeMilliseconds(), out var change);
            sink.OnPublication(channel, change, result.Epoch, write.Traits);
            Schedule(channel, state);
            return result;
        }
        finally
        {
            state.Gate.Exit();
        }
    }

    public StatePage Read(string channel, in StateQuery query, StateStorage storage)
    {
        var state = Enter(channel, storage.MetaTtl, out _);
        try
        {
            var page = state.Read(query);
            return storage.HasStream ? page : page with { Epoch = "" };
        }
        finally
        {
            state.Gate.Exit();
        }
    }

    public HistoryPage ReadChanges(string channel, in HistoryQuery query)
    {
        var state = Enter(channel, query.MetaTtl, out var nowMs);
        try
        {
            return state.ReadChanges(query, nowMs);
        }
        finally
        {
            state.Gate.Exit();
        }
    }

    public int CountKeys(string channel)
    {
        if (!_states.ContainsKey(channel)) return 0;
        var state = Enter(channel, TimeSpan.Zero, out _);
        try
        {
            return state.KeyCount;
        }
        finally
        {
            state.Gate.Exit();
        }
    }

    public void Clear(string channel, StateStorage storage)
    {
        var state = Enter(channel, storage.MetaTtl, out _);
        try
        {
            var removals = state.Clear(Epoch.New(_random));
            foreach (var removal in storage.HasStream ? [] : removals) Sink?.OnPublication(channel, removal, "", PublicationTraits.None);
        }
        finally
        {
            state.Gate.Exit();
        }
        if (storage.HasStream) Sink?.OnPositionUnknown(channel);
    }

    /// <summary>Drops what has outlived its time; the broker calls it now and then.</summary>
    public void Sweep()
    {
        var nowMs = NowMs;
        var unwrittenLifeMs = MemoryBroker.UnwrittenLifeMs(_states.Count(static pair => pair.Value.Top == 0));
        foreach (var (channel, state) in _states)
        {
            lock (state.Gate)
            {
                if (!state.Expire(nowMs, unwrittenLifeMs)) continue;
                state.IsForgotten = true;
                _states.TryRemove(new KeyValuePair<string, MemoryState>(channel, state));
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Sink = null;
        return _timer.DisposeAsync();
    }

    /// <summary>Enters the gate of a channel's state, which is made if there is none; what is due is gone from it.</summary>
    private MemoryState Enter(string channel, TimeSpan metaTtl, out long nowMs)
    {
        while (true)
        {
            var state = _states.GetOrAdd(channel, static (_, random) => new MemoryState(Epoch.New(random)), _random);
            state.Gate.Enter();
            if (!state.IsForgotten)
            {
                nowMs = NowMs;
                state.Touch(metaTtl, nowMs);
                ExpireKeys(channel, state, nowMs);
                return state;
            }
            state.Gate.Exit();   // expired a moment ago
        }
    }

    /// <summary>Under the state's gate.</summary>
    private void ExpireKeys(string channel, MemoryState state, long nowMs)
    {
        while (state.TryExpireKey(nowMs, out var removal))
        {
            Sink?.OnPublication(channel, removal, removal.Offset > 0 ? state.Epoch : "", PublicationTraits.None);
        }
    }

    /// <summary>Under the state's gate: sees to it that the timer looks at the state when its next key is due.</summary>
    private void Schedule(string channel, MemoryState state)
    {
        var dueMs = state.NextExpiryMs;
        if (dueMs == long.MaxValue) return;
        lock (_scheduleGate)
        {
            if (dueMs >= state.ScheduledMs) return;
            state.ScheduledMs = dueMs;
            _schedule.Enqueue((channel, state), dueMs);
            SetTimer(dueMs);
        }
    }

    /// <summary>Under the schedule's gate.</summary>
    private void SetTimer(long dueMs)
    {
        if (dueMs >= _timerDueMs) return;
        _timerDueMs = dueMs;
        _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, dueMs - NowMs)), Timeout.InfiniteTimeSpan);
    }

    private void ExpireDue()
    {
        var nowMs = NowMs;
        var due = new List<(string Channel, MemoryState State)>();
        lock (_scheduleGate)
        {
            while (_schedule.TryPeek(out var next, out var dueMs) && dueMs <= nowMs)
            {
                _schedule.Dequeue();
                if (next.State.ScheduledMs != dueMs) continue;   // scheduled anew for an earlier time
                next.State.ScheduledMs = long.MaxValue;
                due.Add(next);
            }
            _timerDueMs = long.MaxValue;
            if (_schedule.TryPeek(out _, out var nextMs)) SetTimer(Math.Max(nextMs, nowMs + TurnMs));
        }
        foreach (var (channel, state) in due)
        {
            lock (state.Gate)
            {
                if (state.IsForgotten) continue;
                ExpireKeys(channel, state, nowMs);
                Schedule(channel, state);
            }
        }
    }
}
