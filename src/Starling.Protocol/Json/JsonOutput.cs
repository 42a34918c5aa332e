using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Starling.Protocol.Json;

/// <summary>Writes one JSON message into a rented buffer, so that nothing reaches the output when a part of it fails.</summary>
/// <remarks>Own code instead of <see cref="Utf8JsonWriter"/>: that one is an object to keep and reset, escapes more than
/// needed and checks states the codecs cannot get wrong. Whoever creates one calls <see cref="Finish"/> exactly once,
/// which gives the buffer back.</remarks>
internal ref struct JsonOutput(int sizeHint)
{
    /// <summary>What must not stand raw inside a JSON string (RFC 8259 §7), as characters and as UTF-8.</summary>
    private static readonly SearchValues<char> s_escapedChars = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f" +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\");
    private static readonly SearchValues<byte> s_escapedBytes = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\a\b\t\n\v\f\r\u000e\u000f"u8 +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\"u8);

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(sizeHint);
    private int _length;
    private bool _failed;

    /// <summary>Hands what was written to <paramref name="output"/>, unless embedded data was invalid, and ends the use of this writer.</summary>
    public bool Finish(IBufferWriter<byte> output)
    {
        if (!_failed) output.Write(_buffer.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        return !_failed;
    }

    public void BeginObject() => Byte((byte)'{');

    public void EndObject() => Byte((byte)'}');

    /// <summary>Writes a member's name; its value follows. Names are plain ASCII.</summary>
    public void Member(ReadOnlySpan<byte> name)
    {
        var to = Reserve(name.Length + 4);
        int at = 0;
        if (NeedsComma) to[at++] = (byte)',';
        to[at++] = (byte)'"';
        name.CopyTo(to[at..]);
        at += name.Length;
        to[at++] = (byte)'"';
        to[at++] = (byte)':';
        _length += at;
    }

    public void Field(ReadOnlySpan<byte> name, string value)
    {
        if (value.Length == 0) return;
        Member(name);
        String(value);
    }

    public void Field(ReadOnlySpan<byte> name, bool value)
    {
        if (!value) return;
        Member(name);
        Raw("true"u8);
    }

    public void Field(ReadOnlySpan<byte> name, ulong value)
    {
        if (value == 0) return;
        Member(name);
        Number(value);
    }

    public void Field(ReadOnlySpan<byte> name, long value)
    {
        if (value == 0) return;
        Member(name);
        var to = Reserve(20);   // digits of long.MinValue with its sign
        Utf8Formatter.TryFormat(value, to, out int written);
        _length += written;
    }

    /// <summary>Writes embedded data as it is; the whole message fails when it is not one JSON value.</summary>
    public void Field(ReadOnlySpan<byte> name, ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty) return;
        Member(name);
        Embedded(data.Span);
    }

    public void Field<T>(ReadOnlySpan<byte> name, T? message, JsonWrite<T> write)
        where T : class
    {
        if (message is null) return;
        Member(name);
        BeginObject();
        write(ref this, message);
        EndObject();
    }

    public void Field<T>(ReadOnlySpan<byte> name, List<T>? messages, JsonWrite<T> write)
        where T : class
    {
        if (messages is { Count: > 0 }) List(name, messages, write);
    }

    /// <summary>Writes a list also when it is empty.</summary>
    public void List<T>(ReadOnlySpan<byte> name, List<T>? messages, JsonWrite<T> write)
        where T : class
    {
        Member(name);
        Byte((byte)'[');
        if (messages is not null)
        {
            foreach (var message in messages)
            {
                if (NeedsComma) Byte((byte)',');
                BeginObject();
                write(ref this, message);
                EndObject();
            }
        }
        Byte((byte)']');
    }

    public void Field(ReadOnlySpan<byte> name, List<string>? values)
    {
        if (values is not { Count: > 0 }) return;
        Member(name);
        Byte((byte)'[');
        foreach (string value in values)
        {
            if (NeedsComma) Byte((byte)',');
            String(value);
        }
        Byte((byte)']');
    }

    public void Field<T>(ReadOnlySpan<byte> name, Dictionary<string, T>? map, JsonWrite<T> write)
        where T : class
    {
        if (map is { Count: > 0 }) Map(name, map, write);
    }

    /// <summary>Writes a map also when it is empty.</summary>
    public void Map<T>(ReadOnlySpan<byte> name, Dictionary<string, T>? map, JsonWrite<T> write)
        where T : class
    {
        Member(name);
        BeginObject();
        if (map is not null)
        {
            foreach (var (key, message) in map)
            {
                Key(key);
                BeginObject();
                write(ref this, message);
                EndObject();
            }
        }
        EndObject();
    }

    public void Field(ReadOnlySpan<byte> name, Dictionary<string, string>? map)
    {
        if (map is not { Count: > 0 }) return;
        Member(name);
        BeginObject();
        foreach (var (key, value) in map)
        {
            Key(key);
            String(value);
        }
        EndObject();
    }

    public void Number(ulong value)
    {
        var to = Reserve(20);   // digits of ulong.MaxValue
        Utf8Formatter.TryFormat(value, to, out int written);
        _length += written;
    }

    /// <summary>Writes a string with its quotes. A lone surrogate becomes U+FFFD: UTF-8 cannot carry it.</summary>
    public void String(string value)
    {
        if (value.AsSpan().ContainsAny(s_escapedChars))
        {
            byte[] utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
            Quoted(utf8.AsSpan(0, Encoding.UTF8.GetBytes(value, utf8)));
            ArrayPool<byte>.Shared.Return(utf8);
            return;
        }
        // A UTF-16 code unit is at most three bytes of UTF-8.
        var to = Reserve(checked((value.Length * 3) + 2));
        to[0] = (byte)'"';
        Utf8.FromUtf16(value, to[1..], out _, out int written);
        to[written + 1] = (byte)'"';
        _length += written + 2;
    }

    /// <summary>Writes valid UTF-8 as a string with its quotes, escaping what must be escaped.</summary>
    public void Quoted(ReadOnlySpan<byte> utf8)
    {
        Byte((byte)'"');
        while (true)
        {
            int plain = utf8.IndexOfAny(s_escapedBytes);
            if (plain < 0) break;
            Raw(utf8[..plain]);
            Escape(utf8[plain]);
            utf8 = utf8[(plain + 1)..];
        }
        Raw(utf8);
        Byte((byte)'"');
    }

    /// <summary>Copies bytes.</summary>
    private void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    /// <summary>Writes one JSON value without its line breaks: they separate units, and lines of an event stream.
    /// In valid JSON a raw line break is always white space.</summary>
    private void Embedded(ReadOnlySpan<byte> data)
    {
        if (!JsonValue.IsValid(data))
        {
            _failed = true;
            return;
        }
        while (true)
        {
            int line = data.IndexOfAny((byte)'\n', (byte)'\r');
            if (line < 0) break;
            Raw(data[..line]);
            data = data[(line + 1)..];
        }
        Raw(data);
    }

    private void Key(string key)
    {
        if (NeedsComma) Byte((byte)',');
        String(key);
        Byte((byte)':');
    }

    private void Escape(byte value)
    {
        byte letter = value switch
        {
            (byte)'"' or (byte)'\\' => value,
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'\b' => (byte)'b',
            (byte)'\f' => (byte)'f',
            _ => 0,
        };
        if (letter != 0)
        {
            Byte((byte)'\\');
            Byte(letter);
            return;
        }
        Raw("\\u00"u8);
        Byte((byte)('0' + (value >> 4)));   // only 0x00–0x1F come here
        Byte("0123456789abcdef"u8[value & 0xF]);
    }

    /// <summary>Whether something stands before the next member or element. Structural characters tell it alone:
    /// neither a value nor embedded data ends with an opening bracket.</summary>
    private readonly bool NeedsComma => _buffer[_length - 1] is not ((byte)'{' or (byte)'[');

    private void Byte(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    private Span<byte> Reserve(int count)
    {
        if (count > _buffer.Length - _length) Grow(count);
        return _buffer.AsSpan(_length);
    }

    private void Grow(int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_length + count), (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}

/// <summary>Writes the members of one message, without its braces.</summary>
internal delegate void JsonWrite<in T>(ref JsonOutput output, T message);
