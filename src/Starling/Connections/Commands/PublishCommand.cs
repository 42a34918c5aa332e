using Starling.Access;
using Starling.Brokers;
using Starling.Channels;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Publishes into a channel on behalf of a client (protocol 3.7, 4.8).</summary>
internal static class PublishCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, PublishRequest request)
    {
        var channel = request.Channel;
        if (channel.Length == 0) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        if (node.Namespaces.TryFindForClient(channel, out var rules) is { } nameError)
        {
            return CommandTable.RefuseAsync(node, connection, id, nameError);
        }
        if (request.Type != PublishType.Stream || rules.SubscriptionType != ChannelSubscriptionType.Stream || !PayloadCheck.Accepts(rules.DataFormat, request.Data.Span))
        {
            return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.BadRequest);
        }
        var subscription = connection.FindSubscription(channel);
        byte[] data = request.Data.ToArray();   // outlives the frame
        if (node.Handlers.Publishing is not null) return AskHandlerAsync(node, connection, id, channel, rules, data, subscription);
        if (!node.Access.Insecure && ChannelAccess.MayPublish(rules, connection.User, subscription is not null) is { } denied)
        {
            return CommandTable.RefuseAsync(node, connection, id, denied);
        }
        return PublishAsync(node, connection, id, channel, rules, new Publication { Data = data, Info = connection.PublisherInfo(subscription) });
    }

    private static async ValueTask AskHandlerAsync(
        Node node, Connection connection, uint id, string channel, ChannelRules rules, byte[] data, Subscription? subscription)
    {
        PublishingResult result;
        try
        {
            result = await node.Handlers.Publishing!(new PublishingContext(connection, channel, data, subscription is not null));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "publishing", connection.Id, error);
            result = PublishingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect)
        {
            connection.Disconnect(disconnect);
        }
        else if (result.Error is { } refusal)
        {
            await CommandTable.RefuseAsync(node, connection, id, refusal);
        }
        else
        {
            await PublishAsync(node, connection, id, channel, rules, new Publication
            {
                Data = result.Data ?? data,
                Info = connection.PublisherInfo(subscription),
                Tags = result.Tags is null ? null : new Dictionary<string, string>(result.Tags),
            });
        }
    }

    private static ValueTask PublishAsync(Node node, Connection connection, uint id, string channel, ChannelRules rules, Publication publication)
    {
        var publishing = node.Broker.PublishAsync(channel, publication, rules.Storage, node.Stopping);
        return publishing.IsCompletedSuccessfully
            ? AnswerAsync(node, connection, id, publishing.Result)
            : AwaitAsync(node, connection, id, publishing);
    }

    private static async ValueTask AwaitAsync(Node node, Connection connection, uint id, ValueTask<Brokers.PublishResult> publishing) =>
        await AnswerAsync(node, connection, id, await publishing);

    private static ValueTask AnswerAsync(Node node, Connection connection, uint id, Brokers.PublishResult result) =>
        result.Status == PublishStatus.Accepted
            ? CommandTable.AnswerAsync(connection, new Reply { Id = id, Publish = new Protocol.PublishResult() })
            : CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Internal);
}
