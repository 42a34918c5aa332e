using Starling.Access;
using Starling.Channels;
using Starling.Hooks;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>Renewal by a back end: it is asked when the time is over, and the client has nothing to do (protocol 4.2).</summary>
internal sealed partial class Connection
{
    /// <summary>How much longer something stays when the back end does not say whether it may.</summary>
    private const long ProlongedMs = 60_000;

    /// <summary>Time a client has to renew its connection; a back end needs none, and a client that cannot renew it has none.</summary>
    private long CloseDelayMs => _node.Hooks.RenewsConnections || Grant is { IsRenewable: false } ? 0 : _node.Limits.ExpiredCloseMs;

    private async Task RenewByHookAsync()
    {
        Prolong(Grant!, CloseDelayMs);   // first, so that it is not asked again meanwhile; a decision replaces it
        var renewal = await _node.Hooks.RefreshAsync(this);
        if (renewal.Status == RenewalStatus.Unknown || IsClosing) return;
        if (renewal.Status == RenewalStatus.Expired || HasPassed(renewal.ExpiresAt))
        {
            Disconnect(Disconnects.Expired);
            return;
        }
        Renew(renewal.ExpiresAt, renewal.Info, token: null);
        if (renewal.Meta.IsEmpty) return;
        lock (_gate) Grant!.Meta = renewal.Meta;
    }

    private async Task RenewByHookAsync(Subscription subscription)
    {
        Prolong(subscription.Grant!, _node.Limits.ExpiredSubCloseMs);
        var renewal = await _node.Hooks.SubRefreshAsync(subscription);
        if (renewal.Status == RenewalStatus.Unknown || FindSubscription(subscription.Channel.Name) != subscription) return;
        if (renewal.Status == RenewalStatus.Expired || HasPassed(renewal.ExpiresAt)) Expire(subscription);
        else Renew(subscription, renewal.ExpiresAt, renewal.Info ?? subscription.ChanInfo, subscription.Grant?.Stamp, subscription.Grant?.Rights ?? ChannelRights.None);
    }

    private void Expire(Subscription subscription)
    {
        if (subscription.Side == SubscriptionSide.Client) EndSubscription(subscription, Unsubscribes.Expired);
        else Disconnect(Disconnects.SubscriptionExpired);
    }

    private void Prolong(Grant grant, long delayMs)
    {
        lock (_gate)
        {
            grant.ExpiresMs = _node.Wheel.NowMs + ProlongedMs;
            NoteExpiry(grant, delayMs);
        }
    }

    private bool HasPassed(long expiresAt) => expiresAt != 0 && Grant.TtlOf(expiresAt, _node.Time) == 0;
}
