using Starling.Protocol;

namespace Starling.Access;

/// <summary>What one subscription gets of what its namespace has, its client asks for and whoever granted it says
/// (protocol 3.6 point 5, 4.1).</summary>
/// <param name="Positioned">Gaps are noticed.</param>
/// <param name="Recoverable">Missed publications can be delivered; implies <paramref name="Positioned"/>.</param>
/// <param name="Presence">The subscriber is listed.</param>
/// <param name="JoinLeave">Its coming and going is announced.</param>
/// <param name="PushJoinLeave">It is told of others' coming and going.</param>
internal readonly record struct SubscriptionFeatures(bool Positioned, bool Recoverable, bool Presence, bool JoinLeave, bool PushJoinLeave)
{
    /// <param name="rules">Of the channel.</param>
    /// <param name="request">What the client asks for; an empty one when it did not ask.</param>
    /// <param name="granted">What a handler, token or back end says otherwise; <see langword="null"/>: nothing.</param>
    /// <param name="mayReadHistory">Being subscribed, the client may call history.</param>
    /// <param name="mayReadPresence">Being subscribed, the client may call presence.</param>
    public static SubscriptionFeatures Of(
        ChannelRules rules, SubscribeRequest request, SubscriptionOverride? granted, bool mayReadHistory, bool mayReadPresence)
    {
        var joinLeave = granted?.JoinLeave ?? rules.JoinLeave;
        var hasStream = rules.HasPositions;
        // In keyed state the mode alone decides (protocol 4.12).
        var recoverable = hasStream
            && (rules.State is not null || (granted?.ForceRecovery ?? rules.ForceRecovery) || (request.Recoverable && (rules.AllowRecovery || mayReadHistory)));
        return new SubscriptionFeatures(
            recoverable
                || (hasStream && ((granted?.ForcePositioning ?? rules.ForcePositioning) || (request.Positioned && (rules.AllowPositioning || mayReadHistory)))),
            recoverable,
            granted?.Presence ?? rules.Presence,
            joinLeave,
            joinLeave && ((granted?.ForcePushJoinLeave ?? rules.ForcePushJoinLeave) || (request.JoinLeave && mayReadPresence)));
    }
}
