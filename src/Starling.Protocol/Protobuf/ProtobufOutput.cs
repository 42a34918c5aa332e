using System.Buffers;
using System.Numerics;
using System.Text;

namespace Starling.Protocol.Protobuf;

/// <summary>Writes one message back to front into a rented buffer: when the length before a nested message is due, the message
/// stands there already. One pass, where writing forwards needs a second one for the sizes.</summary>
/// <remarks>Codecs therefore write their fields from the last to the first, so that they come out in order.
/// Whoever creates one calls <see cref="Finish"/> exactly once, which gives the buffer back.</remarks>
internal ref struct ProtobufOutput
{
    private byte[] _buffer;
    private int _start;   // written is what stands from here to the buffer's end

    public ProtobufOutput(int sizeHint)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(sizeHint);
        _start = _buffer.Length;
    }

    public readonly int Length => _buffer.Length - _start;

    /// <summary>Hands what was written to <paramref name="output"/> and ends the use of this writer.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        output.Write(_buffer.AsSpan(_start));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Puts the length of everything written so far before it, as units are framed.</summary>
    public void Frame() => Varint((ulong)Length);

    public void Field(int number, string value)
    {
        if (value.Length == 0) return;
        String(number, value);
    }

    public void Field(int number, bool value)
    {
        if (value) UInt64(number, 1);
    }

    public void Field(int number, ulong value)
    {
        if (value != 0) UInt64(number, value);
    }

    /// <summary>Negative numbers take ten bytes, also those of 32 bits (proto3's int32 and int64).</summary>
    public void Field(int number, long value)
    {
        if (value != 0) UInt64(number, (ulong)value);
    }

    /// <summary>Writes a number in zigzag form (proto3's sint64).</summary>
    public void ZigZag(int number, long value) => Field(number, (ulong)((value << 1) ^ (value >> 63)));

    public void Field(int number, ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty) return;
        data.Span.CopyTo(Reserve(data.Length));
        Delimit(number, data.Length);
    }

    public void Field<T>(int number, T? message, ProtobufWrite<T> write)
        where T : class
    {
        if (message is not null) Message(number, message, write);
    }

    public void Field<T>(int number, List<T>? messages, ProtobufWrite<T> write)
        where T : class
    {
        if (messages is null) return;
        for (int i = messages.Count - 1; i >= 0; i--)
        {
            Message(number, messages[i], write);
        }
    }

    public void Field(int number, List<string>? values)
    {
        if (values is null) return;
        for (int i = values.Count - 1; i >= 0; i--)
        {
            String(number, values[i]);
        }
    }

    /// <summary>A map is a repeated message with the key as field 1 and the value as field 2; its order means nothing.</summary>
    public void Field<T>(int number, Dictionary<string, T>? map, ProtobufWrite<T> write)
        where T : class
    {
        if (map is null) return;
        foreach (var (key, message) in map)
        {
            int before = Length;
            Message(2, message, write);
            Field(1, key);
            Delimit(number, Length - before);
        }
    }

    public void Field(int number, Dictionary<string, string>? map)
    {
        if (map is null) return;
        foreach (var (key, value) in map)
        {
            int before = Length;
            Field(2, value);
            Field(1, key);
            Delimit(number, Length - before);
        }
    }

    private void Message<T>(int number, T message, ProtobufWrite<T> write)
        where T : class
    {
        int before = Length;
        write(ref this, message);
        Delimit(number, Length - before);
    }

    /// <summary>A lone surrogate becomes U+FFFD: UTF-8 cannot carry it.</summary>
    private void String(int number, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Reserve(length));
        Delimit(number, length);
    }

    private void UInt64(int number, ulong value)
    {
        Varint(value);
        Varint((ulong)number << 3);
    }

    /// <summary>Puts tag and length before the last <paramref name="length"/> bytes.</summary>
    public void Delimit(int number, int length)
    {
        Varint((ulong)length);
        Varint(((ulong)number << 3) | (ulong)WireType.Bytes);
    }

    private void Varint(ulong value)
    {
        // Seven bits per byte; zero takes one byte as well.
        var to = Reserve((BitOperations.Log2(value) / 7) + 1);
        for (int i = 0; i < to.Length - 1; i++)
        {
            to[i] = (byte)(value | 0x80);
            value >>= 7;
        }
        to[^1] = (byte)value;
    }

    private Span<byte> Reserve(int count)
    {
        if (count > _start) Grow(count);
        _start -= count;
        return _buffer.AsSpan(_start, count);
    }

    private void Grow(int count)
    {
        int length = Length;
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(length + count), (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        _buffer.AsSpan(_start).CopyTo(larger.AsSpan(larger.Length - length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        _start = larger.Length - length;
    }
}

/// <summary>Writes the fields of one message, the last first.</summary>
internal delegate void ProtobufWrite<in T>(ref ProtobufOutput output, T message);

/// <summary>How a field's value is laid out; the low three bits of its tag.</summary>
internal enum WireType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}
