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

/// <summary>What became of an entry.</summary>
internal enum AppendStatus
{
    /// <summary>It is in the log.</summary>
    Appended,

    /// <summary>The log has this offset already; dropped.</summary>
    Duplicate,

    /// <summary>It does not follow what the log has: something was lost, or the stream is another one. Not taken.</summary>
    Gap,
}

/// <summary>Where a log stands.</summary>
/// <param name="Head">Sequence of the next entry.</param>
/// <param name="Epoch">Epoch of the channel's stream; empty when it has none or its position is not known yet.</param>
/// <param name="Top">Offset of the newest publication of the stream this node has seen.</param>
internal readonly record struct LogPosition(ulong Head, string Epoch, ulong Top);

/// <summary>The last publications of one channel on this node, read by any number of cursors.</summary>
/// <remarks>Thread-safe. The ring is made at the first publication, doubles up to its bounds while a cursor still needs
/// its oldest entry, and is given back by <see cref="Release"/>. What is overwritten lives on only in the broker's
/// history. The log never skips by itself: a cursor that lost its place is told so. On a channel with a stream it knows the
/// position and takes offsets strictly one after the other (I3), so one look per publication finds a loss for all.</remarks>
internal sealed class ChannelLog(int entriesMax, int bytesMax)
{
    private const int InitialCapacity = 8;

    private readonly Lock _gate = new();
    private LogEntry?[] _ring = [];
    private ulong _head;     // sequence of the next entry; entry s lives at s % capacity
    private ulong _oldest;   // sequence of the oldest entry kept
    private long _bytes;
    private string _epoch = "";
    private ulong _top;

    /// <summary>The place behind the newest entry, where a new cursor starts.</summary>
    public ulong Head
    {
        get
        {
            lock (_gate) return _head;
        }
    }

    /// <summary>Head and stream position, taken together.</summary>
    public LogPosition Position
    {
        get
        {
            lock (_gate) return new LogPosition(_head, _epoch, _top);
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
    /// <param name="entry">With an offset when the channel has a stream.</param>
    /// <param name="epoch">Epoch of that offset; ignored without one.</param>
    public AppendStatus Append(LogEntry entry, string epoch)
    {
        lock (_gate)
        {
            if (entry.Publication.Offset is var offset and > 0)
            {
                // The first publication after an unknown position tells it.
                if (_epoch.Length > 0)
                {
                    if (epoch != _epoch) return AppendStatus.Gap;
                    if (offset <= _top) return AppendStatus.Duplicate;
                    if (offset != _top + 1) return AppendStatus.Gap;
                }
                (_epoch, _top) = (epoch, offset);
            }
            if (_head - _oldest == (ulong)_ring.Length)
            {
                if (_ring.Length < entriesMax) Grow();
                else DropOldest();
            }
            while (_bytes + entry.Size > bytesMax && _oldest != _head) DropOldest();
            _ring[_head % (ulong)_ring.Length] = entry;
            _head++;
            _bytes += entry.Size;
            return AppendStatus.Appended;
        }
    }

    /// <summary>Sets the stream position when it was first read; a publication that came before has told it already.</summary>
    public void SetPositionIfUnknown(string epoch, ulong top)
    {
        lock (_gate)
        {
            if (_epoch.Length == 0) (_epoch, _top) = (epoch, top);
        }
    }

    /// <summary>Sets the stream position after the old one was lost.</summary>
    public void ResetPosition(string epoch, ulong top)
    {
        lock (_gate) (_epoch, _top) = (epoch, top);
    }

    /// <summary>Looks for the place in the ring behind an offset.</summary>
    /// <param name="epoch">Must be the log's.</param>
    /// <param name="offset">The last offset a cursor has read.</param>
    /// <param name="next">Where that cursor goes on.</param>
    /// <returns><see langword="false"/> when the entry behind the offset is not in the ring.</returns>
    public bool TryFindAfter(string epoch, ulong offset, out ulong next)
    {
        lock (_gate)
        {
            next = _head;
            if (epoch != _epoch || offset > _top) return false;
            if (offset == _top) return true;
            // Publications that were not stored stand between: offsets are at least this far from the head.
            var distance = _top - offset;
            if (distance > _head - _oldest) return false;
            for (next = _head - distance; ; next--)
            {
                if (_ring[next % (ulong)_ring.Length]!.Publication.Offset == offset + 1) return true;
                if (next == _oldest) return false;
            }
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

    /// <summary>The stored publications behind an offset, as far as the ring has them.</summary>
    /// <param name="epoch">Must be the log's.</param>
    /// <param name="offset">The last offset that is not wanted.</param>
    /// <param name="countMax">How many at most.</param>
    /// <returns><see langword="null"/> when the first one wanted is not in the ring.</returns>
    public LogEntry[]? ReadAfter(string epoch, ulong offset, int countMax)
    {
        lock (_gate)
        {
            if (!TryFindAfter(epoch, offset, out var next)) return null;
            var found = new List<LogEntry>();
            for (; next < _head && found.Count < countMax; next++)
            {
                var entry = _ring[next % (ulong)_ring.Length]!;
                if (entry.Publication.Offset > 0) found.Add(entry);
            }
            return [.. found];
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
