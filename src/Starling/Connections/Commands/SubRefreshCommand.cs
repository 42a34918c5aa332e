using Starling.Channels;
using Starling.Cluster;
using Starling.Protocol;
using Starling.SharedPoll;
using Starling.Tokens;

namespace Starling.Connections.Commands;

/// <summary>Renews a subscription by a new token (protocol 3.7, 4.2).</summary>
internal static class SubRefreshCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, SubRefreshRequest request)
    {
        if (request.Channel.Length == 0) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        var found = connection.FindSubscription(request.Channel);
        if (request.Type is SubRefreshType.Track or SubRefreshType.Untrack) return TrackCommand.ExecuteAsync(node, connection, id, request, found);
        if (found is not { } subscription)
        {
            return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.PermissionDenied);
        }
        if (request.Type != SubRefreshType.Token) return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.NotAvailable);
        var tokens = node.Tokens.Subscriptions;
        if (subscription.Side != SubscriptionSide.Client || subscription.Channel.Rules.SubRefreshProxy is not null || subscription.Grant is null || !tokens.IsConfigured)
        {
            return CommandTable.CloseAsync(connection, Disconnects.BadRequest);   // it has no expiry a client could move
        }
        if (request.Token.Length == 0) return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.BadRequest);
        var verifying = tokens.VerifySubscriptionAsync(request.Token);
        return verifying.IsCompletedSuccessfully
            ? JudgeAsync(node, connection, id, subscription, verifying.Result)
            : AwaitAsync(node, connection, id, subscription, verifying);
    }

    private static async ValueTask AwaitAsync(
        Node node, Connection connection, uint id, Subscription subscription, ValueTask<TokenVerdict<SubscriptionToken>> verifying) =>
        await JudgeAsync(node, connection, id, subscription, await verifying);

    private static ValueTask JudgeAsync(Node node, Connection connection, uint id, Subscription subscription, TokenVerdict<SubscriptionToken> verdict)
    {
        switch (verdict.Status)
        {
            case TokenStatus.Expired:
                // An error alone would be final to the SDK; told that it expired, it subscribes again with a new token.
                connection.EndSubscription(subscription, Unsubscribes.Expired);
                return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.TokenExpired);
            case TokenStatus.Unavailable:
                return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Internal);
            case TokenStatus.Invalid:
                return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
        }
        var token = verdict.Token!;
        if (!connection.IsHolderOf(token, subscription.Channel.Name) || node.Revocations.IsRevoked(token.User, token.Stamp)) return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
        var ttl = Grant.TtlOf(token.SubscriptionExpiresAt, node.Time);
        if (token.SubscriptionExpiresAt != 0 && ttl == 0) return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Expired);
        connection.Renew(subscription, token.SubscriptionExpiresAt, token.Info, token.Stamp, token.Rights);
        // From here on a revocation of the token finds it; one that came in between is found here, and does the same.
        if (node.Revocations.IsRevoked(token.User, token.Stamp))
        {
            connection.EndSubscription(subscription, Unsubscribes.Server);
            return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.PermissionDenied);
        }
        return CommandTable.AnswerAsync(connection, new Reply
        {
            Id = id,
            SubRefresh = new SubRefreshResult { Expires = token.SubscriptionExpiresAt != 0, Ttl = ttl },
        });
    }
}
