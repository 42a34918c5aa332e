using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Adds a server-side subscription to connections of a user (protocol 4.4).</summary>
internal sealed class SubscribeCall : OrderCall
{
    private string _channel = "";
    private Payload _info;
    private Payload _data;
    private ProtocolError? _refusal;

    public override string Method => "subscribe";

    public static SubscribeCall Read(ref ApiReader reader)
    {
        var call = new SubscribeCall();
        while (reader.NextMember())
        {
            if (reader.Is("channel"u8)) call._channel = reader.Text();
            else if (reader.Is("info"u8)) call._info.ReadEmbedded(ref reader);
            else if (reader.Is("b64info"u8)) call._info.ReadBase64(ref reader);
            else if (reader.Is("data"u8)) call._data.ReadEmbedded(ref reader);
            else if (reader.Is("b64data"u8)) call._data.ReadBase64(ref reader);
            else if (reader.Is("expire_at"u8)) call.Refuse(reader.Int64() != 0, ApiErrors.NoExpiry);
            else if (reader.Is("recover_since"u8)) call.Refuse(HasMembers(ref reader), ApiErrors.NoPositions);
            else if (reader.Is("override"u8)) call.Refuse(HasMembers(ref reader), ApiErrors.NoOverrides);
            else call.ReadMember(ref reader);
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_channel.Length == 0 || _info.IsInvalid || _data.IsInvalid) return ApiReply.Fail(ProtocolErrors.BadRequest);
        if (_refusal is not null) return ApiReply.Fail(_refusal);
        return ApiReply.Of(await api.Orders.SubscribeAsync(Target, _channel, _info.Bytes, _data.Bytes));
    }

    /// <summary>What this version cannot do is refused, not passed over: the caller counts on it.</summary>
    private void Refuse(bool isAsked, ProtocolError error)
    {
        if (isAsked) _refusal ??= error;
    }

    private static bool HasMembers(ref ApiReader reader)
    {
        var any = false;
        if (!reader.TryEnterObject()) return any;
        while (reader.NextMember())
        {
            any = true;
            reader.Skip();
        }
        return any;
    }
}
