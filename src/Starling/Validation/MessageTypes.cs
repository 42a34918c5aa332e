using System.Globalization;
using System.Text.Json;
using Starling.Protocol;

namespace Starling.Validation;

/// <summary>The messages clients may publish in each namespace, by type and version. A namespace for which none is registered takes
/// anything its data format allows.</summary>
internal sealed class MessageTypes
{
    private const int ReasonLengthMax = 200;

    private readonly Dictionary<string, Dictionary<(string Type, int Version), MessageType>> _namespaces = [];

    /// <summary>There are none at all.</summary>
    public bool IsEmpty => _namespaces.Count == 0;

    /// <param name="channelNamespace">Empty for channels without one.</param>
    /// <param name="type">The member <c>type</c> of its messages.</param>
    /// <param name="version">The member <c>version</c>.</param>
    /// <param name="message">How it is judged. Another one of the same type and version replaces it.</param>
    public void Add(string channelNamespace, string type, int version, MessageType message)
    {
        if (!_namespaces.TryGetValue(channelNamespace, out var types)) _namespaces[channelNamespace] = types = [];
        types[(type, version)] = message;
    }

    /// <summary>Judges what a client publishes.</summary>
    /// <returns>The error that says what is wrong; <see langword="null"/> when it may go on.</returns>
    public ProtocolError? Check(string channelNamespace, ReadOnlySpan<byte> data)
    {
        if (!_namespaces.TryGetValue(channelNamespace, out var types)) return null;
        if (!TryReadHead(data, out var type, out var version)) return Refuse("it is no JSON object with a type");
        if (!types.TryGetValue((type, version), out var message))
        {
            return Refuse(string.Create(CultureInfo.InvariantCulture, $"its type is not known here in version {version}"));
        }
        return message.Check(data) is { } reason ? Refuse(reason) : null;
    }

    private static ProtocolError Refuse(string reason) => new(
        ProtocolErrors.BadRequest.Code,
        $"{ProtocolErrors.BadRequest.Message}: {(reason.Length > ReasonLengthMax ? reason[..ReasonLengthMax] : reason)}");

    /// <summary>Finds <c>type</c>, and <c>version</c>, which is 1 when it is not there; the last of equal names counts, as it does
    /// for whoever reads the message.</summary>
    private static bool TryReadHead(ReadOnlySpan<byte> data, out string type, out int version)
    {
        (type, version) = ("", 1);
        var reader = new Utf8JsonReader(data);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("type"u8);
                var isVersion = reader.ValueTextEquals("version"u8);
                reader.Read();
                if (isType)
                {
                    if (reader.TokenType != JsonTokenType.String) return false;
                    type = reader.GetString()!;
                }
                else if (isVersion)
                {
                    if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out version)) return false;
                }
                else
                {
                    reader.Skip();
                }
            }
            return type.Length > 0 && !reader.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)   // not JSON, or a lone surrogate
        {
            return false;
        }
    }
}
