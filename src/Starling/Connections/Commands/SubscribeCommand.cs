using Starling.Access;
using Starling.Channels;
using Starling.Cluster;
using Starling.History;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Subscribes to a channel (protocol 3.6).</summary>
internal static class SubscribeCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, SubscribeRequest request)
    {
        var channel = request.Channel;
        if (channel.Length == 0 || request.Delta is not ("" or "fossil"))
        {
            return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        }
        if (Judge(node, connection, request, out var rules) is { } error) return CommandTable.RefuseAsync(node, connection, id, error);
        if (node.Handlers.Subscribing is not null) return AskHandlerAsync(node, connection, id, request, rules);
        return SubscribeAsync(node, connection, id, request, rules, SubscribingResult.Accept());
    }

    /// <summary>Everything that can be said without waiting, in the protocol's order.</summary>
    private static ProtocolError? Judge(Node node, Connection connection, SubscribeRequest request, out ChannelRules rules)
    {
        var channel = request.Channel;
        rules = null!;
        if (connection.FindSubscription(channel) is not null) return ProtocolErrors.AlreadySubscribed;
        if (connection.SubscriptionCount >= node.Limits.ChannelLimit) return ProtocolErrors.LimitExceeded;
        if (node.Namespaces.TryFindForClient(channel, out rules) is { } nameError) return nameError;
        if (request.Type == SubscriptionType.SharedPoll) return ProtocolErrors.NotAvailable;
        if (request.Type != SubscriptionType.Stream || rules.SubscriptionType != ChannelSubscriptionType.Stream) return ProtocolErrors.PermissionDenied;
        if (request.Tf is not null && (!rules.AllowsTagsFilter || TagFilter.TryCreate(request.Tf) is null)) return ProtocolErrors.BadRequest;
        if (node.Handlers.Subscribing is not null || node.Access.Insecure) return null;
        return ChannelAccess.MaySubscribe(channel, rules, connection.User, request.Token);
    }

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
        Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, SubscribingResult result)
    {
        var mayReadHistory = node.Access.Insecure || ChannelAccess.MayReadHistory(rules, connection.User, isSubscribed: true) is null;
        var (positioned, recoverable) = SubscribePosition.Features(rules, request, mayReadHistory);
        var filter = request.Tf is null ? null : TagFilter.TryCreate(request.Tf);
        var adding = node.SubscribeAsync(connection, request.Channel, rules, SubscriptionSide.Client, result.Info, positioned, filter);
        var reply = new SubscribeResult { Data = result.Data };
        if (!positioned && adding.IsCompletedSuccessfully) return AnswerAsync(node, connection, id, adding.Result, reply);
        return PlaceAsync(node, connection, id, request, recoverable, adding, reply);
    }

    /// <summary>The way of a subscription that has a position, or that has to wait for the broker.</summary>
    private static async ValueTask PlaceAsync(
        Node node, Connection connection, uint id, SubscribeRequest request, bool recoverable, ValueTask<SubscribeOutcome> adding, SubscribeResult reply)
    {
        var outcome = await adding;
        if (outcome.Subscription is { IsPositioned: true } subscription)
        {
            var error = await SubscribePosition.PlaceAsync(subscription, request, recoverable, node.Limits.RecoveryPublicationsMax, reply);
            if (error is not null)
            {
                connection.Withdraw(subscription);
                outcome = new SubscribeOutcome(null, error);
            }
        }
        await AnswerAsync(node, connection, id, outcome, reply);
    }

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
