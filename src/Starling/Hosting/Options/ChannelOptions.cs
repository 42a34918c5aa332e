namespace Starling;

/// <summary>What the channels of one namespace keep and who may do what in them.</summary>
public class ChannelOptions
{
    /// <summary>Key <c>presence</c>: keep who is subscribed, and allow presence calls. Default: false.</summary>
    public bool Presence { get; set; }

    /// <summary>Key <c>join_leave</c>: publish joins and leaves to the subscribers who ask for them. Default: false.</summary>
    public bool JoinLeave { get; set; }

    /// <summary>Key <c>force_push_join_leave</c>: joins and leaves go to every subscriber, asked for or not. Default: false.</summary>
    public bool ForcePushJoinLeave { get; set; }

    /// <summary>Key <c>leave_grace</c> (Starling's own): when a connection is lost, its user keeps its presence for so long and
    /// its leave is held back; who is back within it was never away. 0 = no grace; at most 60 s; default 5 s. Anonymous
    /// users have none.</summary>
    public TimeSpan LeaveGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Key <c>join_leave_rate</c> (Starling's own): deliveries of joins and leaves a second that one channel may cost on
    /// a node; what is beyond waits, in order. 100 or more; default 100,000.</summary>
    public int JoinLeaveRate { get; set; } = 100_000;

    /// <summary>Key <c>presence_list_max</c> (Starling's own): clients that a list for a client may have; a larger channel is
    /// answered with error 106, and only <c>presence_stats</c> is told of it. 1 to 100,000; default 5,000.</summary>
    public int PresenceListMax { get; set; } = 5_000;

    /// <summary>Key <c>history_size</c>: publications kept; together with <see cref="HistoryTtl"/> or not at all.
    /// 0 = no history; default 0.</summary>
    public int HistorySize { get; set; }

    /// <summary>Key <c>history_ttl</c>: how long publications are kept; together with <see cref="HistorySize"/> or not at all.
    /// 0 = no history; default 0.</summary>
    public TimeSpan HistoryTtl { get; set; }

    /// <summary>Key <c>history_meta_ttl</c>: life of a stream's offset and epoch, longer than <see cref="HistoryTtl"/>.
    /// 0 = the global <see cref="ChannelSectionOptions.HistoryMetaTtl"/>; default 0.</summary>
    public TimeSpan HistoryMetaTtl { get; set; }

    /// <summary>Key <c>force_positioning</c>: every subscription notices a gap. Needs history. Default: false.</summary>
    public bool ForcePositioning { get; set; }

    /// <summary>Key <c>allow_positioning</c>: a client may ask for positioning. Needs history. Default: false.</summary>
    public bool AllowPositioning { get; set; }

    /// <summary>Key <c>force_recovery</c>: every subscription can recover what it missed. Needs history. Default: false.</summary>
    public bool ForceRecovery { get; set; }

    /// <summary>Key <c>allow_recovery</c>: a client may ask for recovery. Needs history. Default: false.</summary>
    public bool AllowRecovery { get; set; }

    /// <summary>Key <c>force_recovery_mode</c>: <c>stream</c> (all that was missed) or <c>cache</c> (the newest).
    /// Default: stream.</summary>
    public ChannelRecoveryMode ForceRecoveryMode { get; set; } = ChannelRecoveryMode.Stream;

    /// <summary>Key <c>auto_cache_recover</c>: every subscribe delivers the newest publication. Needs
    /// <see cref="ForceRecovery"/> and mode cache. Default: false.</summary>
    public bool AutoCacheRecover { get; set; }

    /// <summary>Key <c>allowed_delta_types</c>: delta encodings a client may ask for; <c>fossil</c> is the only one.
    /// Default: none.</summary>
    public List<string> AllowedDeltaTypes { get; set; } = [];

    /// <summary>Key <c>delta_publish</c>: every publication may be sent as a delta. Default: false.</summary>
    public bool DeltaPublish { get; set; }

    /// <summary>Key <c>allow_tags_filter</c>: a client may subscribe with a filter on tags. Default: false.</summary>
    public bool AllowTagsFilter { get; set; }

    /// <summary>Key <c>allow_subscribe_for_client</c>: users may subscribe without a token. Default: false.</summary>
    public bool AllowSubscribeForClient { get; set; }

    /// <summary>Key <c>allow_subscribe_for_anonymous</c>: <see cref="AllowSubscribeForClient"/> also holds for anonymous
    /// users. Default: false.</summary>
    public bool AllowSubscribeForAnonymous { get; set; }

    /// <summary>Key <c>allow_publish_for_client</c>: users may publish. Default: false.</summary>
    public bool AllowPublishForClient { get; set; }

    /// <summary>Key <c>allow_publish_for_subscriber</c>: subscribers may publish. Default: false.</summary>
    public bool AllowPublishForSubscriber { get; set; }

    /// <summary>Key <c>allow_publish_for_anonymous</c>: the two options above also hold for anonymous users.
    /// Default: false.</summary>
    public bool AllowPublishForAnonymous { get; set; }

    /// <summary>Key <c>allow_presence_for_client</c>: users may call presence. Default: false.</summary>
    public bool AllowPresenceForClient { get; set; }

    /// <summary>Key <c>allow_presence_for_subscriber</c>: subscribers may call presence. Default: false.</summary>
    public bool AllowPresenceForSubscriber { get; set; }

    /// <summary>Key <c>allow_presence_for_anonymous</c>: the two options above also hold for anonymous users.
    /// Default: false.</summary>
    public bool AllowPresenceForAnonymous { get; set; }

    /// <summary>Key <c>allow_history_for_client</c>: users may read history. Default: false.</summary>
    public bool AllowHistoryForClient { get; set; }

    /// <summary>Key <c>allow_history_for_subscriber</c>: subscribers may read history. Default: false.</summary>
    public bool AllowHistoryForSubscriber { get; set; }

    /// <summary>Key <c>allow_history_for_anonymous</c>: the two options above also hold for anonymous users.
    /// Default: false.</summary>
    public bool AllowHistoryForAnonymous { get; set; }

    /// <summary>Key <c>allow_user_limited_channels</c>: the users named after the last <c>#</c> of a channel, and only they,
    /// may subscribe to it without a token. Default: false.</summary>
    public bool AllowUserLimitedChannels { get; set; }

    /// <summary>Key <c>channel_regex</c>: pattern for the part of a name after the namespace. Empty = ASCII only;
    /// default empty.</summary>
    public string ChannelRegex { get; set; } = "";

    /// <summary>Key <c>publication_data_format</c>: empty (not empty data), <c>json</c>, <c>json_object</c> or <c>binary</c>
    /// (anything). Default: empty.</summary>
    public PublicationDataFormat PublicationDataFormat { get; set; } = PublicationDataFormat.NotEmpty;

    /// <summary>Key <c>subscribe_proxy_enabled</c>: a backend decides over subscriptions. Default: false.</summary>
    public bool SubscribeProxyEnabled { get; set; }

    /// <summary>Key <c>subscribe_proxy_name</c>: the proxy to ask. Default: <c>default</c>.</summary>
    public string SubscribeProxyName { get; set; } = "default";

    /// <summary>Key <c>publish_proxy_enabled</c>: a backend decides over publications of clients. Default: false.</summary>
    public bool PublishProxyEnabled { get; set; }

    /// <summary>Key <c>publish_proxy_name</c>: the proxy to ask. Default: <c>default</c>.</summary>
    public string PublishProxyName { get; set; } = "default";

    /// <summary>Key <c>sub_refresh_proxy_enabled</c>: a backend extends expiring subscriptions. Default: false.</summary>
    public bool SubRefreshProxyEnabled { get; set; }

    /// <summary>Key <c>sub_refresh_proxy_name</c>: the proxy to ask. Default: <c>default</c>.</summary>
    public string SubRefreshProxyName { get; set; } = "default";

    /// <summary>Key <c>subscribe_stream_proxy_enabled</c>: a backend feeds each subscription. This version cannot
    /// ask one: such subscriptions are refused. Default: false.</summary>
    public bool SubscribeStreamProxyEnabled { get; set; }

    /// <summary>Key <c>subscribe_stream_proxy_name</c>: the proxy to ask. Default: <c>default</c>.</summary>
    public string SubscribeStreamProxyName { get; set; } = "default";

    /// <summary>Key <c>subscribe_stream_proxy_bidirectional</c>: publications of the subscriber go to the backend's stream.
    /// Default: false.</summary>
    public bool SubscribeStreamProxyBidirectional { get; set; }

    /// <summary>Key <c>subscription_type</c>: the kind of the channels. Default: stream.</summary>
    public ChannelSubscriptionType SubscriptionType { get; set; } = ChannelSubscriptionType.Stream;

    /// <summary>Key <c>map_clients_presence_channel_prefix</c>: subscribers' connections are written to the map channel of
    /// this prefix and the channel's name. Empty = off; default empty.</summary>
    public string MapClientsPresenceChannelPrefix { get; set; } = "";

    /// <summary>Key <c>map_users_presence_channel_prefix</c>: the same for users. Empty = off; default empty.</summary>
    public string MapUsersPresenceChannelPrefix { get; set; } = "";

    /// <summary>Key <c>map</c>: keyed state, for the map kinds.</summary>
    public ChannelMapOptions Map { get; set; } = new();

    /// <summary>Key <c>shared_poll</c>: polling of a backend, for the kind <c>shared_poll</c>.</summary>
    public ChannelSharedPollOptions SharedPoll { get; set; } = new();

    /// <summary>Key <c>ring_entries_max</c> (Starling's own): publications a node keeps for subscribers that are behind. A
    /// subscriber further behind reads on from history or is told that its position is lost. 16 to 1048576; default 4096.</summary>
    public int RingEntriesMax { get; set; } = 4096;

    /// <summary>Key <c>ring_bytes_max</c> (Starling's own): bytes kept for the same purpose; the smaller bound
    /// counts, the newest publication is always kept. 4096 to 1073741824; default 1048576 (1 MiB).</summary>
    public int RingBytesMax { get; set; } = 1024 * 1024;

    /// <summary>Key <c>rate_max</c> (Starling's own): times per second a subscription is written to at most. What comes between two
    /// writes goes together; on a keyed channel only the latest value of each key does. A client may ask for less, in the data of
    /// its subscribe command. 0 to 20; default 0: as soon as there is something.</summary>
    public int RateMax { get; set; }
}

/// <summary>What a recovering subscription is given.</summary>
public enum ChannelRecoveryMode
{
    /// <summary>Every missed publication.</summary>
    Stream,

    /// <summary>Only the newest publication.</summary>
    Cache,
}

/// <summary>The payload check of publications.</summary>
public enum PublicationDataFormat
{
    /// <summary>Anything but nothing; written as the empty string.</summary>
    NotEmpty,

    /// <summary>Valid JSON.</summary>
    Json,

    /// <summary>A JSON object.</summary>
    JsonObject,

    /// <summary>Anything, also nothing.</summary>
    Binary,
}

/// <summary>The kinds of channels.</summary>
public enum ChannelSubscriptionType
{
    /// <summary>A stream of publications.</summary>
    Stream,

    /// <summary>Keyed state.</summary>
    Map,

    /// <summary>Keyed state of the connections in another channel.</summary>
    MapClients,

    /// <summary>Keyed state of the users in another channel.</summary>
    MapUsers,

    /// <summary>Values polled from a backend once for all subscribers.</summary>
    SharedPoll,
}
