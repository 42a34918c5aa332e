using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Adds a server-side subscription to connections of a user (protocol 4.4).</summary>
internal sealed class SubscribeCall : OrderCall
{
    private string _channel = "";
    private Payload _info;
    private Payload _data;
    private StreamPosition? _since;
    private SubscriptionOverride? _override;
    private long _expiresAt;

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
            else if (reader.Is("expire_at"u8)) call._expiresAt = reader.Int64();
            else if (reader.Is("recover_since"u8)) call._since = ReadSince(ref reader);
            else if (reader.Is("override"u8)) call._override = ReadOverride(ref reader);
            else call.ReadMember(ref reader);
        }
        return call;
    }

    public override async ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_channel.Length == 0 || _info.IsInvalid || _data.IsInvalid) return ApiReply.Fail(ProtocolErrors.BadRequest);
        var grant = new ServerSubscription { Info = _info.Bytes, Data = _data.Bytes, Override = _override, ExpiresAt = _expiresAt == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(_expiresAt, 0, 253_402_300_799)) };
        return ApiReply.Of(await api.Orders.SubscribeAsync(Target, _channel, grant, _since));
    }

    private static StreamPosition? ReadSince(ref ApiReader reader)
    {
        if (!reader.TryEnterObject()) return null;
        var since = new StreamPosition();
        while (reader.NextMember())
        {
            if (reader.Is("offset"u8)) since.Offset = reader.UInt64();
            else if (reader.Is("epoch"u8)) since.Epoch = reader.Text();
            else reader.Skip();
        }
        return since;
    }

    /// <summary>Each member is an object with a <c>value</c>, so that "not said" differs from "no" (protocol 4.1).</summary>
    private static SubscriptionOverride? ReadOverride(ref ApiReader reader)
    {
        if (!reader.TryEnterObject()) return null;
        var options = new SubscriptionOverride();
        while (reader.NextMember())
        {
            if (reader.Is("presence"u8)) options = options with { Presence = ReadValue(ref reader) };
            else if (reader.Is("join_leave"u8)) options = options with { JoinLeave = ReadValue(ref reader) };
            else if (reader.Is("force_recovery"u8)) options = options with { ForceRecovery = ReadValue(ref reader) };
            else if (reader.Is("force_positioning"u8)) options = options with { ForcePositioning = ReadValue(ref reader) };
            else if (reader.Is("force_push_join_leave"u8)) options = options with { ForcePushJoinLeave = ReadValue(ref reader) };
            else reader.Skip();
        }
        return options;
    }

    private static bool? ReadValue(ref ApiReader reader)
    {
        if (!reader.TryEnterObject()) return null;
        bool? value = null;
        while (reader.NextMember())
        {
            if (reader.Is("value"u8)) value = reader.Flag();
            else reader.Skip();
        }
        return value ?? false;   // an object without its value says "no", as everywhere in the protocol
    }
}
