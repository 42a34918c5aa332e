using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>The keys of one channel in memory, with the stream of their changes.</summary>
/// <remarks>Guarded by its own gate, which is held while a change is announced, so that the order of offsets is the order of
/// delivery. Times are milliseconds of the store's clock.</remarks>
internal sealed class MemoryState(string epoch)
{
    private readonly Dictionary<string, StoredKey> _keys = [];
    private readonly SortedSet<string> _order = new(StringComparer.Ordinal);
    private readonly PriorityQueue<StoredKey, long> _expiry = new();
    private readonly Queue<Publication> _changes = new();
    private int _goneInExpiry;
    private ResultMemory<StateWriteResult> _results = new();
    private long _changesExpireMs = long.MaxValue;
    private long _metaExpiresMs;
    private long _lastUseMs;

    public Lock Gate { get; } = new();

    /// <summary>Epoch of the stream; a cleared channel has a new one.</summary>
    public string Epoch { get; private set; } = epoch;

    /// <summary>Offset of the newest change.</summary>
    public ulong Top { get; private set; }

    public int KeyCount => _keys.Count;

    /// <summary>It was taken out of the store: whoever still holds it looks it up again.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>When the store looks for expired keys; guarded by the store.</summary>
    public long ScheduledMs { get; set; } = long.MaxValue;

    /// <summary>When the next key may expire; <see cref="long.MaxValue"/>: none does.</summary>
    public long NextExpiryMs => _expiry.TryPeek(out _, out var dueMs) ? dueMs : long.MaxValue;

    /// <summary>Somebody uses the channel: its position lives on.</summary>
    public void Touch(TimeSpan metaTtl, long nowMs)
    {
        _lastUseMs = nowMs;
        _metaExpiresMs = Math.Max(_metaExpiresMs, Later(nowMs, metaTtl));
    }

    /// <summary>The answer that is due without writing, if any (conditions in the order of protocol 4.12).</summary>
    public StateWriteResult? Judge(StateWrite write, StateStorage storage, long nowMs)
    {
        if (write.IdempotencyKey.Length > 0 && _results.TryFind(write.IdempotencyKey, nowMs, out var first))
        {
            return first with { Status = StateWriteStatus.Duplicate };
        }
        var key = _keys.GetValueOrDefault(write.Key);
        StateWriteStatus? verdict = null;
        if (key is not null && write.Version > 0 && write.Version <= key.Version
            && (write.VersionEpoch.Length == 0 || write.VersionEpoch == key.VersionEpoch))
        {
            verdict = StateWriteStatus.Superseded;
        }
        else if (key is not null && write.Condition == KeyCondition.IfNew)
        {
            if (write.RenewsExisting) Renew(key, storage, nowMs);
            verdict = StateWriteStatus.KeyExists;
        }
        else if (key is null && (write.Condition == KeyCondition.IfExists || write.Publication is null))
        {
            verdict = StateWriteStatus.KeyNotFound;
        }
        else if (write.Expected is { } expected && (expected.Offset != (key?.Publication.Offset ?? 0) || (expected.Offset > 0 && expected.Epoch != Epoch)))
        {
            verdict = StateWriteStatus.PositionMismatch;
        }
        else if (key is null && storage.KeysMax > 0 && _keys.Count >= storage.KeysMax)
        {
            verdict = StateWriteStatus.Full;
        }
        return verdict is { } status ? Position(status, storage) : null;
    }

    /// <summary>Carries a write out.</summary>
    /// <param name="write">Judged before.</param>
    /// <param name="storage">How the channel stores.</param>
    /// <param name="nowMs">The store's time.</param>
    /// <param name="timeMs">Unix time, kept with the value.</param>
    /// <param name="change">What is announced.</param>
    public StateWriteResult Apply(StateWrite write, StateStorage storage, long nowMs, long timeMs, out Publication change)
    {
        change = write.Publication is null
            ? Remove(_keys[write.Key], storage, nowMs)
            : Put(write, write.Publication, storage, nowMs, timeMs);
        var result = Position(StateWriteStatus.Written, storage);
        if (write.IdempotencyKey.Length > 0) _results.Remember(write.IdempotencyKey, result, nowMs);
        return result;
    }

