using Starling.Protocol;

namespace Starling.Api.Calls;

/// <summary>Calls a method (protocol 6). Methods are called by clients: a handler or back end is told whose call it answers, so
/// there is none a server could call, and each name is an unknown one (error 104).</summary>
internal sealed class RpcCall : ApiCall
{
    private string _name = "";

    public override string Method => "rpc";

    public static RpcCall Read(ref ApiReader reader)
    {
        var call = new RpcCall();
        while (reader.NextMember())
        {
            if (reader.Is("method"u8)) call._name = reader.Text();
            else reader.Skip();
        }
        return call;
    }

    public override ValueTask<ApiReply> RunAsync(ServerApi api) =>
        ValueTask.FromResult(ApiReply.Fail(_name.Length == 0 ? ProtocolErrors.BadRequest : ProtocolErrors.MethodNotFound));
}
