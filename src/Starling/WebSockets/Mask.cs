using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Starling.WebSockets;

/// <summary>The masking of client frames (RFC 6455 §5.3): XOR with a repeated four-byte key. It is its own inverse.</summary>
/// <remarks>Keys are held as the four bytes stand on the wire, read little-endian: byte i of the payload meets byte i % 4.</remarks>
internal static class Mask
{
    private const int KeysAtOnce = 64;

    [ThreadStatic] private static uint[]? t_keys;
    [ThreadStatic] private static int t_keysLeft;

    /// <summary>Masks or unmasks in place.</summary>
    /// <param name="data">A part of a payload.</param>
    /// <param name="key">The frame's key.</param>
    /// <param name="position">Where in the payload the part starts.</param>
    public static void Apply(Span<byte> data, uint key, long position) => Apply(data, data, key, position);

    /// <summary>Masks or unmasks while copying; source and target may be the same memory.</summary>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> target, uint key, long position)
    {
        key = BitOperations.RotateRight(key, (int)(position & 3) * 8);
        var i = 0;
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(target[..source.Length]);
        if (source.Length >= Vector<byte>.Count)
        {
            var keys = Vector.AsVectorByte(new Vector<uint>(BitConverter.IsLittleEndian ? key : BinaryPrimitives.ReverseEndianness(key)));
            for (; i <= source.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            {
                var masked = Vector.LoadUnsafe(ref from, (nuint)i) ^ keys;
                masked.StoreUnsafe(ref to, (nuint)i);
            }
        }
        for (; i < source.Length; i++)
        {
            Unsafe.Add(ref to, i) = (byte)(Unsafe.Add(ref from, i) ^ (byte)(key >> ((i & 3) * 8)));
        }
    }

    /// <summary>A key nobody can predict; a batch is drawn from the system's generator at a time.</summary>
    public static uint NextKey()
    {
        var keys = t_keys ??= new uint[KeysAtOnce];
        if (t_keysLeft == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(keys.AsSpan()));
            t_keysLeft = KeysAtOnce;
        }
        return keys[--t_keysLeft];
    }
}
