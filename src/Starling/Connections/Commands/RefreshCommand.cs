using Starling.Cluster;
using Starling.Protocol;
using Starling.Tokens;

namespace Starling.Connections.Commands;

/// <summary>Renews what a connection stays by (protocol 3.7, 4.2): a token of the same user that names the same channels.</summary>
internal static class RefreshCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, RefreshRequest request)
    {
        if (request.Token.Length == 0 || node.Hooks.RenewsConnections) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        if (node.Tokens.Connections is { IsConfigured: true } tokens)
        {
            var verifying = tokens.VerifyConnectionAsync(request.Token);
            return verifying.IsCompletedSuccessfully
                ? JudgeAsync(node, connection, id, request, verifying.Result)
                : AwaitAsync(node, connection, id, request, verifying);
        }
        // Without anybody who could verify the token there is nothing to renew by.
        return node.Handlers.Refreshing is null
            ? CommandTable.CloseAsync(connection, Disconnects.BadRequest)
            : AskHandlerAsync(node, connection, id, request, proved: null);
    }

    private static async ValueTask AwaitAsync(
        Node node, Connection connection, uint id, RefreshRequest request, ValueTask<TokenVerdict<ConnectionToken>> verifying) =>
        await JudgeAsync(node, connection, id, request, await verifying);

    private static ValueTask JudgeAsync(Node node, Connection connection, uint id, RefreshRequest request, TokenVerdict<ConnectionToken> verdict)
    {
        switch (verdict.Status)
        {
            case TokenStatus.Expired:
                return CommandTable.CloseAsync(connection, Disconnects.Expired);
            case TokenStatus.Unavailable:
                return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Internal);
            case TokenStatus.Invalid:
                return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
        }
        var token = verdict.Token!;
        if (token.User != connection.User || node.Revocations.IsRevoked(token.User, token.Stamp)) return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
        if (connection.Grant?.Channels is { } channels && !channels.AsSpan().SequenceEqual(Admission.ChannelsOf(token)))
        {
            return CommandTable.CloseAsync(connection, Disconnects.InsufficientState);   // it comes back with the new token
        }
        return node.Handlers.Refreshing is null
            ? RenewAsync(node, connection, id, token.ConnectionExpiresAt, token.Info, token)
            : AskHandlerAsync(node, connection, id, request, token);
    }

    private static async ValueTask AskHandlerAsync(Node node, Connection connection, uint id, RefreshRequest request, ConnectionToken? proved)
    {
        RefreshingResult result;
        try
        {
            result = await node.Handlers.Refreshing!(new RefreshingContext(
                connection, request.Token, proved is null ? null : Admission.Of(proved).Identity));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "refreshing", connection.Id, error);
            result = RefreshingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect)
        {
            connection.Disconnect(disconnect);
        }
        else if (result.Error is { } refusal)
        {
            await CommandTable.RefuseAsync(node, connection, id, refusal);
        }
        else if (result.IsAsProved && proved is null)
        {
            connection.Disconnect(Disconnects.InvalidToken);
        }
        else
        {
            await RenewAsync(
                node,
                connection,
                id,
                result.IsAsProved ? proved!.ConnectionExpiresAt : result.ExpiresAt?.ToUnixTimeSeconds() ?? 0,
                result.Info ?? (result.IsAsProved ? proved!.Info : default(ReadOnlyMemory<byte>?)),   // a bare null would become an empty memory
                proved);
        }
    }

    private static ValueTask RenewAsync(Node node, Connection connection, uint id, long expiresAt, ReadOnlyMemory<byte>? info, ConnectionToken? token)
    {
        var ttl = Grant.TtlOf(expiresAt, node.Time);
        if (expiresAt != 0 && ttl == 0) return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Expired);
        connection.Renew(expiresAt, info, token);
        // From here on a revocation of the token finds it; one that came while it was decided about is found here.
        if (token is not null && node.Revocations.IsRevoked(connection.User, token.Stamp))
        {
            connection.Evict(Disconnects.InvalidToken);
            return default;
        }
        return CommandTable.AnswerAsync(connection, new Reply
        {
            Id = id,
            // The SDK takes over the client id of this reply, also when it is empty.
            Refresh = new RefreshResult { Client = connection.Id.ToString(), Version = node.Version, Expires = expiresAt != 0, Ttl = ttl },
        });
    }
}
