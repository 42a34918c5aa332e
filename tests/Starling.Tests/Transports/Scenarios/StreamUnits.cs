using System.Text;
using Starling.Protocol;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>Cuts the body of a stream into replies, wherever the network cut it.</summary>
internal sealed class StreamUnits(Wire wire, bool isEvents)
{
    private readonly List<byte> _rest = [];

    public List<Reply> Read(ReadOnlySpan<byte> bytes)
    {
        _rest.AddRange(bytes);
        var replies = new List<Reply>();
        while (TakeUnit() is { } unit)
        {
            var reader = new ReplyReader(wire, unit);
            ReadStatus status;
            while ((status = reader.Read(out var reply)) == ReadStatus.Unit) replies.Add(reply!);
            Assert.Equal(ReadStatus.End, status);
        }
        return replies;
    }

    /// <summary>The next whole unit; with its length before it on the Protobuf wire.</summary>
    private byte[]? TakeUnit()
    {
        if (wire == Wire.Protobuf) return TakeProtobuf();
        var separator = isEvents ? "\n\n" : "\n";
        while (true)
        {
            var text = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rest);
            var end = text.IndexOf(Encoding.ASCII.GetBytes(separator));
            if (isEvents && text.StartsWith("\r\n"u8))   // the opening
            {
                _rest.RemoveRange(0, 2);
                continue;
            }
            if (end < 0) return null;
            var unit = text[..end].ToArray();
            _rest.RemoveRange(0, end + separator.Length);
            if (!isEvents) return unit;
            if (unit.AsSpan().StartsWith(":"u8)) continue;   // a comment
            Assert.True(unit.AsSpan().StartsWith("data: "u8), Encoding.UTF8.GetString(unit));
            return unit[6..];
        }
    }

    private byte[]? TakeProtobuf()
    {
        var length = 0;
        for (var at = 0; at < _rest.Count; at++)
        {
            length |= (_rest[at] & 127) << (7 * at);
            if ((_rest[at] & 128) != 0) continue;
            if (_rest.Count < at + 1 + length) return null;
            var unit = _rest.GetRange(0, at + 1 + length).ToArray();
            _rest.RemoveRange(0, unit.Length);
            return unit;
        }
        return null;
    }
}
