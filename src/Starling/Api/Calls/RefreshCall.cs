using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Gives connections of a user another expiry (protocol 4.2, 6).</summary>
internal sealed class RefreshCall : OrderCall
{
    private bool _isExpired;
    private long _expiresAt;
    private ReadOnlyMemory<byte>? _info;

    public override string Method => "refresh";

    public static RefreshCall Read(ref ApiReader reader)
    {
        var call = new RefreshCall();
        while (reader.NextMember())
        {
            if (reader.Is("expired"u8)) call._isExpired = reader.Flag();
            else if (reader.Is("expire_at"u8)) call._expiresAt = reader.Int64();
            else if (reader.Is("info"u8)) call._info = reader.Embedded();
            else call.ReadMember(ref reader);
        }
        return call;
    }

    public override ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_isExpired) api.Orders.Disconnect(Target, [], Disconnects.Expired);
        else api.Orders.Refresh(Target, _expiresAt, _info);
        return ValueTask.FromResult(ApiReply.Done);
    }
}
