using System.IO.Compression;

namespace Starling.Tests.WebSockets;

/// <summary>Compressed payloads as peers make them, with the framework's deflate.</summary>
internal static class Deflated
{
    /// <summary>One message: deflated, flushed, the last four bytes cut off (RFC 7692 §7.2.1).</summary>
    public static byte[] Message(byte[] message, CompressionLevel level = CompressionLevel.Optimal) => Stream([message], level)[0];

    /// <summary>Messages that share one window, as with context takeover.</summary>
    public static List<byte[]> Stream(IEnumerable<byte[]> messages, CompressionLevel level = CompressionLevel.Optimal)
    {
        var compressed = new List<byte[]>();
        using var sink = new MemoryStream();
        using var deflate = new DeflateStream(sink, level, leaveOpen: true);
        foreach (var message in messages)
        {
            deflate.Write(message);
            deflate.Flush();
            compressed.Add(message.Length == 0 ? [0] : sink.ToArray()[..^4]);
            sink.SetLength(0);
        }
        return compressed;
    }

    /// <summary>Deflated to the end: the last block says that it is the last.</summary>
    public static byte[] Final(byte[] message, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var sink = new MemoryStream();
        using (var deflate = new DeflateStream(sink, level, leaveOpen: true)) deflate.Write(message);
        return sink.ToArray();
    }

    /// <summary>Inflates one message, with the framework's inflate.</summary>
    public static byte[] Inflate(byte[] payload)
    {
        using var source = new MemoryStream([.. payload, 0x00, 0x00, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0xFF, 0xFF]);
        using var inflate = new DeflateStream(source, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        inflate.CopyTo(plain);
        return plain.ToArray();
    }
}
