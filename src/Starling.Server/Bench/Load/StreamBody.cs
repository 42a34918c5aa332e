using System.Buffers.Text;

namespace Starling.Server.Bench.Load;

/// <summary>Cuts a chunked body (RFC 9112 §7.1) into lines, whichever way the server cut it into chunks.</summary>
internal sealed class StreamBody
{
    private byte[] _line = [];   // the start of a line whose end has not come
    private int _lineLength;

    internal delegate void OnLine(ReadOnlySpan<byte> line);

    /// <summary>Reads whole chunks.</summary>
    /// <returns>Bytes used; the rest is the start of a chunk whose end has not come. -1: the body is over or broken.</returns>
    public int Read(ReadOnlySpan<byte> bytes, OnLine onLine)
    {
        var at = 0;
        while (true)
        {
            var rest = bytes[at..];
            var head = rest.IndexOf("\r\n"u8);
            if (head < 0) return at;
            if (!Utf8Parser.TryParse(rest[..head], out int size, out var used, 'x') || used != head || size == 0) return -1;
            var length = head + 2 + size + 2;
            if (rest.Length < length) return at;
            ReadData(rest.Slice(head + 2, size), onLine);
            at += length;
        }
    }

    private void ReadData(ReadOnlySpan<byte> data, OnLine onLine)
    {
        for (var end = data.IndexOf((byte)'\n'); end >= 0; end = data.IndexOf((byte)'\n'))
        {
            if (_lineLength == 0)
            {
                Emit(data[..end], onLine);
            }
            else
            {
                Hold(data[..end]);
                var length = _lineLength;
                _lineLength = 0;
                Emit(_line.AsSpan(0, length), onLine);
            }
            data = data[(end + 1)..];
        }
        Hold(data);
    }

    private static void Emit(ReadOnlySpan<byte> line, OnLine onLine)
    {
        line = line.Trim(" \r"u8);
        if (line.StartsWith("data: "u8)) line = line[6..];
        if (!line.IsEmpty) onLine(line);
    }

    private void Hold(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty) return;
        if (_line.Length - _lineLength < part.Length) Array.Resize(ref _line, (_lineLength + part.Length) * 2);
        part.CopyTo(_line.AsSpan(_lineLength));
        _lineLength += part.Length;
    }
}
