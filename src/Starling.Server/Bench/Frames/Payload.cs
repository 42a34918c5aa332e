using System.Buffers.Binary;

namespace Starling.Server.Bench.Frames;

/// <summary>The payload of a publication: a JSON string that carries the publication's number, so that it passes every
/// protocol unchanged and can be found in a frame without parsing what is around it.</summary>
/// <remarks><c>"~~</c>, the number as eight letters <c>a</c> to <c>p</c> (four bits each), filling, <c>"</c>.
/// The send time is kept under the number by the sender, which is also the receiver.</remarks>
internal static class Payload
{
    /// <summary>Bytes of the shortest payload: quotes, marker and number.</summary>
    public const int BytesMin = 12;

    private const ulong LetterA = 0x6161616161616161;
    private const ulong HighBits = 0xF0F0F0F0F0F0F0F0;

    private static ReadOnlySpan<byte> Marker => "~~"u8;

    /// <summary>Makes a payload of exactly <paramref name="bytes"/> bytes, quotes included, for number 0.</summary>
    public static byte[] Create(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, BytesMin);
        var payload = new byte[bytes];
        payload.AsSpan().Fill((byte)'x');
        payload[0] = payload[^1] = (byte)'"';
        Marker.CopyTo(payload.AsSpan(1));
        Stamp(payload, 0);
        return payload;
    }

    /// <summary>Puts another number into a payload made by <see cref="Create"/>.</summary>
    public static void Stamp(Span<byte> payload, uint number)
    {
        var digits = payload.Slice(3, 8);
        for (var i = 7; i >= 0; i--)
        {
            digits[i] = (byte)('a' + (number & 0xF));
            number >>= 4;
        }
    }

    /// <summary>Finds the number of the payload inside an encoded message.</summary>
    public static bool TryFind(ReadOnlySpan<byte> message, out uint number)
    {
        number = 0;
        var at = message.IndexOf(Marker);
        if (at < 0 || message.Length - at < 10) return false;
        var nibbles = BinaryPrimitives.ReadUInt64BigEndian(message[(at + 2)..]) - LetterA;
        if ((nibbles & HighBits) != 0) return false;
        // Eight bytes of four bits each: fold neighbours together until one 32-bit number is left.
        nibbles = (nibbles | (nibbles >> 4)) & 0x00FF00FF00FF00FF;
        nibbles = (nibbles | (nibbles >> 8)) & 0x0000FFFF0000FFFF;
        number = (uint)(nibbles | (nibbles >> 16));
        return true;
    }
}
