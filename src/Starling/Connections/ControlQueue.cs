using System.Buffers;
using Starling.Transports;

namespace Starling.Connections;

/// <summary>Replies and control pushes waiting to be written to one connection: encoded frames end to end in one rented
/// buffer, bounded in bytes (and one unit). Holds no buffer while nothing waits.</summary>
/// <remarks>Guarded by its connection's gate. The queue rents; it returns a buffer when the pump asks for the next one,
/// which it does only after the last one was sent or copied.</remarks>
internal struct ControlQueue
{
    private byte[]? _waiting;
    private int _length;
    private byte[]? _inFlight;
    private int _overdue;   // bytes of the unit that passed the limit

    public readonly bool IsEmpty => _length == 0;

    public readonly int Length => _length;

    /// <summary>Adds a unit, framed, without ever blocking the caller. One that is longer than the limit by itself is taken when
    /// nothing waits: who reads can be sent anything.</summary>
    /// <returns><see langword="false"/> when the limit would be passed: the caller closes the connection with 3008; the
    /// queue itself neither drops nor waits.</returns>
    public bool TryAdd(Framing framing, ReadOnlySpan<byte> unit, int bytesMax)
    {
        var size = framing.FrameLength(unit.Length);
        if (size > bytesMax - (_length - _overdue))
        {
            if (_length > 0) return false;
            _overdue = size;
        }
        Append(framing, unit, size);
        return true;
    }

    /// <summary>Adds the answer to a command. One may pass the limit: no other is made before it has left.</summary>
    /// <returns><see langword="false"/> when one waits that passed it.</returns>
    public bool TryAddAnswer(Framing framing, ReadOnlySpan<byte> unit, int bytesMax)
    {
        if (TryAdd(framing, unit, bytesMax)) return true;
        if (_overdue > 0) return false;
        _overdue = framing.FrameLength(unit.Length);
        Append(framing, unit, _overdue);
        return true;
    }

    /// <summary>Hands everything that waits to the batch.</summary>
    /// <returns><see langword="false"/> when it does not fit behind what the batch holds already.</returns>
    public bool TryMoveTo(OutputBatch batch)
    {
        ReturnInFlight();
        if (_length == 0) return true;
        if (!batch.TryAdd(_waiting.AsMemory(0, _length))) return false;
        _inFlight = _waiting;
        _waiting = null;
        _length = _overdue = 0;
        return true;
    }

    /// <summary>Drops what waits; what was handed on leaves.</summary>
    public void Drop()
    {
        if (_waiting is not null) ArrayPool<byte>.Shared.Return(_waiting);
        _waiting = null;
        _length = _overdue = 0;
    }

    /// <summary>Drops what waits; nothing is written any more. A buffer that was handed on is left to the collector: another
    /// thread may be sending it right now, and what lies in a returned buffer belongs to somebody else.</summary>
    public void Abandon()
    {
        Drop();
        _inFlight = null;
    }

    private void Append(Framing framing, ReadOnlySpan<byte> unit, int size)
    {
        if (_waiting is null || _waiting.Length - _length < size) Grow(size);
        framing.WriteFrame(unit, _waiting.AsSpan(_length, size));
        _length += size;
    }

    private void ReturnInFlight()
    {
        if (_inFlight is null) return;
        ArrayPool<byte>.Shared.Return(_inFlight);
        _inFlight = null;
    }

    private void Grow(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(256, Math.Max(_length + size, _length * 2)));
        if (_waiting is not null)
        {
            _waiting.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_waiting);
        }
        _waiting = larger;
    }
}
