using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.Hooks;

/// <summary>The body of a question to a back end (protocol 7.1): who asks, then what.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A writer on memory of its own holds nothing; TryEnd ends it.")]
internal sealed class HookRequest
{
    private readonly ArrayBufferWriter<byte> _body = new(256);
    private readonly Utf8JsonWriter _json;
    private readonly bool _isBinary;
    private bool _isInvalid;

    /// <param name="connection">Who asks.</param>
    /// <param name="backEnd">Whom; it says what it wants to see.</param>
    /// <param name="user">How the user is said.</param>
    public HookRequest(Connection connection, BackEnd backEnd, UserMember user)
    {
        _isBinary = backEnd.IsBinary;
        // What a client sent is escaped no more than JSON asks for; the back end parses it, no page shows it.
        _json = new Utf8JsonWriter(_body, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _json.WriteStartObject();
        _json.WriteString("client"u8, connection.Id.ToString());
        _json.WriteString("transport"u8, connection.TransportName);
        _json.WriteString("protocol"u8, connection.Wire == Wire.Json ? "json"u8 : "protobuf"u8);
        _json.WriteString("encoding"u8, _isBinary ? "binary"u8 : "json"u8);
        if (user == UserMember.Always || (user == UserMember.WhenNamed && connection.User.Length > 0)) _json.WriteString("user"u8, connection.User);
        if (backEnd.IncludesMeta && connection.Grant is { Meta.IsEmpty: false } grant) _json.WritePropertyName("meta"u8);
        else return;
        _json.WriteRawValue(grant.Meta.Span, skipInputValidation: true);   // it was read out of JSON
    }

    /// <summary>A question about no client.</summary>
    public HookRequest()
    {
        _json = new Utf8JsonWriter(_body, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _json.WriteStartObject();
    }

    /// <summary>Writes the keys of a shared poll, with the versions the node has.</summary>
    public HookRequest Items(IReadOnlyList<PollingItem> items)
    {
        _json.WriteStartArray("items"u8);
        foreach (var (key, version) in items)
        {
            _json.WriteStartObject();
            _json.WriteString("key"u8, key);
            if (version > 0) _json.WriteNumber("version"u8, version);
            _json.WriteEndObject();
        }
        _json.WriteEndArray();
        return this;
    }

    public HookRequest Text(string name, string value)
    {
        _json.WriteString(name, value);
        return this;
    }

    /// <summary>Writes a text that is left out when empty.</summary>
    public HookRequest TextIfAny(string name, string value) => value.Length == 0 ? this : Text(name, value);

    public HookRequest Texts(string name, IReadOnlyCollection<string>? values)
    {
        if (values is null || values.Count == 0) return this;
        _json.WriteStartArray(name);
        foreach (var value in values) _json.WriteStringValue(value);
        _json.WriteEndArray();
        return this;
    }

    /// <summary>Writes the payload in the encoding the back end wants; an empty one is left out.</summary>
    public HookRequest Data(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return this;
        if (_isBinary)
        {
            _json.WriteBase64String("b64data"u8, data);
            return this;
        }
        try
        {
            _json.WritePropertyName("data"u8);
            _json.WriteRawValue(data);
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            _isInvalid = true;   // bytes of a Protobuf client that are no JSON (error 107)
        }
        return this;
    }

    /// <returns><see langword="false"/> when the payload cannot be written as JSON.</returns>
    public bool TryEnd(out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (!_isInvalid)
        {
            _json.WriteEndObject();
            _json.Flush();
            body = _body.WrittenMemory;
        }
        _json.Dispose();
        return !_isInvalid;
    }
}

/// <summary>How a question names its user.</summary>
internal enum UserMember
{
    /// <summary>Not at all: nobody knows yet.</summary>
    Never,

    /// <summary>Also an anonymous one, as the empty text.</summary>
    Always,

    /// <summary>Only one with a name.</summary>
    WhenNamed,
}