    /// <summary>Removes one key that has outlived its time.</summary>
    /// <param name="nowMs">The store's time.</param>
    /// <param name="removal">What is announced; <see langword="null"/> when no key is due.</param>
    public bool TryExpireKey(long nowMs, out Publication removal)
    {
        removal = null!;
        while (_expiry.TryPeek(out var key, out var dueMs) && dueMs <= nowMs)
        {
            _expiry.Dequeue();
            key.IsQueued = false;
            if (key.IsGone)
            {
                _goneInExpiry--;
                continue;
            }
            if (key.ExpiresMs > nowMs)
            {
                Queue(key);   // written meanwhile: each key is in the queue once, however often it is written
                continue;
            }
            removal = Remove(key, key.Storage, nowMs);
            return true;
        }
        return false;
    }

    public StatePage Read(in StateQuery query)
    {
        if (query.Key.Length > 0)
        {
            return new StatePage(true, _keys.TryGetValue(query.Key, out var one) ? [one.ToEntry()] : [], Top, Epoch, "");
        }
        var found = new List<StateEntry>();
        if (query.Limit == 0) return new StatePage(true, found, Top, Epoch, "");
        long bytes = 0;
        foreach (var name in KeysBehind(query.Cursor))
        {
            var key = _keys[name];
            if (key.Publication.Offset > (query.RevisionOffset ?? ulong.MaxValue)) continue;
            bytes += PublicationSize.Of(key.Publication);
            if (found.Count > 0 && (found.Count == query.Limit || bytes > query.BytesMax))
            {
                return new StatePage(true, found, Top, Epoch, found[^1].Publication.Key);
            }
            found.Add(key.ToEntry());
        }
        return new StatePage(true, found, Top, Epoch, "");
    }

    public HistoryPage ReadChanges(in HistoryQuery query, long nowMs)
    {
        ExpireChanges(nowMs);
        if (query.Limit == 0) return new HistoryPage(IsAvailable: true, [], Top, Epoch);
        var since = query.SinceOffset;
        var reverse = query.Reverse;
        var found = _changes.Where(pub => since is not { } offset || (reverse ? pub.Offset < offset : pub.Offset > offset));
        if (reverse) found = found.Reverse();
        if (query.Limit > 0) found = found.Take(query.Limit);
        return new HistoryPage(IsAvailable: true, found.ToArray(), Top, Epoch);
    }

    /// <summary>Drops everything; the stream is another one from here on.</summary>
    /// <returns>The keys there were, for a channel without positions, whose subscribers hear of it by removals only.</returns>
    public List<Publication> Clear(string newEpoch)
    {
        var removals = _keys.Values.Select(static key => RemovalOf(key.Publication)).ToList();
        _keys.Clear();
        _order.Clear();
        _expiry.Clear();
        _goneInExpiry = 0;
        _changes.Clear();
        _results = new ResultMemory<StateWriteResult>();
        (Epoch, Top) = (newEpoch, 0);
        return removals;
    }

    /// <summary>Drops changes that have outlived their time.</summary>
    /// <returns><see langword="true"/> when nothing is left that is worth keeping.</returns>
    public bool Expire(long nowMs, long unwrittenLifeMs)
    {
        ExpireChanges(nowMs);
        if (_keys.Count > 0 || !_results.IsExpired(nowMs)) return false;
        return _metaExpiresMs <= nowMs || (Top == 0 && nowMs - _lastUseMs >= unwrittenLifeMs);
    }

