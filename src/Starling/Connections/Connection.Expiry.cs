using Starling.Access;
using Starling.Channels;
using Starling.Presence;
using Starling.Protocol;
using Starling.Tokens;

namespace Starling.Connections;

/// <summary>How long a connection and its subscriptions may stay (protocol 4.2). Deadlines lie on the wheel's time: what
/// happens to the clock once a token was judged changes nothing.</summary>
internal sealed partial class Connection
{
    /// <summary>The next time to look, the client's time to renew included; 0 for most connections: nothing expires.</summary>
    private long _expiryDueMs;

    /// <summary>Somebody who may not stay has this long to take the news; revoking promises one second.</summary>
    private const int EvictionMs = 600;

    private PendingSubscribe _pending;

    private long _evictMs;

    /// <summary>The node's revocations as they were when the connect command came.</summary>
    public long DecidedFrom { get; set; }

    /// <summary>It has lost the right to anything: what is still being decided about for it is refused.</summary>
    public bool IsEvicted => Volatile.Read(ref _evictMs) != 0;

    /// <summary>Ends the connection, which has lost the right to anything: nothing that waits is delivered, and a peer that does
    /// not close by itself is cut off.</summary>
    public void Evict(Disconnect disconnect)
    {
        lock (_gate)
        {
            Volatile.Write(ref _evictMs, _node.Wheel.NowMs + EvictionMs);
            if (_isClosing) DropCursors();
            _control.Drop();
        }
        Disconnect(disconnect, mayReadOn: false);
    }

    /// <summary>The client asks for a channel, and somebody outside has to be waited for: an order to unsubscribe that comes
    /// meanwhile must not be lost.</summary>
    public void BeginSubscribe(string channel)
    {
        lock (_gate) _pending = new PendingSubscribe(channel);
    }

    /// <summary>The decision is there.</summary>
    /// <returns><see langword="false"/> when the server has decided otherwise since.</returns>
    public bool TryEndSubscribe()
    {
        lock (_gate)
        {
            var isRevoked = _pending.IsRevoked;
            _pending = default;
            return !isRevoked;
        }
    }

    /// <summary>The server ends everything this connection is subscribed to; what it is asking for too.</summary>
    public void RevokePending()
    {
        lock (_gate) _pending.Revoke(other: null);
    }

    /// <summary>The token is for this connection and that channel.</summary>
    public bool IsHolderOf(SubscriptionToken token, string channel) =>
        token.Channel == channel && token.User == User && (token.Client.Length == 0 || token.Client == Id.ToString());

    /// <summary>By what a subscription of this connection stays; <see langword="null"/>: for ever.</summary>
    /// <param name="stamp">Of its token, if there is one.</param>
    /// <param name="expiresAt">In Unix seconds; 0: never.</param>
    /// <param name="rights">What its token allows in the channel.</param>
    public Grant? GrantOf(TokenStamp? stamp, long expiresAt, ChannelRights rights = ChannelRights.None) =>
        stamp is null && expiresAt == 0 ? null : new Grant { Stamp = stamp, ExpiresMs = DeadlineOf(expiresAt), Rights = rights };

    /// <summary>The connection may stay until another time, and may be somebody who looks different.</summary>
    /// <param name="expiresAt">In Unix seconds; 0: for ever.</param>
    /// <param name="info">New `conn_info`; <see langword="null"/>: as before.</param>
    /// <param name="token">The new token; <see langword="null"/>: as before.</param>
    public void Renew(long expiresAt, ReadOnlyMemory<byte>? info, ConnectionToken? token)
    {
        lock (_gate)
        {
            Grant ??= new Grant();
            if (token is not null) (Grant.Stamp, Grant.Capabilities) = (token.Stamp, token.Capabilities);
            Grant.ExpiresMs = DeadlineOf(expiresAt);
            Grant.IsRenewable = true;   // the answer tells its client when it ends
            if (info is { } shown)
            {
                ConnInfo = shown;
                _publisher = null;
            }
            NoteExpiry(Grant, CloseDelayMs);
        }
        if (info is null) return;
        foreach (var subscription in Subscriptions()) NodePresence.Change(subscription, InfoWith(subscription.ChanInfo));
    }

