using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Starling.Protocol.Json;

/// <summary>Reads one JSON message. Every reading method stands on a value's first token and leaves on its last.</summary>
/// <remarks><c>null</c> stands for the default everywhere, except for embedded data, where it is a value like any other.
/// A value of the wrong type fails the message: from then on nothing is read, and the unit is malformed.</remarks>
internal ref struct JsonInput
{
    /// <summary>Deep enough for embedded data and filters at their limits inside the deepest message, which nests 8 levels.</summary>
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 64 };

    private readonly ReadOnlyMemory<byte> _unit;
    private Utf8JsonReader _reader;
    private ReadOnlySpan<byte> _name;
    private int _filterDepth;
    private int _filterNodes;
    private bool _failed;

    private JsonInput(ReadOnlyMemory<byte> unit)
    {
        _unit = unit;
        _reader = new Utf8JsonReader(unit.Span, s_options);
    }

    /// <summary>Reads one unit, which must be exactly one JSON object.</summary>
    /// <returns><see langword="null"/> when it is malformed.</returns>
    public static T? Read<T>(ReadOnlyMemory<byte> unit, JsonRead<T> read)
        where T : class, new()
    {
        // Checked here because the JSON reader lets invalid UTF-8 inside of strings pass, and embedded data goes on to others.
        if (!Utf8.IsValid(unit.Span)) return null;
        try
        {
            var input = new JsonInput(unit);
            input._reader.Read();
            var message = input.Message(read);
            return input._failed || input._reader.Read() ? null : message;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string with an escaped lone surrogate: the two ways in which the framework's reader says no.
            return null;
        }
    }

    /// <summary>Moves to the next member's value.</summary>
    /// <returns><see langword="false"/> at the object's end, or when something failed.</returns>
    public bool NextMember()
    {
        if (_failed) return false;
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject) return false;
        _name = _reader.ValueIsEscaped ? Unescape() : _reader.ValueSpan;
        _reader.Read();
        return true;
    }

    /// <summary>Whether the member's name is this one; names are case-sensitive.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => _name.SequenceEqual(name);

    /// <summary>Passes over a value nobody knows.</summary>
    public void Skip() => _reader.Skip();

    public string String()
    {
        if (_reader.TokenType == JsonTokenType.String) return _reader.GetString()!;
        return Default("");
    }

    /// <summary>A string as its UTF-8 bytes, unescaped.</summary>
    public ReadOnlyMemory<byte> Utf8String()
    {
        if (_reader.TokenType != JsonTokenType.String) return Default(ReadOnlyMemory<byte>.Empty);
        byte[] utf8 = new byte[_reader.ValueSpan.Length];
        return utf8.AsMemory(0, _reader.CopyString(utf8));
    }

    public bool Boolean()
    {
        if (_reader.TokenType is JsonTokenType.True or JsonTokenType.False) return _reader.TokenType == JsonTokenType.True;
        return Default(false);
    }

    public uint UInt32() =>
        _reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt32(out uint value) ? value : Default(0u);

    public int Int32() =>
        _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out int value) ? value : Default(0);

    public ulong UInt64() =>
        _reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt64(out ulong value) ? value : Default(0ul);

    public long Int64() =>
        _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out long value) ? value : Default(0L);

    /// <summary>Embedded data: whatever JSON value stands here, as the bytes it is.</summary>
    public ReadOnlyMemory<byte> Embedded()
    {
        int start = (int)_reader.TokenStartIndex;
        int outer = _reader.CurrentDepth;
        bool nested = _reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        while (nested && _reader.Read())
        {
            if (_reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                if (_reader.CurrentDepth - outer < ProtocolLimits.EmbeddedDepthMax) continue;
                _failed = true;
                return default;
            }
            nested = _reader.CurrentDepth > outer;
        }
        return _unit[start..(int)_reader.BytesConsumed];
    }

    /// <summary>A message that is absent when it is <c>null</c>.</summary>
    public T? Message<T>(JsonRead<T> read)
        where T : class, new()
    {
        if (_reader.TokenType != JsonTokenType.StartObject) return Default<T?>(null);
        var message = new T();
        read(ref this, message);
        return message;
    }

    /// <summary>Messages, none of which may be <c>null</c>: one that is not there could not be counted against a limit.</summary>
    public List<T>? List<T>(JsonRead<T> read)
        where T : class, new()
    {
        if (_reader.TokenType != JsonTokenType.StartArray) return Default<List<T>?>(null);
        var list = new List<T>();
        while (NextElement())
        {
            if (Message(read) is { } message) list.Add(message);
            else _failed = true;
        }
        return list;
    }

    public List<string>? Strings()
    {
        if (_reader.TokenType != JsonTokenType.StartArray) return Default<List<string>?>(null);
        var list = new List<string>();
        while (NextElement())
        {
            list.Add(String());
        }
        return list;
    }

    public Dictionary<string, T>? Map<T>(JsonRead<T> read)
        where T : class, new()
    {
        if (_reader.TokenType != JsonTokenType.StartObject) return Default<Dictionary<string, T>?>(null);
        var map = new Dictionary<string, T>();
        while (NextMember())
        {
            string key = Encoding.UTF8.GetString(_name);
            map[key] = Message(read) ?? new T();
        }
        return map;
    }

    public Dictionary<string, string>? StringMap()
    {
        if (_reader.TokenType != JsonTokenType.StartObject) return Default<Dictionary<string, string>?>(null);
        var map = new Dictionary<string, string>();
        while (NextMember())
        {
            string key = Encoding.UTF8.GetString(_name);
            map[key] = String();
        }
        return map;
    }

    /// <summary>Counts one node of a filter; the message fails when there are too many or they nest too deep.</summary>
    public bool EnterFilterNode()
    {
        if (_filterDepth == 0) _filterNodes = 0;
        _filterDepth++;
        _filterNodes++;
        if (_filterDepth > ProtocolLimits.FilterDepthMax || _filterNodes > ProtocolLimits.FilterNodesMax) _failed = true;
        return !_failed;
    }

    public void LeaveFilterNode() => _filterDepth--;

    private bool NextElement()
    {
        if (_failed) return false;
        _reader.Read();
        return _reader.TokenType != JsonTokenType.EndArray;
    }

    /// <summary>What stands here is either <c>null</c> or of the wrong type.</summary>
    private T Default<T>(T value)
    {
        if (_reader.TokenType != JsonTokenType.Null) _failed = true;
        return value;
    }

    private readonly ReadOnlySpan<byte> Unescape()
    {
        byte[] name = new byte[_reader.ValueSpan.Length];
        return name.AsSpan(0, _reader.CopyString(name));
    }
}

/// <summary>Reads the members of one message.</summary>
internal delegate void JsonRead<in T>(ref JsonInput input, T message);
