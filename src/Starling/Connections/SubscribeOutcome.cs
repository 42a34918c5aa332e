using Starling.Channels;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>What became of a subscribe: a subscription that waits for its reply, an error, or neither when the connection is over.</summary>
internal readonly record struct SubscribeOutcome(Subscription? Subscription, ProtocolError? Error = null)
{
    public static SubscribeOutcome Of(SubscribeStatus status) => status switch
    {
        SubscribeStatus.AlreadySubscribed => new SubscribeOutcome(null, ProtocolErrors.AlreadySubscribed),
        SubscribeStatus.LimitExceeded => new SubscribeOutcome(null, ProtocolErrors.LimitExceeded),
        _ => default,
    };
}
