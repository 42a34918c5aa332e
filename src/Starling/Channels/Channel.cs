using Starling.Access;
using Starling.Connections;

namespace Starling.Channels;

/// <summary>A channel that has subscribers on this node: its log and the cursors into it.</summary>
/// <remarks>Thread-safe. Lock order: channel, then connection, then log.</remarks>
internal sealed class Channel(string name, ChannelRules rules, Flusher flusher)
{
    private readonly Lock _gate = new();
    private Subscription[] _subscriptions = [];
    private int _count;
    private int _dirty;
    private bool _closed;

    public string Name => name;

    public ChannelRules Rules => rules;

    public ChannelLog Log { get; } = new(rules.RingEntriesMax, rules.RingBytesMax);

    /// <summary>Subscriptions on this node.</summary>
    public int SubscriberCount => Volatile.Read(ref _count);

    /// <summary>Time of the last publication in milliseconds of the node's wheel; lets the node find quiet channels.</summary>
    public long LastPublishedMs { get; private set; }

    /// <summary>Adds a cursor that stands at the head.</summary>
    /// <returns><see langword="false"/> when the channel has just been given up: ask the registry for it again.</returns>
    public bool TryAdd(Subscription subscription)
    {
        lock (_gate)
        {
            if (_closed) return false;
            if (_count == _subscriptions.Length) Array.Resize(ref _subscriptions, Math.Max(1, _count * 2));
            subscription.Index = _count;
            subscription.Next = Log.Head;
            _subscriptions[_count] = subscription;
            _count++;
            return true;
        }
    }

    /// <summary>Takes a cursor out.</summary>
    /// <returns><see langword="true"/> when it was the last one: the channel is closed, the caller removes it from the registry.</returns>
    public bool Remove(Subscription subscription)
    {
        lock (_gate)
        {
            var index = subscription.Index;
            if (index < 0) return false;
            subscription.Index = -1;
            _count--;
            var last = _subscriptions[_count];
            _subscriptions[_count] = null!;
            if (index != _count)
            {
                _subscriptions[index] = last;
                last.Index = index;
            }
            _closed = _count == 0;
            return _closed;
        }
    }

    /// <summary>Adds a publication and lets the flusher know.</summary>
    public void Append(LogEntry entry, long nowMs)
    {
        Log.Append(entry);
        LastPublishedMs = nowMs;
        if (Interlocked.Exchange(ref _dirty, 1) == 0) flusher.Enqueue(this);
    }

    /// <summary>Marks every subscription that has something to read, and drops from the log what all have read.</summary>
    /// <param name="ready">Takes the connections that were not waiting to be written to yet.</param>
    public void MarkBehind(List<Connection> ready)
    {
        // Cleared first: a publication that comes while we walk makes the channel dirty again.
        Volatile.Write(ref _dirty, 0);
        Interlocked.MemoryBarrier();
        lock (_gate)
        {
            var passed = ulong.MaxValue;
            foreach (var subscription in _subscriptions.AsSpan(0, _count))
            {
                passed = Math.Min(passed, subscription.Next);
                if (subscription.Connection.MarkBehind(subscription)) ready.Add(subscription.Connection);
            }
            if (_count > 0) Log.Trim(passed);
        }
    }

    /// <summary>Gives the ring back if the channel has been quiet and every cursor stands at the head.</summary>
    public void ReleaseIfQuiet(long quietSinceMs)
    {
        if (LastPublishedMs > quietSinceMs || Log.Capacity == 0) return;
        lock (_gate)
        {
            var passed = ulong.MaxValue;
            foreach (var subscription in _subscriptions.AsSpan(0, _count)) passed = Math.Min(passed, subscription.Next);
            Log.Trim(passed);
            Log.Release();
        }
    }

    /// <summary>The subscriptions as they stand.</summary>
    public Subscription[] Snapshot()
    {
        lock (_gate) return _subscriptions.AsSpan(0, _count).ToArray();
    }
}
