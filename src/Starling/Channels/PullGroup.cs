using Starling.Connections;
using Starling.Operations;

namespace Starling.Channels;

/// <summary>The subscriptions of a channel that are written to at most every so often. They pull at the same moments, so
/// those that stand at the same place share what they are given.</summary>
/// <remarks>On a keyed channel a late pull finds the latest value of each key and nothing else: that is all there is to
/// conflation. Guarded by the channel's gate, except where it says otherwise.</remarks>
internal sealed class PullGroup(Channel channel, Lock gate, int intervalMs, Flusher flusher, TimingWheel wheel) : WheelItem, IFlushSource
{
    private SubscriptionList _subscriptions;
    private SharedPull? _shared;
    private ulong _passed;
    private ulong _head;
    private long _nextPullMs;
    private int _isWoken;

    public int IntervalMs => intervalMs;

    public int Count => _subscriptions.Count;

    /// <summary>No subscription stands below this.</summary>
    public ulong Passed => _subscriptions.Count == 0 ? ulong.MaxValue : _passed;

    /// <summary>What those at the same place share; any thread may read it.</summary>
    public SharedPull? Shared => Volatile.Read(ref _shared);

    public ReadOnlySpan<Subscription> Subscriptions => _subscriptions.Span;

    public void Add(Subscription subscription)
    {
        if (_subscriptions.Count == 0) _passed = _head = subscription.Next;
        _subscriptions.Add(subscription);
    }

    public void Remove(Subscription subscription) => _subscriptions.Remove(subscription);

    /// <summary>There is news: the next pull is due when the interval has passed. Any thread.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) == 0) wheel.Schedule(this, Volatile.Read(ref _nextPullMs));
    }

    public void MarkBehind(List<Connection> ready)
    {
        Volatile.Write(ref _isWoken, 0);
        Interlocked.MemoryBarrier();
        lock (gate)
        {
            // Counted from when this pull was due: what the wheel is late by must not add up.
            var next = _nextPullMs + intervalMs;
            Volatile.Write(ref _nextPullMs, next > wheel.NowMs ? next : wheel.NowMs + intervalMs);
            var (from, to) = (_head, channel.Log.Head);
            _head = to;
            Volatile.Write(ref _shared, _subscriptions.Count > 1 ? new SharedPull(channel.Log, from, to) : null);
            _passed = ulong.MaxValue;
            foreach (var subscription in _subscriptions.Span)
            {
                _passed = Math.Min(_passed, subscription.Next);
                if (subscription.Connection.MarkBehind(subscription)) ready.Add(subscription.Connection);
            }
        }
    }

    /// <summary>Nothing has come for a while: what was shared is not needed any more.</summary>
    public void Forget()
    {
        Volatile.Write(ref _shared, null);
        _passed = ulong.MaxValue;
        foreach (var subscription in _subscriptions.Span) _passed = Math.Min(_passed, subscription.Next);
    }

    protected internal override void OnDue(long nowMs) => flusher.Enqueue(this);
}
