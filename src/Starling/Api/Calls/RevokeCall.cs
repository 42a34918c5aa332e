using Starling.Protocol;
using Starling.Tokens;

namespace Starling.Api.Calls;

/// <summary>Takes back what clients stay by: a user, a token, a session. Starling's own.</summary>
internal sealed class RevokeCall : ApiCall
{
    private string _user = "";
    private string _token = "";
    private string _session = "";
    private long _until;

    public override string Method => "revoke";

    public static RevokeCall Read(ref ApiReader reader)
    {
        var call = new RevokeCall();
        while (reader.NextMember())
        {
            if (reader.Is("user"u8)) call._user = reader.Text();
            else if (reader.Is("token"u8)) call._token = reader.Text();
            else if (reader.Is("session"u8)) call._session = reader.Text();
            else if (reader.Is("expire_at"u8)) call._until = reader.Int64();
            else reader.Skip();
        }
        return call;
    }

    public override ValueTask<ApiReply> RunAsync(ServerApi api)
    {
        if (_user.Length + _token.Length + _session.Length == 0 || _until < 0) return ValueTask.FromResult(ApiReply.Fail(ProtocolErrors.BadRequest));
        var revocations = api.Node.Revocations;
        ProtocolError? error = null;
        if (_user.Length > 0) error = revocations.Revoke(RevocationKind.User, _user, _until);
        if (_token.Length > 0) error = revocations.Revoke(RevocationKind.Token, _token, _until) ?? error;
        if (_session.Length > 0) error = revocations.Revoke(RevocationKind.Session, _session, _until) ?? error;
        return ValueTask.FromResult(ApiReply.Of(error));
    }
}
