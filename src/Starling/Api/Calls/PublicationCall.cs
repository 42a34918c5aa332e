using System.Text.Json;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>What a call that publishes says about the publication.</summary>
/// <remarks><c>skip_history</c>, <c>version</c>, <c>version_epoch</c> and Starling's own <c>expected_offset</c> concern channels
/// with history and change nothing in those without.</remarks>
internal abstract class PublicationCall : ApiCall
{
    private Payload _data;
    private Dictionary<string, string>? _tags;
    private string _idempotencyKey = "";
    private bool _skipsHistory;
    private bool _isDeltaCandidate;
    private ulong _version;
    private string _versionEpoch = "";
    private ulong? _expectedOffset;

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
        else if (reader.Is("skip_history"u8)) _skipsHistory = reader.Flag();
        else if (reader.Is("delta"u8)) _isDeltaCandidate = reader.Flag();
        else if (reader.Is("version"u8)) _version = reader.UInt64();
        else if (reader.Is("version_epoch"u8)) _versionEpoch = reader.Text();
        else if (reader.Is("expected_offset"u8)) _expectedOffset = reader.UInt64();
        else reader.Skip();
    }

    protected ValueTask<PublishOutcome> PublishAsync(ServerApi api, string channel) =>
        api.Node.PublishAsync(channel, new Publication { Data = _data.Bytes, Tags = _tags }, Condition, api.Node.Stopping);

    private PublishOptions Condition(PublishOptions storage) => storage with
    {
        HistorySize = _skipsHistory ? 0 : storage.HistorySize,
        IdempotencyKey = _idempotencyKey,
        IsDeltaCandidate = _isDeltaCandidate,
        Version = _version,
        VersionEpoch = _versionEpoch,
        ExpectedOffset = storage.HasHistory && !_skipsHistory ? _expectedOffset : null,
    };

    /// <summary>Writes where a publication landed; nothing for a channel without history.</summary>
    protected static void WritePosition(Utf8JsonWriter json, PublishOutcome outcome)
    {
        json.WriteStartObject();
        if (outcome.Offset > 0) json.WriteNumber("offset"u8, outcome.Offset);
        if (outcome.Epoch.Length > 0) json.WriteString("epoch"u8, outcome.Epoch);
        json.WriteEndObject();
    }
}
