using System.Buffers;

namespace Starling.Channels;

/// <summary>Consecutive frames of a log in one piece.</summary>
/// <param name="From">The cursor it is for.</param>
/// <param name="Next">Where that cursor goes on.</param>
/// <param name="FirstOffset">Offset of the first stored publication in it; 0 when there is none.</param>
/// <param name="Offset">Offset of the last stored publication in it; 0 when there is none.</param>
/// <param name="Count">Publications in it.</param>
/// <param name="Bytes">Their frames, one behind the other.</param>
internal sealed record SharedPiece(ulong From, ulong Next, ulong FirstOffset, ulong Offset, int Count, byte[] Bytes);

/// <summary>What the subscriptions of a <see cref="PullGroup"/> that stand at the same place are given at one moment, put
/// together once per variant however many they are.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="log">The channel's log.</param>
/// <param name="from">Where those stand that took part in the last pull.</param>
/// <param name="to">Head of the log at this moment.</param>
internal sealed class SharedPull(ChannelLog log, ulong from, ulong to)
{
    /// <summary>One write takes a piece by reference.</summary>
    private const int PieceBytesMax = 48 * 1024;

    private readonly Lock _gate = new();
    private readonly List<(FrameVariant Variant, SharedPiece[] Pieces)> _built = [];

    /// <summary>The piece that starts at a cursor.</summary>
    /// <returns><see langword="null"/> when none does: the cursor reads the log by itself.</returns>
    public SharedPiece? Find(ulong next, FrameVariant variant)
    {
        if (next < from || next >= to) return null;
        foreach (var piece in Pieces(variant))
        {
            if (piece.From == next) return piece;
        }
        return null;
    }

    private SharedPiece[] Pieces(FrameVariant variant)
    {
        lock (_gate)
        {
            foreach (var (built, pieces) in _built)
            {
                if (built == variant) return pieces;
            }
            var made = Build(variant);
            _built.Add((variant, made));
            return made;
        }
    }

    private SharedPiece[] Build(FrameVariant variant)
    {
        var pieces = new List<SharedPiece>();
        var bytes = new ArrayBufferWriter<byte>(PieceBytesMax);
        var entries = new LogEntry[64];
        var (start, next, end, first, offset, published) = (from, from, to, 0UL, 0UL, 0);
        while (next < to)
        {
            var status = log.Read(next, entries, out var count);
            if (status == CursorStatus.FellOff)
            {
                end = next;   // the log went on meanwhile: what is gone each finds out alone
                break;
            }
            foreach (var entry in entries.AsSpan(0, count))
            {
                if (entry.Sequence >= to) break;
                if (entry.Kind == EntryKind.Publication)
                {
                    if (entry.Frame(variant) is not { } frame) return [];   // whoever gets to it alone is told so
                    if (bytes.WrittenCount > 0 && bytes.WrittenCount + frame.Length > PieceBytesMax) Cut(entry.Sequence);
                    bytes.Write(frame);
                    published++;
                    if (entry.Offset > 0) (first, offset) = (first > 0 ? first : entry.Offset, entry.Offset);
                }
                next = entry.Sequence + 1;
            }
            if (status == CursorStatus.UpToDate || (count > 0 && entries[count - 1].Sequence >= to)) break;
        }
        if (published > 0) Cut(end);
        return [.. pieces];

        void Cut(ulong at)
        {
            pieces.Add(new SharedPiece(start, at, first, offset, published, bytes.WrittenSpan.ToArray()));
            bytes.ResetWrittenCount();
            (start, first, offset, published) = (at, 0UL, 0UL, 0);
        }
    }
}
