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

/// <summary>What happened in one channel on this node, read by any number of cursors.</summary>
/// <remarks>Thread-safe. On a channel with a stream the log knows the position and takes offsets strictly one after the
/// other (I3), so one look per publication finds a loss for all. The log never skips by itself: a cursor that lost its place
/// is told so. Sequences rise by one per entry and have nothing to do with offsets.</remarks>
internal abstract class ChannelLog
{
    private string _epoch = "";
    private ulong _top;

    /// <summary>The place behind the newest entry, where a new cursor starts.</summary>
    public ulong Head
    {
        get
        {
            lock (Gate) return HeadInGate;
        }
    }

    /// <summary>Head and stream position, taken together.</summary>
    public LogPosition Position
    {
        get
        {
            lock (Gate) return new LogPosition(HeadInGate, _epoch, _top);
        }
    }

    /// <summary>Bytes of the entries kept.</summary>
    public abstract long Bytes { get; }

    /// <summary>Slots held as it stands.</summary>
    public abstract int Capacity { get; }

    protected Lock Gate { get; } = new();

    /// <summary>Sequence of the next entry; under the gate.</summary>
    protected ulong HeadInGate { get; private set; }

    /// <summary>Epoch of the stream; empty while it is not known; under the gate.</summary>
    protected string EpochInGate => _epoch;

    /// <summary>Newest offset seen; under the gate.</summary>
    protected ulong TopInGate => _top;

    /// <summary>Sequence of the oldest entry kept; 0 where that says nothing.</summary>
    public virtual ulong Oldest => 0;

    /// <summary>Joins and leaves below this sequence are gone; 0 while none was lost to a bound.</summary>
    public virtual ulong MembershipLostBelow => 0;

    /// <summary>Adds one entry. When a bound is reached the oldest leaves, whoever has not read it.</summary>
    /// <param name="entry">With an offset when the channel has a stream.</param>
    /// <param name="epoch">Epoch of that offset; ignored without one.</param>
    public AppendStatus Append(LogEntry entry, string epoch)
    {
        lock (Gate)
        {
            if (entry.Offset is var offset and > 0)
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
            entry.Sequence = HeadInGate;
            Add(entry);
            HeadInGate++;
            return AppendStatus.Appended;
        }
    }

    /// <summary>Sets the stream position when it was first read; a publication that came before has told it already.</summary>
    public void SetPositionIfUnknown(string epoch, ulong top)
    {
        lock (Gate)
        {
            if (_epoch.Length == 0) (_epoch, _top) = (epoch, top);
        }
    }

    /// <summary>Sets the stream position after the old one was lost.</summary>
    public void ResetPosition(string epoch, ulong top)
    {
        lock (Gate)
        {
            (_epoch, _top) = (epoch, top);
            OnPositionReset();
        }
    }

    /// <summary>Looks for the place behind an offset.</summary>
    /// <param name="epoch">Must be the log's.</param>
    /// <param name="offset">The last offset a cursor has read.</param>
    /// <param name="next">Where that cursor goes on.</param>
    /// <returns><see langword="false"/> when the log cannot tell what came behind the offset.</returns>
    public bool TryFindAfter(string epoch, ulong offset, out ulong next)
    {
        lock (Gate)
        {
            next = HeadInGate;
            if (epoch != _epoch || offset > _top) return false;
            return offset == _top || TryFindInGate(offset, out next);
        }
    }

    /// <summary>Looks for the place where a cursor goes on that was given everything up to an offset by the broker. That may be ahead of
    /// what it has announced here: then the cursor waits at the head, and what it has had already comes by late.</summary>
    /// <param name="epoch">Must be the log's.</param>
    /// <param name="offset">The last offset the cursor was given.</param>
    /// <param name="next">Where it goes on.</param>
    /// <returns><see langword="false"/> when the log cannot tell what came behind the offset.</returns>
    public bool TryResume(string epoch, ulong offset, out ulong next)
    {
        lock (Gate)
        {
            next = HeadInGate;
            return (epoch == _epoch && offset >= _top) || TryFindAfter(epoch, offset, out next);
        }
    }

    /// <summary>Copies entries from a cursor on; the caller moves the cursor past those it has used.</summary>
    /// <param name="next">The cursor: sequence of the first entry wanted.</param>
    /// <param name="into">Takes the entries, oldest first.</param>
    /// <param name="count">How many were copied.</param>
    /// <returns><see cref="CursorStatus.FellOff"/> when what the cursor needs is gone: the caller gives the answer of its
    /// channel kind.</returns>
    public abstract CursorStatus Read(ulong next, Span<LogEntry> into, out int count);

    /// <summary>The stored publications behind an offset, as far as the log has them.</summary>
    /// <param name="epoch">Must be the log's.</param>
    /// <param name="offset">The last offset that is not wanted.</param>
    /// <param name="countMax">How many at most.</param>
    /// <returns><see langword="null"/> when the log cannot tell what came behind the offset.</returns>
    public LogEntry[]? ReadAfter(string epoch, ulong offset, int countMax)
    {
        lock (Gate) return TryFindAfter(epoch, offset, out var next) ? ReadStored(next, countMax) : null;
    }

    /// <summary>The stored publications behind an offset, and the position they lead up to, taken together.</summary>
    /// <inheritdoc cref="ReadAfter(string, ulong, int)"/>
    /// <param name="epoch">Must be the log's.</param>
    /// <param name="offset">The last offset that is not wanted.</param>
    /// <param name="countMax">How many at most.</param>
    /// <param name="position">Where the log stands.</param>
    public LogEntry[]? ReadAfter(string epoch, ulong offset, int countMax, out LogPosition position)
    {
        lock (Gate)
        {
            position = new LogPosition(HeadInGate, _epoch, _top);
            return ReadAfter(epoch, offset, countMax);
        }
    }

    /// <summary>Whether a subscription has the publication the entry's patch is made against.</summary>
    public abstract bool HoldsBase(Subscription subscription, LogEntry entry);

    /// <summary>Drops what every cursor has passed and nobody needs.</summary>
    /// <param name="passed">No cursor stands below this.</param>
    public abstract void Trim(ulong passed);

    /// <summary>Gives the memory back when nothing is in it; the sequence goes on.</summary>
    public abstract void Release();

    /// <summary>Under the gate.</summary>
    protected abstract void Add(LogEntry entry);

    /// <summary>Under the gate; the offset is of this epoch and below the top.</summary>
    protected abstract bool TryFindInGate(ulong offset, out ulong next);

    /// <summary>Under the gate: the publications with an offset from a sequence on.</summary>
    protected abstract LogEntry[] ReadStored(ulong next, int countMax);

    /// <summary>Under the gate: what was kept belongs to another stream.</summary>
    protected virtual void OnPositionReset()
    {
    }
}
