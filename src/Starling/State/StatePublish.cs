using Starling.Access;
using Starling.Brokers;
using Starling.Channels;
using Starling.Cluster;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.State;

/// <summary>Writes and removes keys on behalf of a client (protocol 4.12).</summary>
internal static class StatePublish
{
    /// <summary>Judges what a client wants to do with a key, and does it.</summary>
    /// <param name="node">The node.</param>
    /// <param name="connection">Who writes; closed when a handler says so.</param>
    /// <param name="request">Which key, and what; valid until the first wait.</param>
    /// <param name="rules">Of the channel.</param>
    /// <param name="idempotencyKey">A repeat with it changes nothing; empty for none.</param>
    public static ValueTask<PublishOutcome> PublishAsync(
        Node node, Connection connection, PublishRequest request, ChannelRules rules, string idempotencyKey)
    {
        if (rules.State is not { } state || (!request.Removed && !PayloadCheck.Accepts(rules.DataFormat, request.Data.Span)))
        {
            return RefuseAsync(ProtocolErrors.BadRequest);
        }
        var subscription = connection.FindSubscription(request.Channel);
        var decide = node.Handlers.Publishing;
        if (decide is null && (request.Removed ? state.RemoveProxy : state.PublishProxy) is not null) decide = context => node.Hooks.WriteKeyAsync(context, state);
        if (decide is null && !node.Access.Insecure
            && ClientAccess.MayWriteKeys(connection, request.Channel, rules, state, subscription, request.Removed) is { } denied)
        {
            return RefuseAsync(denied);
        }
        if (state.ClientKey == ChannelMapClientKey.UserId && connection.User.Length == 0) return RefuseAsync(ProtocolErrors.PermissionDenied);
        var key = state.ClientKey switch
        {
            ChannelMapClientKey.ClientId => connection.Id.ToString(),
            ChannelMapClientKey.UserId => connection.User,
            _ => request.Key,
        };
        if (!StateWrite.IsKey(key)) return RefuseAsync(ProtocolErrors.BadRequest);
        // The data outlives the frame.
        var asked = new Asked(request.Channel, key, request.Data.ToArray(), request.Removed, subscription, idempotencyKey);
        return decide is null ? WriteAsync(node, connection, state, asked, decided: null) : AskAsync(node, connection, state, asked, decide);
    }

    /// <summary>The application decides: a handler of its own, or a back end.</summary>
    private static async ValueTask<PublishOutcome> AskAsync(
        Node node, Connection connection, StateRules state, Asked asked, Func<PublishingContext, ValueTask<PublishingResult>> decide)
    {
        PublishingResult result;
        try
        {
            result = await decide(
                new PublishingContext(connection, asked.Channel, asked.Data, asked.Subscription is not null, asked.Key, asked.IsRemoval));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "publishing", connection.Id, error);
            result = PublishingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        if (connection.IsEvicted) return new PublishOutcome(ProtocolErrors.PermissionDenied);   // the server's last word holds (attack A74)
        if (result.Disconnect is not null || result.Error is not null) return new PublishOutcome(result.Error ?? ProtocolErrors.PermissionDenied);
        return await WriteAsync(node, connection, state, result.Data is { } data ? asked with { Data = data } : asked, result);
    }

    private static async ValueTask<PublishOutcome> WriteAsync(
        Node node, Connection connection, StateRules state, Asked asked, PublishingResult? decided)
    {
        var value = asked.IsRemoval ? null : new Publication
        {
            Data = asked.Data,
            Info = connection.PublisherInfo(asked.Subscription),
            Tags = decided?.Tags is { } tags ? new Dictionary<string, string>(tags) : null,
            Score = decided?.Terms?.Score ?? 0,
        };
        var write = new StateWrite(asked.Key, value) { IdempotencyKey = asked.IdempotencyKey };
        if (decided?.Terms is { } terms) write = terms.Apply(write);
        if (!StateWrite.IsKey(write.Key)) return new PublishOutcome(ProtocolErrors.BadRequest);
        var result = await node.Broker.WriteStateAsync(asked.Channel, write, state.Storage, node.Stopping);
        return new PublishOutcome(StateOperations.ErrorOf(result.Status), result.Offset, result.Epoch);   // to remove an absent key succeeds
    }

    private static ValueTask<PublishOutcome> RefuseAsync(ProtocolError error) => ValueTask.FromResult(new PublishOutcome(error));

    /// <summary>What the client wants, judged as far as that goes without waiting.</summary>
    private sealed record Asked(
        string Channel, string Key, ReadOnlyMemory<byte> Data, bool IsRemoval, Subscription? Subscription, string IdempotencyKey);
}
