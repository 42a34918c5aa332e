using Starling.Protocol;

namespace Starling.Access;

/// <summary>What the options of a namespace allow a client (protocol 3.6 and 3.7); what they do not name is refused.</summary>
internal static class ChannelAccess
{
    /// <summary>A private or user-limited channel says itself who may subscribe, before any back end is asked (protocol 3.6).</summary>
    public static bool IsDecidedByName(string channel, ChannelRules rules) =>
        NamespaceTable.IsPrivate(channel) || (rules.UserLimited && NamespaceTable.IsUserLimited(channel));

    /// <summary>The channel is for the users in its name alone, and this is none of them: no capability opens it.</summary>
    public static bool IsForeign(string channel, ChannelRules rules, string user) =>
        rules.UserLimited && NamespaceTable.IsUserLimited(channel) && !NamespaceTable.NamesUser(channel, user);

    /// <param name="channel">Checked name.</param>
    /// <param name="rules">Rules of its namespace.</param>
    /// <param name="user">The connection's user; empty for an anonymous one.</param>
    /// <param name="token">Subscription token as sent, which nothing here can verify; empty for none.</param>
    public static ProtocolError? MaySubscribe(string channel, ChannelRules rules, string user, string token)
    {
        if (NamespaceTable.IsPrivate(channel) && token.Length == 0) return ProtocolErrors.PermissionDenied;
        // A token that nothing here can verify proves nothing.
        if (token.Length > 0) return ProtocolErrors.PermissionDenied;
        if (rules.UserLimited && NamespaceTable.IsUserLimited(channel))
        {
            return NamespaceTable.NamesUser(channel, user) ? null : ProtocolErrors.PermissionDenied;
        }
        return rules.SubscribeForClient && (user.Length > 0 || rules.SubscribeForAnonymous) ? null : ProtocolErrors.PermissionDenied;
    }

    /// <param name="rules">Rules of the channel's namespace.</param>
    /// <param name="user">The connection's user; empty for an anonymous one.</param>
    /// <param name="isSubscribed">Whether the publisher is subscribed to the channel.</param>
    public static ProtocolError? MayPublish(ChannelRules rules, string user, bool isSubscribed)
    {
        var named = user.Length > 0 || rules.PublishForAnonymous;
        var allowed = rules.PublishForClient || (rules.PublishForSubscriber && isSubscribed);
        return allowed && named ? null : ProtocolErrors.PermissionDenied;
    }

    /// <param name="rules">Rules of the channel's namespace.</param>
    /// <param name="user">The connection's user; empty for an anonymous one.</param>
    /// <param name="isSubscribed">Whether the caller is subscribed to the channel.</param>
    public static ProtocolError? MayReadPresence(ChannelRules rules, string user, bool isSubscribed)
    {
        var named = user.Length > 0 || rules.PresenceForAnonymous;
        var allowed = rules.PresenceForClient || (rules.PresenceForSubscriber && isSubscribed);
        return allowed && named ? null : ProtocolErrors.PermissionDenied;
    }

    /// <param name="rules">Rules of the channel's namespace.</param>
    /// <param name="user">The connection's user; empty for an anonymous one.</param>
    /// <param name="isSubscribed">Whether the caller is subscribed to the channel.</param>
    public static ProtocolError? MayReadHistory(ChannelRules rules, string user, bool isSubscribed)
    {
        var named = user.Length > 0 || rules.HistoryForAnonymous;
        var allowed = rules.HistoryForClient || (rules.HistoryForSubscriber && isSubscribed);
        return allowed && named ? null : ProtocolErrors.PermissionDenied;
    }

    /// <summary>Whether a client may write or remove keys.</summary>
    /// <param name="rules">Rules of the channel's keyed state.</param>
    /// <param name="user">The connection's user; empty for an anonymous one.</param>
    /// <param name="isSubscribed">Whether the writer is subscribed to the channel.</param>
    /// <param name="isRemoval">A key is to be removed.</param>
    public static ProtocolError? MayWriteKeys(StateRules rules, string user, bool isSubscribed, bool isRemoval)
    {
        var (client, subscriber, anonymous) = isRemoval
            ? (rules.RemoveForClient, rules.RemoveForSubscriber, rules.RemoveForAnonymous)
            : (rules.PublishForClient, rules.PublishForSubscriber, rules.PublishForAnonymous);
        var named = user.Length > 0 || anonymous;
        return (client || (subscriber && isSubscribed)) && named ? null : ProtocolErrors.PermissionDenied;
    }
}
