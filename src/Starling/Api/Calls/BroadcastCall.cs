using System.Text.Json;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Publishes the same into many channels, one after the other; each has its own outcome.</summary>
internal sealed class BroadcastCall : PublicationCall
{
    private List<string> _channels = [];

    public override string Method => "broadcast";

    public static BroadcastCall Read(ref ApiReader reader)
    {
        var call = new BroadcastCall();
        while (reader.NextMember())
        {
            if (reader.Is("channels"u8)) call._channels = reader.Texts();
            else call.ReadMember(ref reader);
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (IsInvalid || _channels.Count == 0 || (IsEmpty && !_channels.Exists(api.TakesEmptyData)))
        {
            return ApiReply.Fail(ProtocolErrors.BadRequest);
        }
        var outcomes = new PublishOutcome[_channels.Count];
        for (var i = 0; i < outcomes.Length; i++) outcomes[i] = await PublishAsync(api, _channels[i]);
        return ApiReply.Of(new BroadcastResult(outcomes));
    }

    private sealed class BroadcastResult(PublishOutcome[] outcomes) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("responses"u8);
            foreach (var outcome in outcomes)
            {
                json.WriteStartObject();
                json.WritePropertyName(outcome.Error is null ? "result"u8 : "error"u8);
                if (outcome.Error is { } error) ApiReply.WriteError(json, error);
                else WritePosition(json, outcome);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
