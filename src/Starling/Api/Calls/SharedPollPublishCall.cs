using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Publishes the value of a key of a shared poll channel, so that nobody has to wait for the next cycle (protocol 6).</summary>
internal sealed class SharedPollPublishCall : ApiCall
{
    private string _channel = "";
    private string _key = "";
    private string _epoch = "";
    private Payload _data;
    private ulong _version;

    public override string Method => "shared_poll_publish";

    public static SharedPollPublishCall Read(ref ApiReader reader)
    {
        var call = new SharedPollPublishCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else if (reader.Is("key"u8)) call._key = reader.Text();
            else if (reader.Is("data"u8)) call._data.ReadEmbedded(ref reader);
            else if (reader.Is("b64data"u8)) call._data.ReadBase64(ref reader);
            else if (reader.Is("version"u8)) call._version = reader.UInt64();
            else if (reader.Is("epoch"u8)) call._epoch = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_channel.Length == 0 || _key.Length == 0 || _version == 0 || _data.IsInvalid) return ApiReply.Fail(ProtocolErrors.BadRequest);
        if (api.Node.Namespaces.Find(_channel) is not { } rules) return ApiReply.Fail(ProtocolErrors.UnknownChannel);
        if (rules.Poll is not { IsVersioned: true } poll) return ApiReply.Fail(ProtocolErrors.BadRequest);
        if (!poll.TakesPublications) return ApiReply.Fail(ProtocolErrors.NotAvailable);
        if (_data.Bytes.IsEmpty) return ApiReply.Fail(ProtocolErrors.BadRequest);
        var value = new Publication { Key = _key, Data = _data.Bytes, Version = _version, Epoch = _epoch };
        var result = await api.Node.Broker.PublishAsync(_channel, value, rules.Storage, api.Node.Stopping);
        return result.Status == PublishStatus.Unavailable ? ApiReply.Fail(ProtocolErrors.Internal) : ApiReply.Done;
    }
}
