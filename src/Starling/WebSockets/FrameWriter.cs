using System.Buffers.Binary;

namespace Starling.WebSockets;

/// <summary>Encodes frames (RFC 6455 §5.2), always whole and with the shortest form of the length.</summary>
internal static class FrameWriter
{
    /// <summary>Bytes of the longest header: two, a 64-bit length, a mask.</summary>
    public const int HeaderBytesMax = 14;

    private const byte FinBit = 0x80;
    private const byte Rsv1Bit = 0x40;
    private const byte MaskBit = 0x80;

    /// <summary>A whole unmasked frame of a server, header and payload, to be shared by all receivers.</summary>
    public static byte[] Prepare(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        var frame = GC.AllocateUninitializedArray<byte>(HeaderLength(payload.Length) + payload.Length);
        var header = WriteHeader(frame, opcode, payload.Length);
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    /// <summary>A whole unmasked frame compressed without context takeover, to be shared by all receivers whose
    /// <see cref="DeflateParameters.Fits"/> says yes. Deflated once, level 1.</summary>
    /// <returns><see langword="null"/> when compressing it saves nothing: send the plain frame.</returns>
    public static byte[]? PrepareCompressed(Opcode opcode, ReadOnlySpan<byte> payload)
    {
        using var deflated = MessageDeflater.TryDeflate(payload);
        if (deflated.IsEmpty) return null;
        var bytes = deflated.Bytes;
        var frame = GC.AllocateUninitializedArray<byte>(HeaderLength(bytes.Length) + bytes.Length);
        var header = WriteHeader(frame, opcode, bytes.Length);
        frame[0] |= Rsv1Bit;
        bytes.CopyTo(frame.AsSpan(header));
        return frame;
    }

    /// <summary>A whole masked frame of a client; the key must be fresh and unpredictable (RFC 6455 §5.3).</summary>
    public static byte[] PrepareMasked(Opcode opcode, ReadOnlySpan<byte> payload, uint maskKey)
    {
        var frame = GC.AllocateUninitializedArray<byte>(HeaderLength(payload.Length) + 4 + payload.Length);
        WriteMasked(frame, opcode, payload, maskKey);
        return frame;
    }

    /// <summary>As <see cref="PrepareMasked"/>, compressed; <see langword="null"/> when compressing it saves nothing.</summary>
    public static byte[]? PrepareMaskedCompressed(Opcode opcode, ReadOnlySpan<byte> payload, uint maskKey)
    {
        using var deflated = MessageDeflater.TryDeflate(payload);
        if (deflated.IsEmpty) return null;
        var bytes = deflated.Bytes;
        var frame = GC.AllocateUninitializedArray<byte>(HeaderLength(bytes.Length) + 4 + bytes.Length);
        WriteMasked(frame, opcode, bytes, maskKey);
        frame[0] |= Rsv1Bit;
        return frame;
    }

    /// <summary>A whole frame as this side sends it: plain from a server, masked with a fresh key from a client.</summary>
    public static byte[] PrepareFor(WebSocketRole role, Opcode opcode, ReadOnlySpan<byte> payload) =>
        role == WebSocketRole.Server ? Prepare(opcode, payload) : PrepareMasked(opcode, payload, Mask.NextKey());

    /// <summary>Bytes of an unmasked header for a payload of this length; a masked one has four more.</summary>
    public static int HeaderLength(int payloadLength) => payloadLength switch
    {
        <= 125 => 2,
        <= ushort.MaxValue => 4,
        _ => 10,
    };

    /// <summary>Writes the unmasked header of a whole message.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteHeader(Span<byte> into, Opcode opcode, int payloadLength)
    {
        into[0] = (byte)(FinBit | (byte)opcode);
        switch (payloadLength)
        {
            case <= 125:
                into[1] = (byte)payloadLength;
                return 2;
            case <= ushort.MaxValue:
                into[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)payloadLength);
                return 4;
            default:
                into[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(into[2..], (ulong)payloadLength);
                return 10;
        }
    }

    /// <summary>Writes a whole masked frame.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteMasked(Span<byte> into, Opcode opcode, ReadOnlySpan<byte> payload, uint maskKey)
    {
        var header = WriteHeader(into, opcode, payload.Length);
        into[1] |= MaskBit;
        BinaryPrimitives.WriteUInt32LittleEndian(into[header..], maskKey);
        var body = into.Slice(header + 4, payload.Length);
        Mask.Apply(payload, body, maskKey, 0);
        return header + 4 + payload.Length;
    }
}
