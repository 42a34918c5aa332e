using System.Buffers.Binary;
using Starling.WebSockets;

namespace Starling.Server.Bench.Frames;

/// <summary>The header of a frame from the server. Receive only and lean: the load generator trusts the server it measures;
/// the strict reader of the frame layer costs more than the generator may spend per delivery.</summary>
internal readonly record struct FrameHeader(Opcode Kind, bool IsFinal, int HeaderLength, int PayloadLength)
{
    public int Length => HeaderLength + PayloadLength;

    /// <summary>Reads the header at the start of <paramref name="bytes"/>.</summary>
    /// <returns><see langword="false"/> when it has not come completely; the payload may still be missing.</returns>
    /// <exception cref="InvalidDataException">The frame is masked or longer than 2 GiB: not a frame of a server.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < 2) return false;
        var (headerLength, payloadLength) = (2, (long)bytes[1]);
        if (payloadLength > 127) throw new InvalidDataException("The server sent a masked frame.");
        if (payloadLength == 126)
        {
            if (bytes.Length < 4) return false;
            (headerLength, payloadLength) = (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        }
        else if (payloadLength == 127)
        {
            if (bytes.Length < 10) return false;
            (headerLength, payloadLength) = (10, BinaryPrimitives.ReadInt64BigEndian(bytes[2..]));
            if (payloadLength is < 0 or > int.MaxValue - 16) throw new InvalidDataException("The server sent a frame above 2 GiB.");
        }
        header = new FrameHeader((Opcode)(bytes[0] & 0x0F), (bytes[0] & 0x80) != 0, headerLength, (int)payloadLength);
        return true;
    }
}
