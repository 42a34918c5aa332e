using System.Text;
using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Ends connections of a user.</summary>
internal sealed class DisconnectCall : OrderCall
{
    /// <summary>A close frame's payload has 125 bytes, two of them the code (RFC 6455 §5.5).</summary>
    private const int ReasonBytesMax = 123;

    private List<string> _whitelist = [];
    private Disconnect _reason = Disconnects.ForceNoReconnect;
    private bool _isInvalid;

    public override string Method => "disconnect";

    public static DisconnectCall Read(ref ApiReader reader)
    {
        var call = new DisconnectCall();
        while (reader.NextMember())
        {
            if (reader.Is("whitelist"u8)) call._whitelist = reader.Texts();
            else if (reader.Is("disconnect"u8)) call.ReadReason(ref reader);
            else call.ReadMember(ref reader);
        }
        return call;
    }

    public override ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_isInvalid) return ValueTask.FromResult(ApiReply.Fail(ProtocolErrors.BadRequest));
        api.Orders.Disconnect(Target, _whitelist, _reason);
        return ValueTask.FromResult(ApiReply.Done);
    }

    private void ReadReason(ref ApiReader reader)
    {
        if (!reader.TryEnterObject()) return;
        var code = 0UL;
        var text = "";
        while (reader.NextMember())
        {
            if (reader.Is("code"u8)) code = reader.UInt64();
            else if (reader.Is("reason"u8)) text = reader.Text();
            else reader.Skip();
        }
        // Below are codes of the transport, above there is nothing a close frame may carry (protocol 3.4, RFC 6455 §7.4.2).
        _isInvalid = code is < 3000 or > 4999 || Encoding.UTF8.GetByteCount(text) > ReasonBytesMax;
        // Never empty: clients take a close without reason for a broken transport.
        _reason = new Disconnect((uint)code, text.Length > 0 ? text : Disconnects.ForceNoReconnect.Reason);
    }
}
