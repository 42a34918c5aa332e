namespace Starling.Channels;

/// <summary>What a cursor found.</summary>
internal enum CursorStatus
{
    /// <summary>The cursor stands at the head now.</summary>
    UpToDate,

    /// <summary>There is more than was asked for.</summary>
    More,

    /// <summary>The entry the cursor stood at is gone.</summary>
    FellOff,
}

/// <summary>The last publications of one channel on this node, read by any number of cursors.</summary>
/// <remarks>Thread-safe. The ring is made at the first publication, doubles up to its bounds while a cursor still needs
/// its oldest entry, and is given back by <see cref="Release"/>. What is overwritten lives on only in the broker's
/// history. The log never skips by itself: a cursor that lost its place is told so.</remarks>
internal sealed class ChannelLog(int entriesMax, int bytesMax)
{
    private const int InitialCapacity = 8;

    private readonly Lock _gate = new();
    private LogEntry?[] _ring = [];
    private ulong _head;     // sequence of the next entry; entry s lives at s % capacity
    private ulong _oldest;   // sequence of the oldest entry kept
    private long _bytes;

    /// <summary>The place behind the newest entry, where a new cursor starts.</summary>
    public ulong Head
    {
        get
        {
            lock (_gate) return _head;
        }
    }

    /// <summary>Bytes of the entries kept.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate) return _bytes;
        }
    }

    /// <summary>Slots of the ring as it stands.</summary>
    public int Capacity
    {
        get
        {
            lock (_gate) return _ring.Length;
        }
    }

    /// <summary>Adds one entry. When a bound is reached the oldest leaves, whoever has not read it.</summary>
    public void Append(LogEntry entry)
    {
        lock (_gate)
        {
            if (_head - _oldest == (ulong)_ring.Length)
            {
                if (_ring.Length < entriesMax) Grow();
                else DropOldest();
            }
            while (_bytes + entry.Size > bytesMax && _oldest != _head) DropOldest();
            _ring[_head % (ulong)_ring.Length] = entry;
            _head++;
            _bytes += entry.Size;
        }
    }

    /// <summary>Copies entries from a cursor on; the caller moves the cursor past those it has used.</summary>
    /// <param name="next">The cursor: sequence of the first entry wanted.</param>
    /// <param name="into">Takes the entries, oldest first.</param>
    /// <param name="count">How many were copied.</param>
    /// <returns><see cref="CursorStatus.FellOff"/> when the entry at <paramref name="next"/> is gone: the caller gives the
    /// answer of its channel kind.</returns>
    public CursorStatus Read(ulong next, Span<LogEntry> into, out int count)
    {
        lock (_gate)
        {
            count = 0;
            if (next < _oldest) return CursorStatus.FellOff;
            while (next < _head && count < into.Length) into[count++] = _ring[next++ % (ulong)_ring.Length]!;
            return next == _head ? CursorStatus.UpToDate : CursorStatus.More;
        }
    }

    /// <summary>Drops the entries that every cursor has passed.</summary>
    /// <param name="passed">No cursor stands below this.</param>
    public void Trim(ulong passed)
    {
        lock (_gate)
        {
            if (passed > _head) passed = _head;
            while (_oldest < passed) DropOldest();
        }
    }

    /// <summary>Gives the ring back when nothing is in it; the sequence goes on.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_oldest == _head) _ring = [];
        }
    }

    private void Grow()
    {
        var ring = new LogEntry?[Math.Min(entriesMax, Math.Max(InitialCapacity, _ring.Length * 2))];
        for (var s = _oldest; s < _head; s++) ring[s % (ulong)ring.Length] = _ring[s % (ulong)_ring.Length];
        _ring = ring;
    }

    private void DropOldest()
    {
        ref var slot = ref _ring[_oldest % (ulong)_ring.Length];
        _bytes -= slot!.Size;
        slot = null;
        _oldest++;
    }
}
