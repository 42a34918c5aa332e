using System.Text.Json;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>What a call that publishes says about the publication.</summary>
/// <remarks><c>skip_history</c>, <c>delta</c>, <c>version</c> and <c>version_epoch</c> concern channels with history and change
/// nothing in those without.</remarks>
internal abstract class PublicationCall : ApiCall
{
    private Payload _data;
    private Dictionary<string, string>? _tags;
    private string _idempotencyKey = "";

    /// <summary>What was meant to be base64 is not (error 107).</summary>
    protected bool IsInvalid => _data.IsInvalid;

    protected bool IsEmpty => _data.Bytes.IsEmpty;

    /// <summary>Reads the member if it is one of the publication's, and passes over it otherwise.</summary>
    protected void ReadMember(ref ApiReader reader)
    {
        if (reader.Is("data"u8)) _data.ReadEmbedded(ref reader);
        else if (reader.Is("b64data"u8)) _data.ReadBase64(ref reader);
        else if (reader.Is("tags"u8)) _tags = reader.TextMap();
        else if (reader.Is("idempotency_key"u8)) _idempotencyKey = reader.Text();
        else reader.Skip();
    }

    protected ValueTask<PublishOutcome> PublishAsync(ServerApi api, string channel) =>
        api.PublishAsync(channel, new Publication { Data = _data.Bytes, Tags = _tags }, _idempotencyKey);

    /// <summary>Writes where a publication landed; nothing for a channel without history.</summary>
    protected static void WritePosition(Utf8JsonWriter json, PublishOutcome outcome)
    {
        json.WriteStartObject();
        if (outcome.Offset > 0) json.WriteNumber("offset"u8, outcome.Offset);
        if (outcome.Epoch.Length > 0) json.WriteString("epoch"u8, outcome.Epoch);
        json.WriteEndObject();
    }
}
