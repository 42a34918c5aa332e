using System.Text.Json;

namespace Starling.Tokens;

/// <summary>Reads the JSON of a token. <c>null</c> stands for a claim that is not there; any other value of the wrong type
/// throws what the framework's reader throws, which the caller takes for an invalid token.</summary>
internal ref struct ClaimReader
{
    private readonly byte[] _text;
    private Utf8JsonReader _json;

    /// <param name="text">UTF-8.</param>
    /// <param name="depthMax">Levels of nesting; what is deeper throws like invalid JSON.</param>
    public ClaimReader(byte[] text, int depthMax = TokenText.DepthMax)
    {
        _text = text;
        _json = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = depthMax });
    }

    /// <summary>The outermost object has ended and nothing follows it.</summary>
    public bool IsWhole => _json.TokenType == JsonTokenType.EndObject && _json.CurrentDepth == 0 && !_json.Read();

    public bool TryEnterObject() => Next() == JsonTokenType.StartObject || Absent(false);

    public bool TryEnterArray() => Next() == JsonTokenType.StartArray || Absent(false);

    /// <summary>Moves into the next element, which has to be an object.</summary>
    /// <returns><see langword="false"/> at the array's end.</returns>
    public bool NextObject() => Next() switch
    {
        JsonTokenType.StartObject => true,
        JsonTokenType.EndArray => false,
        _ => throw new FormatException("Not an object."),
    };

    /// <summary>Moves to the next member.</summary>
    /// <returns><see langword="false"/> at the object's end.</returns>
    public bool NextMember() => Next() == JsonTokenType.PropertyName;

    public string Name() => _json.GetString()!;

    public void Skip() => _json.Skip();

    public string Text() => Next() == JsonTokenType.String ? _json.GetString()! : Absent("");

    /// <summary>A text, or nothing for any other value.</summary>
    public string LooseText()
    {
        if (Next() == JsonTokenType.String) return _json.GetString()!;
        _json.Skip();
        return "";
    }

    public bool Flag() => Next() is JsonTokenType.True or JsonTokenType.False ? _json.TokenType == JsonTokenType.True : Absent(false);

    /// <summary>A number of seconds, which need not be whole (RFC 7519 §2, NumericDate).</summary>
    /// <param name="max">What is above counts as this.</param>
    public long? Seconds(long max)
    {
        if (Next() != JsonTokenType.Number) return Absent<long?>(null);
        if (_json.TryGetInt64(out var whole)) return Math.Clamp(whole, -max, max);
        // NaN cannot be written in JSON; what is beyond the range of a double reads as infinite and is cut like the rest.
        return _json.TryGetDouble(out var seconds) && !double.IsNaN(seconds)
            ? (long)Math.Floor(Math.Clamp(seconds, -max, max))
            : throw new FormatException("Not a number of seconds.");
    }

    /// <summary>A whole number; what is not one, or does not fit, throws.</summary>
    public ulong Unsigned() => Next() == JsonTokenType.Number ? _json.GetUInt64() : Absent(0UL);

    /// <summary>As <see cref="Unsigned"/>, with a sign.</summary>
    public long Signed() => Next() == JsonTokenType.Number ? _json.GetInt64() : Absent(0L);

    /// <summary>An object of texts; <see langword="null"/> when there is none.</summary>
    public Dictionary<string, string>? TextMap()
    {
        if (!TryEnterObject()) return null;
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        while (NextMember()) map[Name()] = Text();
        return map;
    }

    public List<string> TextOrTexts() => Peek() == JsonTokenType.String ? [Text()] : Texts();

    public List<string> Texts()
    {
        var texts = new List<string>();
        if (Next() != JsonTokenType.StartArray) return Absent(texts);
        while (Next() != JsonTokenType.EndArray) texts.Add(_json.TokenType == JsonTokenType.String ? _json.GetString()! : throw new FormatException("Not a text."));
        return texts;
    }

    /// <summary>Whatever value stands here, as the bytes it is.</summary>
    public ReadOnlyMemory<byte> Raw()
    {
        if (Next() == JsonTokenType.Null) return default;
        var start = (int)_json.TokenStartIndex;
        _json.Skip();
        return _text.AsSpan(start..(int)_json.BytesConsumed).ToArray();
    }

    public ReadOnlyMemory<byte> RawObject() => Peek() is JsonTokenType.StartObject or JsonTokenType.Null ? Raw() : throw new FormatException("Not an object.");

    public ReadOnlyMemory<byte> Base64() => Next() == JsonTokenType.String ? _json.GetBytesFromBase64() : Absent(ReadOnlyMemory<byte>.Empty);

    private readonly JsonTokenType Peek()
    {
        var ahead = _json;
        ahead.Read();
        return ahead.TokenType;
    }

    private JsonTokenType Next()
    {
        _json.Read();
        return _json.TokenType;
    }

    private readonly T Absent<T>(T value) => _json.TokenType == JsonTokenType.Null ? value : throw new FormatException("A value of the wrong type.");
}
