using System.Buffers.Binary;

namespace Starling.WebSockets;

/// <summary>Status codes of Close frames (RFC 6455 §7.4).</summary>
internal static class CloseCodes
{
    public const ushort Normal = 1000;
    public const ushort ProtocolError = 1002;

    /// <summary>Stands for "the Close frame had no code"; never travels.</summary>
    public const ushort None = 1005;

    /// <summary>Stands for "there was no Close frame"; never travels.</summary>
    public const ushort Abnormal = 1006;

    public const ushort InvalidPayload = 1007;
    public const ushort PolicyViolation = 1008;
    public const ushort MessageTooBig = 1009;
    public const ushort InternalError = 1011;

    /// <summary>May this code travel in a Close frame? 1000–1003 and 1007–1014 by RFC 6455 §7.4.1 and its registry,
    /// 3000–4999 by §7.4.2.</summary>
    public static bool MayTravel(ushort code) => code is >= 1000 and <= 1003 or >= 1007 and <= 1014 or >= 3000 and <= 4999;

    /// <summary>Reads the status code that may open the payload of a Close frame.</summary>
    /// <param name="payload">Unmasked payload of 0 to 125 bytes (RFC 6455 §5.5).</param>
    /// <param name="code">The code; 1005 when the payload is empty (RFC 6455 §7.1.5).</param>
    /// <returns><see langword="false"/> for a one-byte payload or a code that must not travel: the connection then fails
    /// with 1002.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out ushort code)
    {
        code = None;
        if (payload.IsEmpty) return true;
        if (payload.Length == 1) return false;
        code = BinaryPrimitives.ReadUInt16BigEndian(payload);
        return MayTravel(code);
    }
}
