using System.Text;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>A frame as it was found on the wire.</summary>
internal sealed record ParsedFrame(bool Fin, int Rsv, int Opcode, bool Masked, byte[] Payload)
{
    public string Text => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Payload);

    public int CloseCode => Payload.Length < 2 ? 1005 : Payload[0] << 8 | Payload[1];

    public string CloseReason => Payload.Length < 2 ? "" : new UTF8Encoding(false, true).GetString(Payload[2..]);
}

/// <summary>Reads a finished stream of bytes with the plainest code there is: the other opinion about what is on the wire.</summary>
internal static class SimpleParser
{
    /// <summary>All frames; what is left of an unfinished one is returned as <paramref name="rest"/>.</summary>
    public static List<ParsedFrame> Parse(byte[] bytes, out byte[] rest)
    {
        var frames = new List<ParsedFrame>();
        var at = 0;
        while (TryParseOne(bytes, ref at, out var frame)) frames.Add(frame!);
        rest = bytes[at..];
        return frames;
    }

    /// <summary>All frames of a stream that must end with a whole one.</summary>
    public static List<ParsedFrame> ParseAll(byte[] bytes)
    {
        var frames = Parse(bytes, out var rest);
        Assert.Empty(rest);
        return frames;
    }

    private static bool TryParseOne(byte[] bytes, ref int at, out ParsedFrame? frame)
    {
        frame = null;
        var i = at;
        if (bytes.Length - i < 2) return false;
        int first = bytes[i++], second = bytes[i++];
        ulong length = (ulong)(second & 127);
        var wide = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (bytes.Length - i < wide) return false;
        if (wide > 0) length = 0;
        for (var n = 0; n < wide; n++) length = length << 8 | bytes[i++];
        var masked = second >= 128;
        byte[] mask = [0, 0, 0, 0];
        if (masked)
        {
            if (bytes.Length - i < 4) return false;
            mask = bytes[i..(i + 4)];
            i += 4;
        }
        if ((ulong)(bytes.Length - i) < length) return false;
        var payload = new byte[length];
        for (var n = 0; n < payload.Length; n++) payload[n] = (byte)(bytes[i + n] ^ mask[n % 4]);
        at = i + payload.Length;
        frame = new ParsedFrame(first >= 128, first >> 4 & 7, first & 15, masked, payload);
        return true;
    }
}
