using Starling.Access;
using Starling.Brokers;
using Starling.Channels;
using Starling.Cluster;
using Starling.Protocol;
using Starling.State;

namespace Starling.Connections.Commands;

/// <summary>Publishes into a channel on behalf of a client (protocol 3.7, 4.8).</summary>
internal static class PublishCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, PublishRequest request)
    {
        if (request.Channel.Length == 0) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        var publishing = PublishAsync(node, connection, request, idempotencyKey: "");
        return publishing.IsCompletedSuccessfully
            ? AnswerAsync(node, connection, id, publishing.Result)
            : AwaitAsync(node, connection, id, publishing);
    }

    /// <summary>Judges what a client publishes, and publishes it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="connection">Who publishes; closed when a handler says so.</param>
    /// <param name="request">Into which channel, and what; valid until the first wait.</param>
    /// <param name="idempotencyKey">A repeat with it changes nothing and has the first one's outcome; empty for none.</param>
    public static ValueTask<PublishOutcome> PublishAsync(Node node, Connection connection, PublishRequest request, string idempotencyKey)
    {
        var channel = request.Channel;
        if (node.Namespaces.TryFindForClient(channel, out var rules) is { } nameError) return RefuseAsync(nameError);
        if (!node.Handlers.Messages.IsEmpty && !request.Removed && node.Handlers.Messages.Check(rules.Namespace, request.Data.Span) is { } invalid)
        {
            node.Metrics.MessagesRefused.Add(1);
            return RefuseAsync(invalid);
        }
        if (request.Type == PublishType.Map) return StatePublish.PublishAsync(node, connection, request, rules, idempotencyKey);
        if (request.Type != PublishType.Stream || rules.SubscriptionType != ChannelSubscriptionType.Stream || !PayloadCheck.Accepts(rules.DataFormat, request.Data.Span))
        {
            return RefuseAsync(ProtocolErrors.BadRequest);
        }
        var subscription = connection.FindSubscription(channel);
        byte[] data = request.Data.ToArray();   // outlives the frame
        var storage = idempotencyKey.Length == 0 ? rules.Storage : rules.Storage with { IdempotencyKey = idempotencyKey };
        if (node.Handlers.Publishing is { } handler) return AskAsync(node, connection, channel, storage, data, subscription, handler);
        if (rules.PublishProxy is not null)
        {
            return AskAsync(node, connection, channel, storage, data, subscription, context => node.Hooks.PublishAsync(context, rules));
        }
        if (!node.Access.Insecure && ClientAccess.MayPublish(connection, channel, rules, subscription) is { } denied) return RefuseAsync(denied);
        return StoreAsync(node, channel, storage, new Publication { Data = data, Info = connection.PublisherInfo(subscription) });
    }

    /// <summary>The application decides: a handler of its own, or a back end.</summary>
    private static async ValueTask<PublishOutcome> AskAsync(
        Node node,
        Connection connection,
        string channel,
        PublishOptions storage,
        byte[] data,
        Subscription? subscription,
        Func<PublishingContext, ValueTask<PublishingResult>> decide)
    {
        PublishingResult result;
        try
        {
            result = await decide(new PublishingContext(connection, channel, data, subscription is not null));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "publishing", connection.Id, error);
            result = PublishingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        if (connection.IsEvicted) return new PublishOutcome(ProtocolErrors.PermissionDenied);   // the server's last word holds (attack A74)
        if (result.Disconnect is not null || result.Error is not null) return new PublishOutcome(result.Error ?? ProtocolErrors.PermissionDenied);
        return await StoreAsync(node, channel, result.Terms?.Apply(storage) ?? storage, new Publication
        {
            Data = result.Data ?? data,
            Info = connection.PublisherInfo(subscription),
            Tags = result.Tags is null ? null : new Dictionary<string, string>(result.Tags),
        });
    }

    private static ValueTask<PublishOutcome> StoreAsync(Node node, string channel, PublishOptions storage, Publication publication)
    {
        var publishing = node.Broker.PublishAsync(channel, publication, storage, node.Stopping);
        return publishing.IsCompletedSuccessfully ? ValueTask.FromResult(PublishOutcome.Of(publishing.Result)) : AwaitAsync(publishing);
    }

    private static async ValueTask<PublishOutcome> AwaitAsync(ValueTask<Brokers.PublishResult> publishing) => PublishOutcome.Of(await publishing);

    private static ValueTask<PublishOutcome> RefuseAsync(ProtocolError error) => ValueTask.FromResult(new PublishOutcome(error));

    private static async ValueTask AwaitAsync(Node node, Connection connection, uint id, ValueTask<PublishOutcome> publishing) =>
        await AnswerAsync(node, connection, id, await publishing);

    private static ValueTask AnswerAsync(Node node, Connection connection, uint id, PublishOutcome outcome) => outcome.Error is { } error
        ? CommandTable.RefuseAsync(node, connection, id, error)
        : CommandTable.AnswerAsync(connection, new Reply { Id = id, Publish = new Protocol.PublishResult() });
}
