using System.Text.Json;
using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Tells who is in a channel (protocol 4.7); the limits of clients do not apply.</summary>
internal sealed class PresenceCall : ApiCall
{
    private string _channel = "";

    public override string Method => "presence";

    public static PresenceCall Read(ref ApiReader reader)
    {
        var call = new PresenceCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (PresenceStatsCall.Judge(api, _channel) is { } error) return ApiReply.Fail(error);
        var snapshot = await api.Node.Presence.Reader.ListAsync(_channel, int.MaxValue, api.Node.Stopping);
        return snapshot.List.IsAvailable ? ApiReply.Of(new ListResult(snapshot.List)) : ApiReply.Fail(ProtocolErrors.Internal);
    }

    private sealed class ListResult(PresenceList list) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartObject("presence"u8);
            foreach (var client in list.Clients)
            {
                json.WritePropertyName(client.Client);
                PublicationJson.Write(json, client);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }
}

/// <summary>Tells how many are in a channel.</summary>
internal sealed class PresenceStatsCall : ApiCall
{
    private string _channel = "";

    public override string Method => "presence_stats";

    public static PresenceStatsCall Read(ref ApiReader reader)
    {
        var call = new PresenceStatsCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    /// <summary>What is wrong with asking for the presence of a channel, if anything.</summary>
    public static ProtocolError? Judge(ServerApi api, string channel)
    {
        if (channel.Length == 0) return ProtocolErrors.BadRequest;
        if (api.Node.Namespaces.Find(channel) is not { } rules) return ProtocolErrors.UnknownChannel;
        return rules.Presence ? null : ProtocolErrors.NotAvailable;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (Judge(api, _channel) is { } error) return ApiReply.Fail(error);
        var count = await api.Node.Presence.Reader.CountAsync(_channel, api.Node.Stopping);
        return count.IsAvailable ? ApiReply.Of(new CountResult(count)) : ApiReply.Fail(ProtocolErrors.Internal);
    }

    private sealed class CountResult(PresenceCount count) : ApiResult
    {
        public override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteNumber("num_clients"u8, count.Clients);
            json.WriteNumber("num_users"u8, count.Users);
            json.WriteEndObject();
        }
    }
}
