using System.Text.Json;
using Starling.Protocol;

namespace Starling.Api;

/// <summary>Writes stored publications and clients as the API shows them (protocol 6).</summary>
internal static class PublicationJson
{
    public static void Write(Utf8JsonWriter json, Publication publication)
    {
        json.WriteStartObject();
        WriteData(json, "data", publication.Data);
        WriteInfo(json, publication.Info);
        json.WriteNumber("offset"u8, publication.Offset);
        WriteTags(json, publication.Tags);
        json.WriteEndObject();
    }

    /// <summary>Writes a key of keyed state, or a change of one.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="publication">The key's value, or its removal.</param>
    /// <param name="timeMs">When it was written, in Unix milliseconds; 0 when that is not known.</param>
    public static void WriteKeyed(Utf8JsonWriter json, Publication publication, long timeMs)
    {
        json.WriteStartObject();
        json.WriteString("key"u8, publication.Key);
        if (!publication.Removed) WriteData(json, "data", publication.Data);
        WriteInfo(json, publication.Info);
        WriteTags(json, publication.Tags);
        if (publication.Offset > 0) json.WriteNumber("offset"u8, publication.Offset);
        if (publication.Score != 0) json.WriteNumber("score"u8, publication.Score);
        if (publication.Removed) json.WriteBoolean("removed"u8, true);
        if (timeMs > 0) json.WriteNumber("time"u8, timeMs);
        json.WriteEndObject();
    }

    private static void WriteInfo(Utf8JsonWriter json, ClientInfo? info)
    {
        if (info is null) return;
        json.WritePropertyName("info"u8);
        Write(json, info);
    }

    private static void WriteTags(Utf8JsonWriter json, Dictionary<string, string>? tags)
    {
        if (tags is not { Count: > 0 }) return;
        json.WriteStartObject("tags"u8);
        foreach (var (key, value) in tags) json.WriteString(key, value);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ClientInfo info)
    {
        json.WriteStartObject();
        json.WriteString("user"u8, info.User);
        json.WriteString("client"u8, info.Client);
        if (!info.ConnInfo.IsEmpty) WriteData(json, "conn_info", info.ConnInfo);
        if (!info.ChanInfo.IsEmpty) WriteData(json, "chan_info", info.ChanInfo);
        json.WriteEndObject();
    }

    /// <summary>Data that is JSON is embedded as it is; anything else, from Protobuf clients, comes as base64 under a <c>b64</c> name.</summary>
    private static void WriteData(Utf8JsonWriter json, string name, ReadOnlyMemory<byte> data)
    {
        if (WireCodec.IsJson(data.Span))
        {
            json.WritePropertyName(name);
            json.WriteRawValue(data.Span, skipInputValidation: true);
        }
        else
        {
            json.WriteBase64String(string.Concat("b64", name.AsSpan()), data.Span);
        }
    }
}
