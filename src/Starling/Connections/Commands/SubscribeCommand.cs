using Starling.Access;
using Starling.Channels;
using Starling.Cluster;
using Starling.Protocol;
using Starling.SharedPoll;
using Starling.State;
using Starling.Tokens;

namespace Starling.Connections.Commands;

/// <summary>Subscribes to a channel (protocol 3.6).</summary>
internal static class SubscribeCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, SubscribeRequest request)
    {
        var channel = request.Channel;
        if (channel.Length == 0 || request.Delta is not ("" or ChannelRules.DeltaFossil))
        {
            return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        }
        if (StateSubscribe.FindLoading(connection, request) is { } loading) return StateSubscribe.ContinueAsync(node, loading, id, request);
        if (Judge(node, connection, request, out var rules) is { } error) return CommandTable.RefuseAsync(node, connection, id, error);
        if (request.Token.Length > 0 && node.Tokens.Subscriptions is { IsConfigured: true } tokens) return VerifyAsync(node, connection, id, request, rules, tokens);
        if (node.Handlers.Subscribing is { } handler) return AskAsync(node, connection, id, request, rules, token: null, handler);
        if (rules.SubscribeProxy is not null && !ChannelAccess.IsDecidedByName(channel, rules))
        {
            return AskAsync(node, connection, id, request, rules, token: null, context => node.Hooks.SubscribeAsync(context, rules));
        }
        if (!node.Access.Insecure && ClientAccess.MaySubscribe(connection, channel, rules, request.Token) is { } denied)
        {
            return CommandTable.RefuseAsync(node, connection, id, denied);
        }
        return SubscribeAsync(node, connection, id, request, rules, SubscribingResult.Accept(), token: null);
    }

    /// <summary>A token was sent: it decides, and the options of the namespace are not asked (protocol 3.6).</summary>
    private static ValueTask VerifyAsync(Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, TokenVerifier tokens)
    {
        var verifying = tokens.VerifySubscriptionAsync(request.Token);
        if (verifying.IsCompletedSuccessfully) return JudgeTokenAsync(node, connection, id, request, rules, verifying.Result);
        request.Data = request.Data.ToArray();   // the frame is gone when the keys are there
        return AwaitTokenAsync(node, connection, id, request, rules, verifying);
    }

    private static async ValueTask AwaitTokenAsync(
        Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, ValueTask<TokenVerdict<SubscriptionToken>> verifying)
    {
        connection.BeginSubscribe(request.Channel);
        var verdict = await verifying;
        if (connection.TryEndSubscribe()) await JudgeTokenAsync(node, connection, id, request, rules, verdict);
        else await CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.PermissionDenied);
    }

    private static ValueTask JudgeTokenAsync(
        Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, TokenVerdict<SubscriptionToken> verdict)
    {
        switch (verdict.Status)
        {
            case TokenStatus.Expired:
                // Who goes on with keyed state would not fetch a new token for 109; who begins anew does.
                var isGoingOn = rules.State is not null && request.Recover;
                return CommandTable.RefuseAsync(node, connection, id, isGoingOn ? ProtocolErrors.UnrecoverablePosition : ProtocolErrors.TokenExpired);
            case TokenStatus.Unavailable:
                return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Internal);
            case TokenStatus.Invalid:
                return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.PermissionDenied);
        }
        var token = verdict.Token!;
        if (!connection.IsHolderOf(token, request.Channel)) return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
        if (node.Revocations.IsRevoked(token.User, token.Stamp)) return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.PermissionDenied);
        return node.Handlers.Subscribing is { } handler
            ? AskAsync(node, connection, id, request, rules, token, handler)
            : SubscribeAsync(node, connection, id, request, rules, SubscribingResult.Accept(), token);
    }

    /// <summary>Everything that can be said without waiting, in the protocol's order.</summary>
    private static ProtocolError? Judge(Node node, Connection connection, SubscribeRequest request, out ChannelRules rules)
    {
        var channel = request.Channel;
        rules = null!;
        if (connection.FindSubscription(channel) is not null)
        {
            return StateSubscribe.IsContinuation(request) ? ProtocolErrors.PermissionDenied : ProtocolErrors.AlreadySubscribed;
        }
        if (connection.SubscriptionCount >= node.Limits.ChannelLimit) return ProtocolErrors.LimitExceeded;
        if (node.Namespaces.TryFindForClient(channel, out rules) is { } nameError) return nameError;
        if (request.Type == SubscriptionType.SharedPoll && (rules.Poll is null || !node.Polls.IsAvailable(rules.Poll))) return ProtocolErrors.NotAvailable;
        if (request.Type != SubscriptionType.SharedPoll && rules.Poll is not null) return ProtocolErrors.BadRequest;
        if ((int)request.Type != (int)rules.SubscriptionType) return ProtocolErrors.PermissionDenied;
        if (rules.State is { } state && StateSubscribe.Judge(state, request) is { } stateError) return stateError;
        return request.Tf is not null && !MayFilter(rules, request) ? ProtocolErrors.BadRequest : null;
    }

    /// <summary>A patch needs the publication before it, which a filter may have kept back: never both (protocol 4.9).</summary>
    private static bool MayFilter(ChannelRules rules, SubscribeRequest request) =>
        rules.AllowsTagsFilter && TagFilter.TryCreate(request.Tf!) is not null && (request.Delta.Length == 0 || !rules.AllowsDelta);

    /// <summary>The application decides: a handler of its own, or a back end.</summary>
    private static async ValueTask AskAsync(
        Node node,
        Connection connection,
        uint id,
        SubscribeRequest request,
        ChannelRules rules,
        SubscriptionToken? token,
        Func<SubscribingContext, ValueTask<SubscribingResult>> decide)
    {
        request.Data = request.Data.ToArray();   // the frame is gone when the handler goes on
        connection.BeginSubscribe(request.Channel);
        SubscribingResult result;
        try
        {
            result = await decide(new SubscribingContext(connection, request, token is not null));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "subscribing", connection.Id, error);
            result = SubscribingResult.Refuse(ProtocolErrors.Internal);
        }
        // What the server decided last holds (attack A74).
        if (!connection.TryEndSubscribe()) result = SubscribingResult.Refuse(ProtocolErrors.PermissionDenied);
        if (result.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        else if (result.Error is { } refusal) await CommandTable.RefuseAsync(node, connection, id, refusal);
        else await SubscribeAsync(node, connection, id, request, rules, result, token);
    }

    private static ValueTask SubscribeAsync(
        Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, SubscribingResult granted, SubscriptionToken? token)
    {
        var expiresAt = granted.ExpiresAt?.ToUnixTimeSeconds() ?? token?.SubscriptionExpiresAt ?? 0;
        var ttl = Grant.TtlOf(expiresAt, node.Time);
        var result = rules.SubRefreshProxy is null ? new SubscribeResult { Expires = expiresAt != 0, Ttl = ttl } : new SubscribeResult();
        if (expiresAt != 0 && ttl == 0) return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Expired);
        var rights = token?.Rights ?? ChannelRights.None;
        var terms = node.TermsFor(connection, request.Channel, rules, request, SubscriptionSide.Client, granted.Override ?? token?.Override, rights) with
        {
            Info = granted.Info.IsEmpty && token is not null ? token.Info : granted.Info,
            Data = granted.Data.IsEmpty && token is not null ? token.Data : granted.Data,
            Grant = connection.GrantOf(token?.Stamp, expiresAt, rights),
            RecoveredMax = node.Limits.RecoveryPublicationsMax,
            RecoveredBytesMax = connection.ReplyRoom,
            Filter = request.Tf is null ? null : TagFilter.TryCreate(request.Tf),
            UsesId = request.Flag.HasFlag(SubscribeFlags.ChannelCompaction) && connection.Wire == Wire.Json,   // decision 0004
            HasDelta = request.Delta.Length > 0 && rules.AllowsDelta,
        };
        // Its results have no room for an expiry (protocol 4.12), which holds all the same: the client hears of it by 2501.
        if (rules.State is not null) return StateSubscribe.BeginAsync(node, connection, id, request, rules, terms);
        if (rules.Poll is not null) return SharedPollSubscribe.BeginAsync(node, connection, id, request, rules, terms, result);
        var opening = SubscriptionOpening.OpenAsync(node, connection, request.Channel, rules, terms, request, result);
        return opening.IsCompletedSuccessfully
            ? AnswerAsync(node, connection, id, opening.Result, result)
            : AwaitAsync(node, connection, id, opening, result);
    }

    private static async ValueTask AwaitAsync(
        Node node, Connection connection, uint id, ValueTask<SubscribeOutcome> opening, SubscribeResult result) =>
        await AnswerAsync(node, connection, id, await opening, result);

    private static ValueTask AnswerAsync(Node node, Connection connection, uint id, SubscribeOutcome outcome, SubscribeResult result)
    {
        if (outcome.Error is { } error) return CommandTable.RefuseAsync(node, connection, id, error);
        if (outcome.Subscription is { } subscription)
        {
            connection.SendAndGoLive(new Reply { Id = id, Subscribe = result }, subscription);
        }
        return default;   // neither: the connection is over
    }
}
