using Starling.Access;
using Starling.Brokers;
using Starling.Connections;
using Starling.History;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Channels;

/// <summary>A channel that has subscribers on this node: its log and the cursors into it.</summary>
/// <remarks>Thread-safe. Lock order: channel, then connection, then log.</remarks>
internal sealed class Channel : IFlushSource
{
    private readonly Flusher _flusher;
    private readonly TimingWheel _clock;
    private readonly Lock _gate = new();
    private readonly List<PullGroup> _groups = [];
    private SubscriptionList _subscriptions;
    private int _count;
    private int _watchers;
    private int _dirty;
    private bool _closed;
    private Task? _attaching;

    public Channel(string name, long id, ChannelRules rules, Flusher flusher, TimingWheel clock, Func<Channel, ChannelHistory> createHistory)
    {
        Name = name;
        Id = id;
        Rules = rules;
        _flusher = flusher;
        _clock = clock;
        Log = !rules.HasKeys
            ? new RingLog(rules.RingEntriesMax, rules.RingBytesMax, keepsLast: rules.AllowsDelta)
            : new KeyedLog(rules.RingBytesMax, keepsBases: rules is { AllowsDelta: true, Poll: null });
        if (rules.HasPositions) History = createHistory(this);
    }

    public string Name { get; }

    /// <summary>Stands for the name in pushes to clients that want it so (protocol 4.13); above 0, unique on this node.</summary>
    public long Id { get; }

    public ChannelRules Rules { get; }

    public ChannelLog Log { get; }

    /// <summary>The way to the broker's history; <see langword="null"/> for a channel that keeps none.</summary>
    public ChannelHistory? History { get; }

    /// <summary>When the log was last known to agree with the broker, in milliseconds of the node's wheel.</summary>
    public long VerifiedMs { get; set; }

    /// <summary>Subscriptions on this node.</summary>
    public int SubscriberCount => Volatile.Read(ref _count);

    /// <summary>Those of them to which joins and leaves are delivered.</summary>
    public int WatcherCount => Volatile.Read(ref _watchers);

    /// <summary>Time of the last publication in milliseconds of the node's wheel; lets the node find quiet channels.</summary>
    public long LastPublishedMs { get; private set; }

    /// <summary>The broker was asked to deliver the channel to this node.</summary>
    public bool IsAttached
    {
        get
        {
            lock (_gate) return _attaching is not null;
        }
    }

