namespace Starling.Transports;

/// <summary>Gathers encoded frames into one write. One frame alone is passed on by reference; several are copied together.</summary>
/// <remarks>Not thread-safe; one per thread, used only while an <see cref="OutputPump"/> fills and writes.</remarks>
internal sealed class OutputBatch
{
    /// <summary>Bytes gathered into one write at most; a larger single frame still goes out alone.
    /// 64 KiB is what a socket send buffer takes without waiting on the test machine.</summary>
    public const int BytesMax = 64 * 1024;

    private readonly byte[] _scratch = new byte[BytesMax];
    private ReadOnlyMemory<byte> _single;
    private int _copied;

    public bool IsEmpty => _copied == 0 && _single.IsEmpty;

    /// <summary>What was gathered; valid until <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Bytes => _copied > 0 ? _scratch.AsMemory(0, _copied) : _single;

    /// <summary>Bytes that still fit; a first frame always fits.</summary>
    public int Room => IsEmpty ? int.MaxValue : BytesMax - Math.Max(_copied, _single.Length);

    /// <summary>Adds one frame, which must stay unchanged until <see cref="Clear"/>.</summary>
    /// <returns><see langword="false"/>, and nothing added, when it does not fit: keep it for the next batch.</returns>
    public bool TryAdd(ReadOnlyMemory<byte> frame)
    {
        if (IsEmpty)
        {
            _single = frame;
            return true;
        }
        if (frame.Length > Room) return false;
        if (_copied == 0)
        {
            _single.CopyTo(_scratch);
            _copied = _single.Length;
            _single = default;
        }
        frame.CopyTo(_scratch.AsMemory(_copied));
        _copied += frame.Length;
        return true;
    }

    public void Clear()
    {
        _copied = 0;
        _single = default;
    }
}
