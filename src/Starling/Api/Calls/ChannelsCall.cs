using System.Text.Json;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Lists the channels that have subscribers. Walks over all of them: for people, not for every second.</summary>
internal sealed class ChannelsCall : ApiCall
{
    private string _pattern = "";

    public override string Method => "channels";

    public static ChannelsCall Read(ref ApiReader reader)
    {
        var call = new ChannelsCall();
        while (reader.NextMember())
        {
            if (reader.Is("pattern"u8)) call._pattern = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    public override ValueTask<ApiReply> RunAsync(ServerApi api) => ValueTask.FromResult(
        ChannelPattern.TryParse(_pattern, out var pattern)
            ? ApiReply.Of(new ChannelsResult(api.Node, pattern))
            : ApiReply.Fail(ProtocolErrors.BadRequest));

    private sealed class ChannelsResult(Node node, ChannelPattern pattern) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartObject("channels"u8);
            foreach (var channel in node.Channels.All)
            {
                var count = channel.SubscriberCount;
                if (count == 0 || !pattern.Matches(channel.Name)) continue;
                json.WriteStartObject(channel.Name);
                json.WriteNumber("num_clients"u8, count);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}
