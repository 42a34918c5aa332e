using Starling.Access;
using Starling.Channels;
using Starling.Cluster;
using Starling.History;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>The way every subscription is opened, whoever asked for it: into the channel, to its position; the caller tells
/// the client and lets it go live.</summary>
internal static class SubscriptionOpening
{
    /// <param name="node">The node.</param>
    /// <param name="connection">Whose subscription.</param>
    /// <param name="channel">Checked name.</param>
    /// <param name="rules">Of the channel.</param>
    /// <param name="terms">What it is to be.</param>
    /// <param name="request">Says from where a client goes on.</param>
    /// <param name="result">Filled in: the reply, or what goes into a push.</param>
    public static ValueTask<SubscribeOutcome> OpenAsync(
        Node node, Connection connection, string channel, ChannelRules rules, SubscriptionTerms terms, SubscribeRequest request, SubscribeResult result)
    {
        result.Data = terms.Data;
        result.Delta = terms.HasDelta;
        var adding = node.SubscribeAsync(connection, channel, rules, terms);
        if (!terms.Features.Positioned && adding.IsCompletedSuccessfully) return EnterAsync(node, connection, adding.Result, result);
        return PlaceAsync(node, connection, terms, request, adding, result);
    }

    /// <summary>The way of a subscription that has a position, or that has to wait for the broker.</summary>
    private static async ValueTask<SubscribeOutcome> PlaceAsync(
        Node node, Connection connection, SubscriptionTerms terms, SubscribeRequest request, ValueTask<SubscribeOutcome> adding, SubscribeResult result)
    {
        var outcome = await adding;
        if (outcome.Subscription is { IsPositioned: true } subscription
            && await SubscribePosition.PlaceAsync(subscription, request, terms, result) is { } error)
        {
            connection.Withdraw(subscription);
            return new SubscribeOutcome(null, error);
        }
        return await EnterAsync(node, connection, outcome, result);
    }

    /// <summary>Who is answered is listed (protocol 3.6 point 7).</summary>
    private static ValueTask<SubscribeOutcome> EnterAsync(Node node, Connection connection, SubscribeOutcome outcome, SubscribeResult result)
    {
        if (outcome.Subscription is { UsesId: true, Channel: var channel }) result.Id = channel.Id;
        if (outcome.Subscription is not { Member: not null } subscription) return ValueTask.FromResult(outcome);
        var entering = node.Presence.EnterAsync(subscription);
        return entering is { IsCompletedSuccessfully: true, Result: true }
            ? ValueTask.FromResult(outcome)
            : AwaitEnteredAsync(connection, outcome, entering);
    }

    private static async ValueTask<SubscribeOutcome> AwaitEnteredAsync(Connection connection, SubscribeOutcome outcome, ValueTask<bool> entering)
    {
        if (await entering) return outcome;
        connection.Withdraw(outcome.Subscription!);
        return new SubscribeOutcome(null, ProtocolErrors.Internal);
    }
}
