using Starling.Channels;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>What a back end is told after the fact. All of it is said under the gate, so that it is in order.</summary>
internal sealed partial class Connection
{
    private bool _isTold;

    private void TellConnected()
    {
        if (_isClosing || _node.Hooks.Events is not { } events) return;
        _isTold = true;
        events.OnConnected(this);
    }

    private void TellLive(Subscription subscription)
    {
        if (subscription.IsTold || _node.Hooks.Events is not { } events) return;
        subscription.IsTold = true;
        events.OnSubscribed(this, subscription.Channel.Name);
    }

    /// <param name="subscription">Ended.</param>
    /// <param name="message">The answer to the client's command, or the push that tells it.</param>
    private void TellEnded(Subscription subscription, Reply message)
    {
        if (!subscription.IsTold) return;
        subscription.IsTold = false;
        var (code, reason) = message.Push?.Unsubscribe is { } push ? (push.Code, push.Reason) : (0u, "client unsubscribed");
        _node.Hooks.Events!.OnUnsubscribed(this, subscription.Channel.Name, code, reason);
    }

    private void TellClosed(Subscription[] subscriptions)
    {
        if (!_isTold) return;
        _isTold = false;
        var events = _node.Hooks.Events!;
        foreach (var subscription in subscriptions)
        {
            if (!subscription.IsTold) continue;
            subscription.IsTold = false;
            events.OnUnsubscribed(this, subscription.Channel.Name, 1, "client disconnected");
        }
        events.OnDisconnected(this, _sentAwayWith ?? Disconnects.ConnectionClosed);
    }
}
