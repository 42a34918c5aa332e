using System.Text.Json;
using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>A call that writes a key of keyed state, or removes one (protocol 4.12, 6).</summary>
internal abstract class MapWriteCall : ApiCall
{
    private string _channel = "";

    protected string Key { get; private set; } = "";

    protected string IdempotencyKey { get; private set; } = "";

    public sealed override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (ToWrite() is not { } write) return ApiReply.Fail(ProtocolErrors.BadRequest);
        var outcome = await api.State.WriteAsync(_channel, write, api.Node.Stopping);
        return outcome.Error is { } error ? ApiReply.Fail(error) : ApiReply.Of(new WrittenResult(outcome.Result));
    }

    /// <returns><see langword="null"/> when a member makes no sense (error 107).</returns>
    protected abstract StateWrite? ToWrite();

    /// <summary>Reads the member if it is one that both kinds of call have, and passes over it otherwise.</summary>
    protected void ReadMember(ref ApiReader reader)
    {
        if (reader.Is("channel"u8)) _channel = reader.Text();
        else if (reader.Is("key"u8)) Key = reader.Text();
        else if (reader.Is("idempotency_key"u8)) IdempotencyKey = reader.Text();
        else reader.Skip();
    }

    private sealed class WrittenResult(StateWriteResult written) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            if (written.Offset > 0) json.WriteNumber("offset"u8, written.Offset);
            if (written.Epoch.Length > 0) json.WriteString("epoch"u8, written.Epoch);
            if (written.SuppressReason is { Length: > 0 } reason)
            {
                json.WriteBoolean("suppressed"u8, true);
                json.WriteString("suppress_reason"u8, reason);
            }
            json.WriteEndObject();
        }
    }
}

/// <summary>Writes a key.</summary>
/// <remarks><c>expected_offset</c> and <c>expected_epoch</c> are Starling's own: the offset of the key's last write, 0 for a key
/// that must not exist.</remarks>
internal sealed class MapPublishCall : MapWriteCall
{
    private Payload _data;
    private Payload _streamData;
    private Dictionary<string, string>? _tags;
    private long _score;
    private ulong _version;
    private string _versionEpoch = "";
    private string _keyMode = "";
    private bool _isDelta;
    private ulong? _expectedOffset;
    private string _expectedEpoch = "";

    public override string Method => "map_publish";

    public static MapPublishCall Read(ref ApiReader reader)
    {
        var call = new MapPublishCall();
        while (reader.NextMember())
        {
            if (reader.Is("data"u8)) call._data.ReadEmbedded(ref reader);
            else if (reader.Is("b64data"u8)) call._data.ReadBase64(ref reader);
            else if (reader.Is("stream_data"u8)) call._streamData.ReadEmbedded(ref reader);
            else if (reader.Is("b64stream_data"u8)) call._streamData.ReadBase64(ref reader);
            else if (reader.Is("tags"u8)) call._tags = reader.TextMap();
            else if (reader.Is("score"u8)) call._score = reader.Int64();
            else if (reader.Is("version"u8)) call._version = reader.UInt64();
            else if (reader.Is("version_epoch"u8)) call._versionEpoch = reader.Text();
            else if (reader.Is("key_mode"u8)) call._keyMode = reader.Text();
            else if (reader.Is("delta"u8)) call._isDelta = reader.Flag();
            else if (reader.Is("expected_offset"u8)) call._expectedOffset = reader.UInt64();
            else if (reader.Is("expected_epoch"u8)) call._expectedEpoch = reader.Text();
            else call.ReadMember(ref reader);
        }
        return call;
    }

    protected override StateWrite? ToWrite()
    {
        KeyCondition? condition = _keyMode switch
        {
            "" => KeyCondition.None,
            "if_new" => KeyCondition.IfNew,
            "if_exists" => KeyCondition.IfExists,
            _ => null,
        };
        if (condition is null || _data.IsInvalid || _streamData.IsInvalid) return null;
        return new StateWrite(Key, new Publication { Data = _data.Bytes, Tags = _tags, Score = _score })
        {
            IdempotencyKey = IdempotencyKey,
            Version = _version,
            VersionEpoch = _versionEpoch,
            Condition = condition.Value,
            Expected = _expectedOffset is { } offset ? new ExpectedPosition(offset, _expectedEpoch) : null,
            StreamData = _streamData.Bytes,
            IsDeltaCandidate = _isDelta,
        };
    }
}

/// <summary>Removes a key; to remove one that does not exist succeeds, suppressed.</summary>
internal sealed class MapRemoveCall : MapWriteCall
{
    public override string Method => "map_remove";

    public static MapRemoveCall Read(ref ApiReader reader)
    {
        var call = new MapRemoveCall();
        while (reader.NextMember()) call.ReadMember(ref reader);
        return call;
    }

    protected override StateWrite ToWrite() => new(Key, Publication: null) { IdempotencyKey = IdempotencyKey };
}
