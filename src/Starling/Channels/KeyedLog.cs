namespace Starling.Channels;

/// <summary>What happened in a keyed channel: of each key the newest change only.</summary>
/// <remarks>A cursor asks for the keys that changed since its place, so one that comes late reads less, not more. Entries lie
/// in the order of their sequences; one that a newer change of its key makes void leaves a hole, and when there are too many
/// holes the others move together, so appending costs constant time on the average. When the bound in bytes is reached the
/// oldest entries leave, those that every cursor has passed first.</remarks>
/// <param name="bytesMax">Bound in bytes; a single larger entry is still taken.</param>
/// <param name="keepsBases">Remembers the newest value of a key after all have read it, so that the next one can be sent as a
/// patch.</param>
internal sealed class KeyedLog(int bytesMax, bool keepsBases = false) : ChannelLog
{
    private const int InitialCapacity = 8;

    /// <summary>Holes that are not worth the work.</summary>
    private const int HolesMin = 32;

    private readonly Dictionary<string, int> _newest = [];   // where in _slots the newest change of a key lies
    private Slot[] _slots = [];
    private int _count;
    private int _holes;
    private int _oldest;            // no entry lies before this
    private int _readable;          // entries before this are bases only
    private ulong _floor;           // everything from this sequence on is here, but for what newer entries made void
    private ulong? _floorOffset;    // the same for offsets, exclusive; unknown before the first
    private ulong _membershipLostBelow;
    private long _bytes;

    public override long Bytes
    {
        get
        {
            lock (Gate) return _bytes;
        }
    }

    public override int Capacity
    {
        get
        {
            lock (Gate) return _slots.Length;
        }
    }

    public override ulong Oldest
    {
        get
        {
            lock (Gate) return _floor;
        }
    }

    public override ulong MembershipLostBelow
    {
        get
        {
            lock (Gate) return _membershipLostBelow;
        }
    }

    public override CursorStatus Read(ulong next, Span<LogEntry> into, out int count)
    {
        lock (Gate)
        {
            count = 0;
            if (next < _floor) return CursorStatus.FellOff;
            for (var i = IndexOf(next, static (slot, sequence) => slot.Sequence >= sequence); i < _count; i++)
            {
                if (_slots[i].Entry is not { } entry) continue;
                if (count == into.Length) return CursorStatus.More;
                into[count++] = entry;
            }
            return CursorStatus.UpToDate;
        }
    }

    /// <summary>The base is the value before this one. Who stood at the head when it was the newest holds it; to have passed its
    /// place is not enough, as this entry may have made it void before.</summary>
    public override bool HoldsBase(Subscription subscription, LogEntry entry) =>
        entry.Base is { } needed && (subscription.Channel.Rules.Poll is null
            ? entry.BaseSequence < subscription.CaughtUp && entry.BaseSequence >= subscription.BasesFrom
                && (entry.Offset == 0 || entry.Offset > subscription.FullUntil)
            : subscription.Tracked is { } tracked && tracked.Holds(needed));

    public override void Trim(ulong passed)
    {
        lock (Gate)
        {
            if (passed > HeadInGate) passed = HeadInGate;
            while (_readable < _count && _slots[_readable].Sequence < passed) RaiseFloor();
            if (passed > _floor) _floor = passed;
        }
    }

    public override void Release()
    {
        lock (Gate)
        {
            if (_floor == HeadInGate) DropAll();
        }
    }

    protected override void Add(LogEntry entry)
    {
        _floorOffset ??= entry.Offset > 0 ? entry.Offset - 1 : null;
        var key = entry.Kind == EntryKind.Publication ? entry.Publication.Key : "";
        if (key.Length > 0 && _newest.TryGetValue(key, out var before))
        {
            Chain(_slots[before].Entry!, entry);
            if (!entry.IsIncrement) MakeVoid(before);   // a step cannot stand for the value it starts from
        }
        while (_bytes + entry.Size > bytesMax && _count - _holes > 0) DropOldest();
        if (_count == _slots.Length || (_holes > HolesMin && _holes > _count / 2)) MakeRoom();
        if (key.Length > 0) _newest[key] = _count;
        _slots[_count++] = new Slot(HeadInGate, TopInGate, entry);
        _bytes += entry.Size;
    }

