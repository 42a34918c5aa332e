using Starling.Access;
using Starling.Channels;
using Starling.Protocol;

namespace Starling.Connections;

/// <summary>What a client may do in a channel: what the options of the namespace allow, else what its tokens do (decision 0019).</summary>
internal static class ClientAccess
{
    /// <param name="connection">Whose command.</param>
    /// <param name="channel">Checked name.</param>
    /// <param name="rules">Of the channel.</param>
    /// <param name="token">Subscription token as sent, which nothing here can verify; empty for none.</param>
    public static ProtocolError? MaySubscribe(Connection connection, string channel, ChannelRules rules, string token)
    {
        var denied = ChannelAccess.MaySubscribe(channel, rules, connection.User, token);
        // Nothing makes up for a token that is not good.
        return denied is null || (token.Length == 0 && IsGranted(connection, channel, rules, ChannelRights.Subscribe, ChannelRights.None)) ? null : denied;
    }

    public static ProtocolError? MayPublish(Connection connection, string channel, ChannelRules rules, Subscription? subscription) =>
        ChannelAccess.MayPublish(rules, connection.User, subscription is not null) is { } denied
        && !IsGranted(connection, channel, rules, ChannelRights.Publish, RightsOf(subscription)) ? denied : null;

    /// <summary>Whether a client may write or remove a key.</summary>
    public static ProtocolError? MayWriteKeys(Connection connection, string channel, ChannelRules rules, StateRules state, Subscription? subscription, bool isRemoval) =>
        ChannelAccess.MayWriteKeys(state, connection.User, subscription is not null, isRemoval) is { } denied
        && !IsGranted(connection, channel, rules, ChannelRights.Publish, RightsOf(subscription)) ? denied : null;

    public static ProtocolError? MayReadPresence(Connection connection, string channel, ChannelRules rules, Subscription? subscription) =>
        MayReadPresence(connection, channel, rules, subscription is not null, RightsOf(subscription));

    public static ProtocolError? MayReadHistory(Connection connection, string channel, ChannelRules rules, Subscription? subscription) =>
        MayReadHistory(connection, channel, rules, subscription is not null, RightsOf(subscription));

    /// <param name="connection">Whose command.</param>
    /// <param name="channel">Checked name.</param>
    /// <param name="rules">Of the channel.</param>
    /// <param name="isSubscribed">It is subscribed, or about to be.</param>
    /// <param name="bySubscription">What the token of that subscription allows.</param>
    public static ProtocolError? MayReadPresence(Connection connection, string channel, ChannelRules rules, bool isSubscribed, ChannelRights bySubscription) =>
        ChannelAccess.MayReadPresence(rules, connection.User, isSubscribed) is { } denied
        && !IsGranted(connection, channel, rules, ChannelRights.ReadPresence, bySubscription) ? denied : null;

    /// <summary>As <see cref="MayReadPresence(Connection, string, ChannelRules, bool, ChannelRights)"/>.</summary>
    public static ProtocolError? MayReadHistory(Connection connection, string channel, ChannelRules rules, bool isSubscribed, ChannelRights bySubscription) =>
        ChannelAccess.MayReadHistory(rules, connection.User, isSubscribed) is { } denied
        && !IsGranted(connection, channel, rules, ChannelRights.ReadHistory, bySubscription) ? denied : null;

    private static ChannelRights RightsOf(Subscription? subscription) => subscription?.Grant?.Rights ?? ChannelRights.None;

    private static bool IsGranted(Connection connection, string channel, ChannelRules rules, ChannelRights right, ChannelRights bySubscription)
    {
        if (bySubscription.HasFlag(right)) return true;
        return connection.Grant?.Capabilities is { } capabilities
            && !ChannelAccess.IsForeign(channel, rules, connection.User)
            && capabilities.Allow(right, channel);
    }
}
