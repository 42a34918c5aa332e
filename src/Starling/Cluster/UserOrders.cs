using Starling.Channels;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.Cluster;

/// <summary>Which connections of a node an order is for.</summary>
/// <param name="User">Matched exactly: the empty name means anonymous connections, not all.</param>
/// <param name="Client">Only the connection with this id; empty for every connection of the user.</param>
/// <param name="Session">Only the connection with this session, which clients of a transport without a socket of their own have;
/// empty for any.</param>
internal readonly record struct OrderTarget(string User, string Client, string Session);

/// <summary>What the server orders about the connections of a user: subscribe, unsubscribe, go.</summary>
/// <remarks>An order is carried out on the connections there are; one that matches none has succeeded.</remarks>
internal sealed class UserOrders(Node node)
{
    /// <summary>Subscribes connections that have not asked for it; each is told by a subscribe push before the first publication.
    /// A connection that is subscribed already, by itself or by the server, stays as it is.</summary>
    /// <param name="target">Which connections.</param>
    /// <param name="channel">Any name of a known namespace; no permission is asked for.</param>
    /// <param name="grant">What the subscription has of its own.</param>
    /// <param name="since">Where its publications start; <see langword="null"/>: with the next one.</param>
    /// <returns><see langword="null"/>, or the error: 102 unknown namespace, 107 no name or no stream channel, 106 a connection
    /// has as many channels as it may, 100 the broker does not answer (the others are subscribed nevertheless).</returns>
    public async ValueTask<ProtocolError?> SubscribeAsync(OrderTarget target, string channel, ServerSubscription grant, StreamPosition? since)
    {
        if (channel.Length == 0) return ProtocolErrors.BadRequest;
        if (node.Namespaces.Find(channel) is not { } rules) return ProtocolErrors.UnknownChannel;
        if (rules.SubscriptionType != ChannelSubscriptionType.Stream) return ProtocolErrors.BadRequest;
        if (grant.ExpiresAt is { } end && end <= node.Time.GetUtcNow()) return ProtocolErrors.BadRequest;
        var request = new SubscribeRequest { Recover = since is not null, Offset = since?.Offset ?? 0, Epoch = since?.Epoch ?? "" };
        ProtocolError? refusal = null;
        foreach (var connection in Find(target))
        {
            // What was missed follows the push: it has no room for publications (protocol 4.4).
            var terms = node.TermsFor(connection, channel, rules, request, SubscriptionSide.Server, grant.Override) with
            {
                Info = grant.Info,
                Data = grant.Data,
                Grant = connection.GrantOf(stamp: null, grant.ExpiresAt?.ToUnixTimeSeconds() ?? 0),
            };
            var result = new SubscribeResult();
            var outcome = await SubscriptionOpening.OpenAsync(node, connection, channel, rules, terms, request, result);
            if (outcome.Subscription is { } subscription)
            {
                connection.SendAndGoLive(new Reply { Push = PushOf(channel, result) }, subscription);
                connection.Flush();
            }
            else if (outcome.Error is { } error && error.Code != ProtocolErrors.AlreadySubscribed.Code)
            {
                refusal = error;
            }
        }
        return refusal;
    }

    /// <summary>Ends subscriptions, whoever asked for them.</summary>
    /// <param name="target">Which connections.</param>
    /// <param name="channel">The channel; empty for all of them.</param>
    /// <param name="reason">What the client is told; a code of 2000–2999.</param>
    public void Unsubscribe(OrderTarget target, string channel, Unsubscribe reason)
    {
        foreach (var connection in Find(target))
        {
            if (channel.Length > 0)
            {
                connection.Unsubscribe(channel, PushOf(channel, reason));
            }
            else
            {
                connection.RevokePending();
                foreach (var subscription in connection.Subscriptions())
                {
                    connection.Unsubscribe(subscription.Channel.Name, PushOf(subscription.Channel.Name, reason));
                }
            }
            connection.Flush();
        }
    }

    /// <summary>Gives connections another expiry, which their clients are told.</summary>
    /// <param name="target">Which connections.</param>
    /// <param name="expiresAt">In Unix seconds; 0: they never expire. A time that has passed ends them with 3005.</param>
    /// <param name="info">New `conn_info`; <see langword="null"/>: as before.</param>
    public void Refresh(OrderTarget target, long expiresAt, ReadOnlyMemory<byte>? info)
    {
        var ttl = Grant.TtlOf(expiresAt, node.Time);
        foreach (var connection in Find(target))
        {
            if (expiresAt != 0 && ttl == 0)
            {
                connection.Disconnect(Disconnects.Expired);
                continue;
            }
            connection.Renew(expiresAt, info, token: null);
            connection.Send(new Reply { Push = new Push { Refresh = new RefreshPush { Expires = expiresAt != 0, Ttl = ttl } } });
            connection.Flush();
        }
    }

    /// <summary>Ends connections; what was published before is still delivered to them.</summary>
    /// <param name="target">Which connections.</param>
    /// <param name="spared">Ids of connections that stay.</param>
    /// <param name="reason">What the client is told.</param>
    public void Disconnect(OrderTarget target, IReadOnlyCollection<string> spared, Disconnect reason)
    {
        foreach (var connection in Find(target))
        {
            if (spared.Count == 0 || !spared.Contains(connection.Id.ToString())) connection.Disconnect(reason);
        }
    }

    private Connection[] Find(OrderTarget target)
    {
        var found = node.Connections.Find(target.User, target.Client);
        return target.Session.Length == 0 ? found : [.. found.Where(connection => connection.Session == target.Session)];
    }

    private static Push PushOf(string channel, SubscribeResult result) => new()
    {
        Channel = channel,
        Subscribe = new SubscribePush
        {
            Recoverable = result.Recoverable,
            Positioned = result.Positioned,
            Epoch = result.Epoch,
            Offset = result.Offset,
            Data = result.Data,
        },
    };

    private static Reply PushOf(string channel, Unsubscribe reason) =>
        new() { Push = new Push { Channel = channel, Unsubscribe = new UnsubscribePush { Code = reason.Code, Reason = reason.Reason } } };
}
