using Starling.Access;
using Starling.Channels;
using Starling.Cluster;
using Starling.Protocol;
using Starling.State;

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
        if (node.Handlers.Subscribing is not null) return AskHandlerAsync(node, connection, id, request, rules);
        return SubscribeAsync(node, connection, id, request, rules, SubscribingResult.Accept());
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
        if (request.Type == SubscriptionType.SharedPoll) return ProtocolErrors.NotAvailable;
        if ((int)request.Type != (int)rules.SubscriptionType) return ProtocolErrors.PermissionDenied;
        if (rules.State is { } state && StateSubscribe.Judge(state, request) is { } stateError) return stateError;
        if (request.Tf is not null && !MayFilter(rules, request)) return ProtocolErrors.BadRequest;
        if (node.Handlers.Subscribing is not null || node.Access.Insecure) return null;
        return ChannelAccess.MaySubscribe(channel, rules, connection.User, request.Token);
    }

    /// <summary>A patch needs the publication before it, which a filter may have kept back: never both (protocol 4.9).</summary>
    private static bool MayFilter(ChannelRules rules, SubscribeRequest request) =>
        rules.AllowsTagsFilter && TagFilter.TryCreate(request.Tf!) is not null && (request.Delta.Length == 0 || !rules.AllowsDelta);

    private static async ValueTask AskHandlerAsync(Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules)
    {
        request.Data = request.Data.ToArray();   // the frame is gone when the handler goes on
        SubscribingResult result;
        try
        {
            result = await node.Handlers.Subscribing!(new SubscribingContext(connection, request));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "subscribing", connection.Id, error);
            result = SubscribingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        else if (result.Error is { } refusal) await CommandTable.RefuseAsync(node, connection, id, refusal);
        else await SubscribeAsync(node, connection, id, request, rules, result);
    }

    private static ValueTask SubscribeAsync(
        Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, SubscribingResult granted)
    {
        var terms = node.TermsFor(connection, rules, request, SubscriptionSide.Client, granted.Override) with
        {
            Info = granted.Info,
            Data = granted.Data,
            RecoveredMax = node.Limits.RecoveryPublicationsMax,
            RecoveredBytesMax = connection.ReplyRoom,
            Filter = request.Tf is null ? null : TagFilter.TryCreate(request.Tf),
            UsesId = request.Flag.HasFlag(SubscribeFlags.ChannelCompaction) && connection.Wire == Wire.Json,   // decision 0004
            HasDelta = request.Delta.Length > 0 && rules.AllowsDelta,
        };
        if (rules.State is not null) return StateSubscribe.BeginAsync(node, connection, id, request, rules, terms);
        var result = new SubscribeResult();
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