    protected override bool TryFindInGate(ulong offset, out ulong next)
    {
        next = HeadInGate;
        if (_floorOffset is not { } floor || offset < floor) return false;
        var index = IndexOf(offset, static (slot, known) => slot.Top > known);
        if (index < _count) next = _slots[index].Sequence;
        return true;
    }

    protected override LogEntry[] ReadStored(ulong next, int countMax)
    {
        var found = new List<LogEntry>();
        for (var i = IndexOf(next, static (slot, sequence) => slot.Sequence >= sequence); i < _count && found.Count < countMax; i++)
        {
            if (_slots[i].Entry is { Offset: > 0 } entry) found.Add(entry);
        }
        return [.. found];
    }

    protected override void OnPositionReset()
    {
        DropAll();
        (_floor, _floorOffset) = (HeadInGate, null);
    }

    private static bool IsValue(LogEntry entry) => !entry.IsIncrement && !entry.Publication.Removed;

    private void Chain(LogEntry before, LogEntry entry)
    {
        if (keepsBases && entry.IsDeltaCandidate && IsValue(before) && IsValue(entry))
        {
            (entry.Base, entry.BaseSequence) = (before.Publication, before.Sequence);
        }
    }

    /// <summary>Everybody has read the first readable entry: it stays only as the base of what comes.</summary>
    private void RaiseFloor()
    {
        var index = _readable++;
        if (_slots[index].Entry is not { } entry) return;
        if (entry.Offset > 0) _floorOffset = entry.Offset;
        if (!keepsBases || entry.Kind != EntryKind.Publication || !IsValue(entry) || _newest.GetValueOrDefault(entry.Publication.Key, -1) != index)
        {
            MakeVoid(index);
        }
    }

    private void DropOldest()
    {
        while (_slots[_oldest].Entry is null) _oldest++;
        if (_oldest >= _readable)
        {
            // Cursors that have not read it fall off.
            _floor = _slots[_oldest].Sequence + 1;
            var entry = _slots[_oldest].Entry!;
            if (entry.Offset > 0) _floorOffset = entry.Offset;
            if (entry.Kind != EntryKind.Publication) _membershipLostBelow = _floor;
            _readable = _oldest + 1;
        }
        MakeVoid(_oldest++);
    }

    private void MakeVoid(int index)
    {
        ref var slot = ref _slots[index];
        var entry = slot.Entry!;
        _bytes -= entry.Size;
        slot = slot with { Entry = null };
        _holes++;
        if (entry.Kind == EntryKind.Publication && _newest.TryGetValue(entry.Publication.Key, out var newest) && newest == index)
        {
            _newest.Remove(entry.Publication.Key);
        }
    }

    /// <summary>Moves the entries together, into an array twice as large if there are many.</summary>
    private void MakeRoom()
    {
        var kept = _count - _holes;
        var slots = kept >= _slots.Length / 2 ? new Slot[Math.Max(InitialCapacity, _slots.Length * 2)] : _slots;
        var (to, readable) = (0, 0);
        for (var from = 0; from < _count; from++)
        {
            if (from == _readable) readable = to;
            if (_slots[from].Entry is not { } entry) continue;
            slots[to] = _slots[from];
            if (entry.Kind == EntryKind.Publication && _newest.TryGetValue(entry.Publication.Key, out var newest) && newest == from)
            {
                _newest[entry.Publication.Key] = to;
            }
            to++;
        }
        if (_readable >= _count) readable = to;
        if (ReferenceEquals(slots, _slots)) Array.Clear(slots, to, _count - to);
        (_slots, _count, _holes, _oldest, _readable) = (slots, to, 0, 0, readable);
    }

    private void DropAll()
    {
        _newest.Clear();
        _slots = [];
        _count = _holes = _oldest = _readable = 0;
        _bytes = 0;
    }

    /// <summary>The first readable slot of which it is true; it is true of all behind it.</summary>
    private int IndexOf(ulong wanted, Func<Slot, ulong, bool> isAtOrBehind)
    {
        var (low, high) = (_readable, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isAtOrBehind(_slots[middle], wanted)) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    /// <summary>A place in the order.</summary>
    /// <param name="Sequence">Of the entry.</param>
    /// <param name="Top">The newest offset when it was added.</param>
    /// <param name="Entry"><see langword="null"/>: a hole.</param>
    private readonly record struct Slot(ulong Sequence, ulong Top, LogEntry? Entry);
}
