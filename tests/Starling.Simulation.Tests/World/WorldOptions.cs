using Starling.Simulation.Plans;

namespace Starling.Simulation.World;

/// <summary>The settings of a world's nodes.</summary>
internal static class WorldOptions
{
    public static StarlingOptions Of(Plan plan)
    {
        var options = new StarlingOptions();
        options.Client.Insecure = true;
        options.Client.PingInterval = TimeSpan.FromSeconds(5);
        options.Client.PongTimeout = TimeSpan.FromSeconds(3);
        options.Client.CommandsInWorkMax = plan.Limits.CommandsInWork;
        options.Client.RecoveryMaxPublicationLimit = plan.Limits.RecoveryPublications;
        options.Client.WriteStallTimeout = plan.Limits.WriteStall;
        options.Client.QueueMaxSize = plan.Limits.QueueBytes;
        options.Client.PresenceUpdateInterval = TimeSpan.FromSeconds(10);
        foreach (var channels in plan.Channels.GroupBy(static channel => channel.Namespace, StringComparer.Ordinal))
        {
            options.Channel.Namespaces.Add(Namespace(plan, channels.Key, channels.First()));
        }
        return options;
    }

    private static ChannelNamespaceOptions Namespace(Plan plan, string name, PlannedChannel channel) => channel.IsKeyed ? Keyed(plan, name, channel) : new()
    {
        Name = name,
        HistorySize = channel.HistorySize,
        HistoryTtl = channel.HistoryTtl,
        RingEntriesMax = channel.RingEntries,
        ForceRecovery = name is "recover" or "cache" or "brief" or "hall",
        ForceRecoveryMode = name is "cache" ? ChannelRecoveryMode.Cache : ChannelRecoveryMode.Stream,
        AllowRecovery = name is "ask",
        ForcePositioning = name is "pos",
        AllowTagsFilter = true,
        AllowedDeltaTypes = ["fossil"],
        DeltaPublish = plan.PublishesDeltas,
        Presence = channel.HasPresence,
        JoinLeave = channel.HasPresence,
        ForcePushJoinLeave = channel.HasPresence,
        LeaveGrace = channel.LeaveGrace,
    };

    private static ChannelNamespaceOptions Keyed(Plan plan, string name, PlannedChannel channel) => new()
    {
        Name = name,
        SubscriptionType = ChannelSubscriptionType.Map,
        AllowedDeltaTypes = ["fossil"],
        DeltaPublish = plan.PublishesDeltas,
        Map = new ChannelMapOptions
        {
            Mode = name switch
            {
                "board" => ChannelMapMode.Persistent,
                "match" => ChannelMapMode.Recoverable,
                _ => ChannelMapMode.Ephemeral,
            },
            KeyTtl = channel.KeyTtl,
            StreamSize = Math.Max(1, channel.HistorySize),
            StreamTtl = channel.HistorySize > 0 ? channel.HistoryTtl : TimeSpan.FromMinutes(1),
            MinPageSize = 5,
            DefaultPageSize = 10,
            MaxPageSize = 50,
        },
    };
}
