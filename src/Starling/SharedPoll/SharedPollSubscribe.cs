using Starling.Access;
using Starling.Channels;
using Starling.Cluster;
using Starling.Connections;
using Starling.Connections.Commands;
using Starling.Protocol;

namespace Starling.SharedPoll;

/// <summary>Subscribes to a shared poll channel (protocol 4.10): nothing comes before keys are tracked.</summary>
internal static class SharedPollSubscribe
{
    public static async ValueTask BeginAsync(
        Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, SubscriptionTerms terms, SubscribeResult result)
    {
        var outcome = await SubscriptionOpening.OpenAsync(node, connection, request.Channel, rules, terms, request, result);
        if (outcome.Error is { } error) await CommandTable.RefuseAsync(node, connection, id, error);
        if (outcome.Subscription is not { } subscription) return;
        result.Type = SubscriptionType.SharedPoll;
        result.Epoch = node.Polls.Enter(request.Channel, rules.Poll!).Epoch;
        connection.SendAndGoLive(new Reply { Id = id, Subscribe = result }, subscription);
    }
}
