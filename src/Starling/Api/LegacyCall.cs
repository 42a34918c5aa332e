using Starling.Protocol;

namespace Starling.Api;

/// <summary>The old form of a call: <c>{"method": "publish", "params": {…}}</c>.</summary>
internal sealed class LegacyCall : ApiCall
{
    public override string Method => "unknown";

    public static ApiCall Read(ref ApiReader reader)
    {
        var method = "";
        var parameters = ApiReader.Empty;
        while (reader.NextMember())
        {
            if (reader.Is("method"u8))
            {
                method = reader.Text();
            }
            else if (reader.Is("params"u8))
            {
                parameters = reader;   // the method may be named behind: remember the place
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }
        return ApiCallTable.Find(method) is { } read ? reader.ReadAt(parameters, read) : new LegacyCall();
    }

    /// <summary>A method nobody knows.</summary>
    public override ValueTask<ApiReply> RunAsync(ServerApi api) => ValueTask.FromResult(ApiReply.Fail(ProtocolErrors.MethodNotFound));
}
