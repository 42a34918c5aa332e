using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Starling.WebSockets;

namespace Starling.Server.Bench.Frames;

/// <summary>Writes client frames. The mask is fixed: the server has the same work as with a random one.</summary>
internal static class MaskedFrame
{
    /// <summary>Bytes a header needs at most: two, eight of length, four of mask.</summary>
    public const int HeaderBytesMax = 14;

    private const uint Mask = 0x5A17C3E9;   // read and written in machine order, so each end sees the same four bytes

    /// <summary>Writes a whole frame into a span of at least payload + <see cref="HeaderBytesMax"/> bytes.</summary>
    /// <returns>The bytes written.</returns>
    public static int Write(Span<byte> into, Opcode kind, ReadOnlySpan<byte> payload)
    {
        into[0] = (byte)(0x80 | (byte)kind);
        int at;
        if (payload.Length < 126)
        {
            into[1] = (byte)(0x80 | payload.Length);
            at = 2;
        }
        else if (payload.Length <= ushort.MaxValue)
        {
            into[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)payload.Length);
            at = 4;
        }
        else
        {
            into[1] = 0x80 | 127;
            BinaryPrimitives.WriteUInt64BigEndian(into[2..], (ulong)payload.Length);
            at = 10;
        }
        MemoryMarshal.Write(into[at..], Mask);
        at += 4;
        var target = into.Slice(at, payload.Length);
        payload.CopyTo(target);
        Apply(target);
        return at + payload.Length;
    }

    private static void Apply(Span<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        for (var i = 0; i < words.Length; i++) words[i] ^= Mask;
        Span<byte> mask = stackalloc byte[4];
        MemoryMarshal.Write(mask, Mask);
        for (var i = words.Length * 4; i < bytes.Length; i++) bytes[i] ^= mask[i & 3];
    }
}
