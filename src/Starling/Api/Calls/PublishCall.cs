using System.Text.Json;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Publishes into one channel.</summary>
internal sealed class PublishCall : PublicationCall
{
    private string _channel = "";

    public override string Method => "publish";

    public static PublishCall Read(ref ApiReader reader)
    {
        var call = new PublishCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else call.ReadMember(ref reader);
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (IsInvalid) return ApiReply.Fail(ProtocolErrors.BadRequest);
        var outcome = await PublishAsync(api, _channel);
        return outcome.Error is { } error ? ApiReply.Fail(error) : ApiReply.Of(new PublishedResult(outcome));
    }

    private sealed class PublishedResult(PublishOutcome outcome) : ApiResult
    {
        public override void Write(Utf8JsonWriter json) => WritePosition(json, outcome);
    }
}