    /// <summary>Asks the broker once to deliver the channel to this node; every subscriber waits until it does.</summary>
    public Task AttachAsync(Broker broker, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_closed) return Task.CompletedTask;   // its last subscriber has gone meanwhile, and nobody is left to take it back
            if (_attaching is { IsFaulted: false, IsCanceled: false }) return _attaching;
            var subscribing = broker.SubscribeAsync(Name, cancellationToken);
            return _attaching = subscribing.IsCompletedSuccessfully ? Task.CompletedTask : subscribing.AsTask();
        }
    }

    /// <summary>Adds a cursor that stands at the head.</summary>
    /// <returns><see langword="false"/> when the channel has just been given up: ask the registry for it again.</returns>
    public bool TryAdd(Subscription subscription)
    {
        lock (_gate)
        {
            if (_closed) return false;
            subscription.Next = Log.Head;
            if (subscription.IntervalMs == 0)
            {
                _subscriptions.Add(subscription);
            }
            else
            {
                subscription.Group = GroupOf(subscription.IntervalMs);
                subscription.Group.Add(subscription);
            }
            _count++;
            if (subscription.WantsJoinLeave) _watchers++;
            return true;
        }
    }

    /// <summary>Takes a cursor out.</summary>
    /// <returns><see langword="true"/> when it was the last one: the channel is closed, the caller removes it from the registry.</returns>
    public bool Remove(Subscription subscription)
    {
        lock (_gate)
        {
            if (subscription.Index < 0) return false;
            if (subscription.Group is { } group) RemoveFrom(group, subscription);
            else _subscriptions.Remove(subscription);
            _count--;
            if (subscription.WantsJoinLeave) _watchers--;
            _closed = _count == 0;
            return _closed;
        }
    }

    /// <summary>Adds a publication and lets the flusher know. One that does not follow the last starts the mending.</summary>
    /// <param name="entry">The publication.</param>
    /// <param name="epoch">Epoch of its offset; empty without one.</param>
    public AppendStatus Append(LogEntry entry, string epoch)
    {
        var status = Log.Append(entry, epoch);
        LastPublishedMs = _clock.NowMs;
        if (status == AppendStatus.Appended)
        {
            VerifiedMs = LastPublishedMs;
            if (Interlocked.Exchange(ref _dirty, 1) == 0) _flusher.Enqueue(this);
        }
        else if (status == AppendStatus.Gap)
        {
            History?.MendSoon();   // not here: the broker may hold a lock of its own, which the mending would ask for too
        }
        return status;
    }

    /// <summary>Adds joins and leaves for those who want to hear of them. They have no offset and say nothing of the stream.</summary>
    public void AppendMembership(ReadOnlySpan<(EntryKind Kind, ClientInfo Info)> changes)
    {
        if (WatcherCount == 0) return;
        foreach (var (kind, info) in changes) Log.Append(new LogEntry(Name, Id, kind, info), "");
        LastPublishedMs = _clock.NowMs;
        if (Interlocked.Exchange(ref _dirty, 1) == 0) _flusher.Enqueue(this);
    }

    /// <summary>A publication as an entry of this channel.</summary>
    /// <param name="publication">Not changed any more.</param>
    /// <param name="traits">What the publisher said about it; a namespace may want all of its publications sent as patches.</param>
    public LogEntry NewEntry(Publication publication, PublicationTraits traits = PublicationTraits.None) => new(Name, Id, publication)
    {
        IsDeltaCandidate = Rules.PublishesDeltas || traits.HasFlag(PublicationTraits.DeltaCandidate),
        IsIncrement = traits.HasFlag(PublicationTraits.Increment),
    };

    /// <summary>Something may have been lost on the way here: it is looked up, or, where nothing keeps it, read anew by those who
    /// want it. A keyed channel without a stream would otherwise show for ever what is true no more.</summary>
    public void Doubt()
    {
        if (History is not null)
        {
            _ = History.MendAsync();   // ends with a status, never with an exception
            return;
        }
        if (Rules.State is null) return;
        foreach (var subscription in Snapshot()) subscription.Connection.LosePlace(subscription);
    }

    /// <summary>The stream is another one or its publications are gone: whoever counts on its position is told.</summary>
    public void LosePosition(string epoch, ulong top)
    {
        Log.ResetPosition(epoch, top);
        foreach (var subscription in Snapshot())
        {
            if (subscription.IsPositioned) subscription.Connection.LosePlace(subscription);
        }
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
            foreach (var subscription in _subscriptions.Span)
            {
                passed = Math.Min(passed, subscription.Next);
                if (subscription.Connection.MarkBehind(subscription)) ready.Add(subscription.Connection);
            }
            foreach (var group in _groups)
            {
                passed = Math.Min(passed, group.Passed);
                group.Wake();
            }
            if (_count > 0) Log.Trim(passed);
        }
    }

    /// <summary>Gives the ring back if the channel has been quiet and every cursor stands at the head.</summary>
    public void ReleaseIfQuiet(long quietSinceMs)
    {
        if (LastPublishedMs > quietSinceMs) return;
        History?.ForgetPages();
        if (Log.Capacity == 0) return;
        lock (_gate)
        {
            var passed = ulong.MaxValue;
            foreach (var subscription in _subscriptions.Span) passed = Math.Min(passed, subscription.Next);
            foreach (var group in _groups)
            {
                group.Forget();
                passed = Math.Min(passed, group.Passed);
            }
            Log.Trim(passed);
            Log.Release();
        }
    }

    /// <summary>The subscriptions as they stand.</summary>
    public Subscription[] Snapshot()
    {
        lock (_gate)
        {
            if (_groups.Count == 0) return _subscriptions.Span.ToArray();
            var all = new List<Subscription>(_count);
            all.AddRange(_subscriptions.Span);
            foreach (var group in _groups) all.AddRange(group.Subscriptions);
            return [.. all];
        }
    }

    private PullGroup GroupOf(int intervalMs)
    {
        foreach (var known in _groups)
        {
            if (known.IntervalMs == intervalMs) return known;
        }
        var group = new PullGroup(this, _gate, intervalMs, _flusher, _clock);
        _groups.Add(group);
        return group;
    }

    private void RemoveFrom(PullGroup group, Subscription subscription)
    {
        group.Remove(subscription);
        if (group.Count > 0) return;
        _groups.Remove(group);
        _clock.Cancel(group);
    }
}