    private Publication Put(StateWrite write, Publication publication, StateStorage storage, long nowMs, long timeMs)
    {
        publication.Key = write.Key;
        var change = publication;
        if (!write.StreamData.IsEmpty)
        {
            change = new Publication { Key = write.Key, Data = write.StreamData, Info = publication.Info, Tags = publication.Tags, Score = publication.Score };
        }
        Append(change, storage, nowMs);
        (publication.Offset, publication.Epoch) = (change.Offset, change.Epoch);
        if (!_keys.TryGetValue(write.Key, out var key))
        {
            key = new StoredKey();
            _keys.Add(write.Key, key);
            _order.Add(write.Key);
        }
        (key.Publication, key.TimeMs) = (publication, timeMs);
        if (write.Version > 0) (key.Version, key.VersionEpoch) = (write.Version, write.VersionEpoch);
        Renew(key, storage, nowMs);
        return change;
    }

    private Publication Remove(StoredKey key, StateStorage storage, long nowMs)
    {
        Leave(key);
        _keys.Remove(key.Publication.Key);
        _order.Remove(key.Publication.Key);
        var removal = RemovalOf(key.Publication);
        Append(removal, storage, nowMs);
        return removal;
    }

    /// <summary>Removed keys wait for their time in the queue; they must not become the most of it.</summary>
    private void Leave(StoredKey key)
    {
        key.IsGone = true;
        if (!key.IsQueued || ++_goneInExpiry < Math.Max(64, _expiry.Count / 2)) return;
        var kept = _expiry.UnorderedItems.Where(static item => !item.Element.IsGone).ToArray();
        _expiry.Clear();
        _expiry.EnqueueRange(kept);
        _goneInExpiry = 0;
    }

    private static Publication RemovalOf(Publication last) => new() { Key = last.Key, Removed = true, Tags = last.Tags };

    private void Append(Publication change, StateStorage storage, long nowMs)
    {
        if (!storage.HasStream) return;
        ExpireChanges(nowMs);
        Top++;
        change.Offset = Top;
        if (Top == 1) change.Epoch = Epoch;
        _changes.Enqueue(change);
        while (_changes.Count > storage.StreamSize) _changes.Dequeue();
        _changesExpireMs = Later(nowMs, storage.StreamTtl);
    }

    private void Renew(StoredKey key, StateStorage storage, long nowMs)
    {
        key.Storage = storage;
        key.ExpiresMs = storage.KeyTtl > TimeSpan.Zero ? Later(nowMs, storage.KeyTtl) : long.MaxValue;
        if (key.ExpiresMs != long.MaxValue && !key.IsQueued) Queue(key);
    }

    private void Queue(StoredKey key)
    {
        key.IsQueued = true;
        _expiry.Enqueue(key, key.ExpiresMs);
    }

    private StateWriteResult Position(StateWriteStatus status, StateStorage storage) =>
        storage.HasStream ? new StateWriteResult(status, Top, Epoch) : new StateWriteResult(status);

    private IEnumerable<string> KeysBehind(string cursor)
    {
        if (cursor.Length == 0) return _order;
        if (_order.Max is not { } last || string.CompareOrdinal(cursor, last) >= 0) return [];
        return _order.GetViewBetween(cursor, last).SkipWhile(name => name == cursor);
    }

    private void ExpireChanges(long nowMs)
    {
        if (_changesExpireMs <= nowMs) _changes.Clear();
    }

    private static long Later(long nowMs, TimeSpan by) => by == TimeSpan.MaxValue ? long.MaxValue : nowMs + (long)by.TotalMilliseconds;

    private sealed class StoredKey
    {
        public Publication Publication { get; set; } = null!;

        public long TimeMs { get; set; }

        public ulong Version { get; set; }

        public string VersionEpoch { get; set; } = "";

        public long ExpiresMs { get; set; } = long.MaxValue;

        /// <summary>How the last write stored it.</summary>
        public StateStorage Storage { get; set; } = null!;

        public bool IsQueued { get; set; }

        public bool IsGone { get; set; }

        public StateEntry ToEntry() => new(Publication, TimeMs);
    }
}
