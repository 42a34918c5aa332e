using System.Buffers.Text;
using System.Text;

namespace Starling.Server.Bench.Frames;

/// <summary>Builds one outgoing message in a buffer that is used again and again.</summary>
internal sealed class MessageWriter
{
    private byte[] _buffer = new byte[4096];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public MessageWriter Clear()
    {
        _length = 0;
        return this;
    }

    public MessageWriter Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    public MessageWriter Add(string text)
    {
        _length += Encoding.UTF8.GetBytes(text, Room(Encoding.UTF8.GetMaxByteCount(text.Length)));
        return this;
    }

    public MessageWriter Add(uint number)
    {
        Utf8Formatter.TryFormat(number, Room(10), out var written);
        _length += written;
        return this;
    }

    /// <summary>Adds a number as Protobuf writes it: seven bits per byte, lowest first.</summary>
    public MessageWriter AddVarint(uint number)
    {
        var room = Room(5);
        var count = 0;
        for (; number >= 0x80; number >>= 7) room[count++] = (byte)(number | 0x80);
        room[count++] = (byte)number;
        _length += count;
        return this;
    }

    /// <summary>Bytes <see cref="AddVarint"/> needs for a number.</summary>
    public static int VarintLength(uint number) => number < 1u << 7 ? 1 : number < 1u << 14 ? 2 : number < 1u << 21 ? 3 : number < 1u << 28 ? 4 : 5;

    private Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _length < bytes) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + bytes));
        return _buffer.AsSpan(_length);
    }
}
