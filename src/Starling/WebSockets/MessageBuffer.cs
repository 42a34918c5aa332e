using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Starling.WebSockets;

/// <summary>The bytes of one message in the making, in a rented array that grows with what was received, never with what was
/// announced. Owns the array until <see cref="Release"/>.</summary>
/// <remarks>Holds at most twice what it contains, or 256 bytes.</remarks>
[StructLayout(LayoutKind.Auto)]
internal struct MessageBuffer
{
    private const int BytesMin = 256;

    private byte[]? _array;
    private bool _rented;

    public int Length { get; private set; }

    /// <summary>Bytes held.</summary>
    public readonly int Capacity => _array?.Length ?? 0;

    /// <summary>Valid until the next change.</summary>
    public readonly ReadOnlyMemory<byte> Written => _array.AsMemory(0, Length);

    /// <summary>Adds bytes of the caller's to write: the returned span is theirs to fill.</summary>
    /// <param name="count">Bytes that have been received.</param>
    /// <param name="bytesMax">What the message may never pass; the caller has checked it.</param>
    public Span<byte> Extend(int count, int bytesMax)
    {
        var start = Length;
        var needed = start + count;
        if (_array is null || needed > _array.Length) Grow(needed, bytesMax);
        Length = needed;
        return _array.AsSpan(start, count);
    }

    public void Append(byte value, int bytesMax)
    {
        if (_array is null || Length == _array.Length) Grow(Length + 1, bytesMax);
        _array[Length++] = value;
    }

    /// <summary>Adds again what lies a distance back; the two may overlap, and then repeat (RFC 1951 §3.2.3).</summary>
    public void Repeat(int distance, int count, int bytesMax)
    {
        var from = Length - distance;
        var target = Extend(count, bytesMax);
        ReadOnlySpan<byte> source = _array.AsSpan(from);
        if (distance >= count) source[..count].CopyTo(target);
        else if (distance == 1) target.Fill(source[0]);
        else for (var i = 0; i < count; i++) target[i] = source[i];
    }

    /// <summary>Gives the array back. Reading what was handed out before is an error from here on.</summary>
    public void Release()
    {
        if (_array is not null && _rented) ArrayPool<byte>.Shared.Return(_array);
        _array = null;
        Length = 0;
    }

    [MemberNotNull(nameof(_array))]
    private void Grow(int needed, int bytesMax)
    {
        var wanted = (int)Math.Max(needed, Math.Min(bytesMax, Math.Max(BytesMin, 2L * Length)));
        // The pool's arrays come in powers of two: where that would pass the limit, an exact array keeps the promise.
        var rent = BitOperations.RoundUpToPowerOf2((uint)wanted) <= (uint)Math.Max(bytesMax, BytesMin);
        var grown = rent ? ArrayPool<byte>.Shared.Rent(wanted) : GC.AllocateUninitializedArray<byte>(wanted);
        var length = Length;
        _array.AsSpan(0, length).CopyTo(grown);
        Release();
        (_array, _rented, Length) = (grown, rent, length);
    }
}
