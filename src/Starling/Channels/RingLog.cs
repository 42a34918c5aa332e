using Starling.Protocol;

namespace Starling.Channels;

/// <summary>The last entries of a channel in a ring.</summary>
/// <remarks>The ring is made at the first publication, doubles up to its bounds while a cursor still needs its oldest
/// entry, and is given back by <see cref="Release"/>. What is overwritten lives on only in the broker's history.</remarks>
/// <param name="entriesMax">Bound in entries.</param>
/// <param name="bytesMax">Bound in bytes; a single larger entry is still taken.</param>
/// <param name="keepsLast">Remembers the last publication, so that the next can be sent as a patch.</param>
internal sealed class RingLog(int entriesMax, int bytesMax, bool keepsLast = false) : ChannelLog
{
    private const int InitialCapacity = 8;

    private LogEntry?[] _ring = [];   // entry s lives at s % capacity
    private ulong _oldest;            // sequence of the oldest entry kept
    private ulong _streamFrom;        // what is older belongs to a stream that was lost: its offsets say nothing any more (I5)
    private long _bytes;
    private Publication? _last;
    private ulong _lastSequence;
    private bool _lastWasRead;
    private ulong _membershipLostBelow;

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
            lock (Gate) return _ring.Length;
        }
    }

    public override ulong Oldest
    {
        get
        {
            lock (Gate) return _oldest;
        }
    }

    public override ulong MembershipLostBelow
    {
        get
        {
            lock (Gate) return _membershipLostBelow;
        }
    }

    /// <summary>Notes the newest stored publication, read from the history, where none has come by yet.</summary>
    public void SetLastIfUnknown(Publication publication)
    {
        lock (Gate)
        {
            if (!keepsLast || _last is not null || publication.Offset != TopInGate) return;
            (_last, _lastSequence, _lastWasRead) = (publication, HeadInGate, true);
        }
    }

    public override CursorStatus Read(ulong next, Span<LogEntry> into, out int count)
    {
        lock (Gate)
        {
            count = 0;
            if (next < _oldest) return CursorStatus.FellOff;
            while (next < HeadInGate && count < into.Length) into[count++] = _ring[next++ % (ulong)_ring.Length]!;
            return next == HeadInGate ? CursorStatus.UpToDate : CursorStatus.More;
        }
    }

    /// <summary>The base of a stream is whatever the subscriber was given last.</summary>
    public override bool HoldsBase(Subscription subscription, LogEntry entry) =>
        entry.Base is { } needed
        && (ReferenceEquals(needed, subscription.Base) || (needed.Offset > 0 && needed.Offset == subscription.Base?.Offset));

    public override void Trim(ulong passed)
    {
        lock (Gate)
        {
            if (passed > HeadInGate) passed = HeadInGate;
            while (_oldest < passed) DropOldest();
        }
    }

    public override void Release()
    {
        lock (Gate)
        {
            if (_oldest == HeadInGate) _ring = [];
        }
    }

    protected override void Add(LogEntry entry)
    {
        if (keepsLast && entry.Kind == EntryKind.Publication) Chain(entry);
        if (HeadInGate - _oldest == (ulong)_ring.Length)
        {
            if (_ring.Length < entriesMax) Grow();
            else DropOldest();
        }
        while (_bytes + entry.Size > bytesMax && _oldest != HeadInGate) DropOldest();
        _ring[HeadInGate % (ulong)_ring.Length] = entry;
        _bytes += entry.Size;
    }

    protected override bool TryFindInGate(ulong offset, out ulong next)
    {
        // Entries that are not stored stand between: the place is at least this far from the head.
        next = HeadInGate;
        var first = Math.Max(_oldest, _streamFrom);
        var distance = TopInGate - offset;
        if (distance > HeadInGate - first) return false;
        for (next = HeadInGate - distance; ; next--)
        {
            if (_ring[next % (ulong)_ring.Length]!.Offset == offset + 1) return true;
            if (next == first) return false;
        }
    }

    protected override LogEntry[] ReadStored(ulong next, int countMax)
    {
        var found = new List<LogEntry>();
        for (; next < HeadInGate && found.Count < countMax; next++)
        {
            var entry = _ring[next % (ulong)_ring.Length]!;
            if (entry.Offset > 0) found.Add(entry);
        }
        return [.. found];
    }

    protected override void OnPositionReset() => (_last, _streamFrom) = (null, HeadInGate);

    private void Chain(LogEntry entry)
    {
        if (entry.IsDeltaCandidate) (entry.Base, entry.BaseSequence) = (_last, _lastSequence);
        (_last, _lastSequence, _lastWasRead) = (entry.Publication, HeadInGate, false);
    }

    private void Grow()
    {
        var ring = new LogEntry?[Math.Min(entriesMax, Math.Max(InitialCapacity, _ring.Length * 2))];
        for (var s = _oldest; s < HeadInGate; s++) ring[s % (ulong)ring.Length] = _ring[s % (ulong)_ring.Length];
        _ring = ring;
    }

    private void DropOldest()
    {
        ref var slot = ref _ring[_oldest % (ulong)_ring.Length];
        _bytes -= slot!.Size;
        if (slot.Kind != EntryKind.Publication) _membershipLostBelow = _oldest + 1;
        slot = null;
        _oldest++;
    }
}