    /// <summary>The same for a subscription.</summary>
    public void Renew(Subscription subscription, long expiresAt, ReadOnlyMemory<byte> info, TokenStamp? stamp, ChannelRights rights)
    {
        lock (_gate)
        {
            subscription.Grant = GrantOf(stamp, expiresAt, rights);
            subscription.ChanInfo = info;
            NoteExpiry(subscription.Grant, _node.Limits.ExpiredSubCloseMs);
        }
        NodePresence.Change(subscription, InfoWith(info));
    }

    /// <summary>Ends a subscription for a reason its client is told; one that has ended already, and another one of its name, are left
    /// alone.</summary>
    public void EndSubscription(Subscription subscription, Unsubscribe cause)
    {
        var channel = subscription.Channel.Name;
        var push = new Push { Channel = channel, Unsubscribe = new UnsubscribePush { Code = cause.Code, Reason = cause.Reason } };
        Unsubscribe(channel, subscription, new Reply { Push = push });
        Flush();
    }

    private Grant? GrantOf(Admission admission) => admission is { Stamp: null, ExpiresAt: 0, Meta.IsEmpty: true }
        ? null
        : new Grant
        {
            Stamp = admission.Stamp,
            Meta = admission.Meta,
            Channels = admission.TokenChannels,
            IsRenewable = admission.TellsExpiry,
            Capabilities = admission.Capabilities,
            ExpiresMs = DeadlineOf(admission.ExpiresAt),
        };

    /// <summary>Under the gate. A deadline that moved back is found when the old one has come.</summary>
    private void NoteExpiry(Grant? grant, long delayMs)
    {
        if (grant is not { ExpiresMs: > 0 and var expiresMs }) return;
        if (_expiryDueMs == 0 || expiresMs + delayMs < _expiryDueMs) Volatile.Write(ref _expiryDueMs, expiresMs + delayMs);
    }

    /// <returns>When to look again.</returns>
    private long CheckExpiry(long nowMs)
    {
        var due = Volatile.Read(ref _expiryDueMs);
        if (due == 0) return long.MaxValue;
        if (nowMs < due) return due;
        Subscription[] subscriptions;
        lock (_gate)
        {
            _expiryDueMs = 0;
            subscriptions = _subscriptions.ToArray();
            NoteExpiry(Grant, CloseDelayMs);
            foreach (var subscription in subscriptions) NoteExpiry(subscription.Grant, _node.Limits.ExpiredSubCloseMs);
        }
        if (IsOver(Grant, nowMs, CloseDelayMs))
        {
            if (!_node.Hooks.RenewsConnections)
            {
                Disconnect(Disconnects.Expired);
                return long.MaxValue;
            }
            _ = RenewByHookAsync();   // ends with a decision, never with an exception
        }
        foreach (var subscription in subscriptions)
        {
            if (!IsOver(subscription.Grant, nowMs, _node.Limits.ExpiredSubCloseMs)) continue;
            if (subscription.Channel.Rules.SubRefreshProxy is null) Expire(subscription);
            else _ = RenewByHookAsync(subscription);   // as above
        }
        due = Volatile.Read(ref _expiryDueMs);
        return due == 0 ? long.MaxValue : due;
    }

    private static bool IsOver(Grant? grant, long nowMs, long delayMs) => grant is { ExpiresMs: > 0 and var expiresMs } && nowMs >= expiresMs + delayMs;

    /// <summary>A time of the clock as one of the wheel.</summary>
    private long DeadlineOf(long expiresAt)
    {
        if (expiresAt == 0) return 0;
        var left = Math.Clamp(expiresAt - _node.Time.GetUtcNow().ToUnixTimeSeconds(), -1, TokenClaims.SecondsMax);
        return Math.Max(1, _node.Wheel.NowMs + (left * 1000));
    }
}
