using System.Text.Json;
using System.Text.Unicode;
using Starling.Protocol;

namespace Starling.Api;

/// <summary>Reads the members of a call's request object; stands behind its opening brace.</summary>
internal delegate ApiCall ReadApiCall(ref ApiReader reader);

/// <summary>Reads one request of the API. <c>null</c> stands for the default everywhere but in embedded data, and members nobody
/// knows are passed over. A value of the wrong type fails the request as a whole.</summary>
/// <remarks>Everything read is copied: the body's buffer is used again.</remarks>
internal ref struct ApiReader
{
    /// <summary>Deep enough for embedded data at its own limit inside a batch.</summary>
    private const int DepthMax = 64;

    private readonly ReadOnlySpan<byte> _body;
    private Utf8JsonReader _json;
    private bool _failed;

    private ApiReader(ReadOnlySpan<byte> body)
    {
        _body = body;
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = DepthMax });
    }

    /// <summary>Reads a body, which must be exactly one JSON object.</summary>
    /// <returns><see langword="false"/> when it is not, or when a member has the wrong type.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, ReadApiCall read, out ApiCall call)
    {
        call = null!;
        // Checked here because the framework's reader lets invalid UTF-8 inside of strings pass.
        if (!Utf8.IsValid(body)) return false;
        try
        {
            var reader = new ApiReader(body);
            if (!reader.TryEnterObject()) return false;
            call = read(ref reader);
            return !reader._failed && !reader._json.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not JSON, or a string with an escaped lone surrogate: the two ways in which the framework's reader says no.
            return false;
        }
    }

    /// <summary>A reader that stands before an object without members.</summary>
    public static ApiReader Empty => new("{}"u8);

    /// <summary>Reads a call from the object at a place that was passed over before; none or <c>null</c> is an empty one.</summary>
    /// <param name="place">A copy of this reader as it stood on the member's name, or <see cref="Empty"/>.</param>
    /// <param name="read">Reads the call.</param>
    public ApiCall ReadAt(ApiReader place, ReadApiCall read)
    {
        if (!place.TryEnterObject())
        {
            _failed |= place._failed;
            place = Empty;
            place.TryEnterObject();
        }
        var call = read(ref place);
        _failed |= place._failed;
        return call;
    }

    /// <summary>Moves to the next member.</summary>
    /// <returns><see langword="false"/> at the object's end, or when something failed.</returns>
    public bool NextMember()
    {
        if (_failed) return false;
        _json.Read();
        return _json.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>Whether the member has this name; names are case-sensitive.</summary>
    public readonly bool Is(ReadOnlySpan<byte> name) => _json.ValueTextEquals(name);

    public readonly string Name() => _json.GetString()!;

    public void Skip() => _json.Skip();

    public string Text() => Value() == JsonTokenType.String ? _json.GetString()! : Default("");

    public bool Flag()
    {
        var token = Value();
        return token is JsonTokenType.True or JsonTokenType.False ? token == JsonTokenType.True : Default(false);
    }

    public long Int64() => Value() == JsonTokenType.Number && _json.TryGetInt64(out var value) ? value : Default(0L);

    public ulong UInt64() => Value() == JsonTokenType.Number && _json.TryGetUInt64(out var value) ? value : Default(0UL);

    /// <summary>Bytes in base64; <see langword="null"/> when the text is not base64, which is the caller's to refuse.</summary>
    public byte[]? Base64()
    {
        if (Value() != JsonTokenType.String) return Default(Array.Empty<byte>());
        return _json.TryGetBytesFromBase64(out var bytes) ? bytes : null;
    }

    /// <summary>Embedded data: whatever JSON value stands here, as the bytes it is.</summary>
    public byte[] Embedded()
    {
        _json.Read();
        var start = (int)_json.TokenStartIndex;
        var outer = _json.CurrentDepth;
        var isNested = _json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        while (isNested && _json.Read())
        {
            var isDeeper = _json.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            if (isDeeper && _json.CurrentDepth - outer >= ProtocolLimits.EmbeddedDepthMax) return Fail(Array.Empty<byte>());
            isNested = isDeeper || _json.CurrentDepth > outer;
        }
        return _body[start..(int)_json.BytesConsumed].ToArray();
    }

    public List<string> Texts()
    {
        var texts = new List<string>();
        if (!TryEnterArray()) return texts;
        while (!_failed && Value() != JsonTokenType.EndArray)
        {
            texts.Add(_json.TokenType == JsonTokenType.String ? _json.GetString()! : Fail(""));
        }
        return texts;
    }

    public Dictionary<string, string>? TextMap()
    {
        if (!TryEnterObject()) return null;
        var map = new Dictionary<string, string>();
        while (NextMember()) map[Name()] = Text();
        return map.Count > 0 ? map : null;
    }

    /// <summary>Steps into an object; its members are read with <see cref="NextMember"/>.</summary>
    /// <returns><see langword="false"/> when there is none.</returns>
    public bool TryEnterObject() => Value() == JsonTokenType.StartObject || Default(false);

    /// <summary>Steps into an array of objects; they are read with <see cref="NextObject"/>.</summary>
    public bool TryEnterArray() => Value() == JsonTokenType.StartArray || Default(false);

    /// <summary>Steps into the array's next object.</summary>
    /// <returns><see langword="false"/> at the array's end, or when something failed.</returns>
    public bool NextObject()
    {
        if (_failed || Value() == JsonTokenType.EndArray) return false;
        return _json.TokenType == JsonTokenType.StartObject || Fail(false);
    }

    private JsonTokenType Value()
    {
        _json.Read();
        return _json.TokenType;
    }

    /// <summary>What stands here is either <c>null</c> or of the wrong type.</summary>
    private T Default<T>(T value) => _json.TokenType == JsonTokenType.Null ? value : Fail(value);

    private T Fail<T>(T value)
    {
        _failed = true;
        return value;
    }
}
