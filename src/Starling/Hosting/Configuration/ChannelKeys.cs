namespace Starling.Hosting.Configuration;

/// <summary>The keys of the section <c>channel</c>.</summary>
internal static class ChannelKeys
{
    public static KeyTable<ChannelSectionOptions> Table { get; } = Create();

    private static KeyTable<ChannelSectionOptions> Create()
    {
        var options = OptionKeys();
        return new KeyTable<ChannelSectionOptions>()
            .Section("without_namespace", o => o.WithoutNamespace, options)
            .List("namespaces", o => o.Namespaces, new KeyTable<ChannelNamespaceOptions>()
                .Text("name", o => o.Name, (o, v) => o.Name = v)
                .Include<ChannelOptions>(o => o, options))
            .Duration("history_meta_ttl", o => o.HistoryMetaTtl, (o, v) => o.HistoryMetaTtl = v)
            .Number("max_length", o => o.MaxLength, (o, v) => o.MaxLength = v)
            .Section("proxy", o => o.Proxy, ProxyKeys.Channel);
    }

    private static KeyTable<ChannelOptions> OptionKeys() => new KeyTable<ChannelOptions>()
        .Flag("presence", o => o.Presence, (o, v) => o.Presence = v)
        .Flag("join_leave", o => o.JoinLeave, (o, v) => o.JoinLeave = v)
        .Flag("force_push_join_leave", o => o.ForcePushJoinLeave, (o, v) => o.ForcePushJoinLeave = v)
        .Duration("leave_grace", o => o.LeaveGrace, (o, v) => o.LeaveGrace = v)
        .Number("join_leave_rate", o => o.JoinLeaveRate, (o, v) => o.JoinLeaveRate = v)
        .Number("presence_list_max", o => o.PresenceListMax, (o, v) => o.PresenceListMax = v)
        .Number("history_size", o => o.HistorySize, (o, v) => o.HistorySize = v)
        .Duration("history_ttl", o => o.HistoryTtl, (o, v) => o.HistoryTtl = v)
        .Duration("history_meta_ttl", o => o.HistoryMetaTtl, (o, v) => o.HistoryMetaTtl = v)
        .Flag("force_positioning", o => o.ForcePositioning, (o, v) => o.ForcePositioning = v)
        .Flag("allow_positioning", o => o.AllowPositioning, (o, v) => o.AllowPositioning = v)
        .Flag("force_recovery", o => o.ForceRecovery, (o, v) => o.ForceRecovery = v)
        .Flag("allow_recovery", o => o.AllowRecovery, (o, v) => o.AllowRecovery = v)
        .Choice("force_recovery_mode", o => o.ForceRecoveryMode, (o, v) => o.ForceRecoveryMode = v,
            ("stream", ChannelRecoveryMode.Stream), ("cache", ChannelRecoveryMode.Cache))
        .Flag("auto_cache_recover", o => o.AutoCacheRecover, (o, v) => o.AutoCacheRecover = v)
        .Texts("allowed_delta_types", (o, v) => o.AllowedDeltaTypes = v)
        .Flag("delta_publish", o => o.DeltaPublish, (o, v) => o.DeltaPublish = v)
        .Flag("allow_tags_filter", o => o.AllowTagsFilter, (o, v) => o.AllowTagsFilter = v)
        .Include(o => o, PermissionKeys())
        .Text("channel_regex", o => o.ChannelRegex, (o, v) => o.ChannelRegex = v)
        .Choice("publication_data_format", o => o.PublicationDataFormat, (o, v) => o.PublicationDataFormat = v,
            ("", PublicationDataFormat.NotEmpty), ("json", PublicationDataFormat.Json),
            ("json_object", PublicationDataFormat.JsonObject), ("binary", PublicationDataFormat.Binary))
        .Include(o => o, AskingKeys())
        .Choice("subscription_type", o => o.SubscriptionType, (o, v) => o.SubscriptionType = v,
            ("stream", ChannelSubscriptionType.Stream), ("map", ChannelSubscriptionType.Map),
            ("map_clients", ChannelSubscriptionType.MapClients), ("map_users", ChannelSubscriptionType.MapUsers),
            ("shared_poll", ChannelSubscriptionType.SharedPoll))
        .Text("map_clients_presence_channel_prefix", o => o.MapClientsPresenceChannelPrefix, (o, v) => o.MapClientsPresenceChannelPrefix = v)
        .Text("map_users_presence_channel_prefix", o => o.MapUsersPresenceChannelPrefix, (o, v) => o.MapUsersPresenceChannelPrefix = v)
        .Section("map", o => o.Map, MapKeys())
        .Section("shared_poll", o => o.SharedPoll, SharedPollKeys())
        .Number("ring_entries_max", o => o.RingEntriesMax, (o, v) => o.RingEntriesMax = v)
        .Number("ring_bytes_max", o => o.RingBytesMax, (o, v) => o.RingBytesMax = v)
        .Number("rate_max", o => o.RateMax, (o, v) => o.RateMax = v);

    private static KeyTable<ChannelOptions> PermissionKeys() => new KeyTable<ChannelOptions>()
        .Flag("allow_subscribe_for_client", o => o.AllowSubscribeForClient, (o, v) => o.AllowSubscribeForClient = v)
        .Flag("allow_subscribe_for_anonymous", o => o.AllowSubscribeForAnonymous, (o, v) => o.AllowSubscribeForAnonymous = v)
        .Flag("allow_publish_for_client", o => o.AllowPublishForClient, (o, v) => o.AllowPublishForClient = v)
        .Flag("allow_publish_for_subscriber", o => o.AllowPublishForSubscriber, (o, v) => o.AllowPublishForSubscriber = v)
        .Flag("allow_publish_for_anonymous", o => o.AllowPublishForAnonymous, (o, v) => o.AllowPublishForAnonymous = v)
        .Flag("allow_presence_for_client", o => o.AllowPresenceForClient, (o, v) => o.AllowPresenceForClient = v)
        .Flag("allow_presence_for_subscriber", o => o.AllowPresenceForSubscriber, (o, v) => o.AllowPresenceForSubscriber = v)
        .Flag("allow_presence_for_anonymous", o => o.AllowPresenceForAnonymous, (o, v) => o.AllowPresenceForAnonymous = v)
        .Flag("allow_history_for_client", o => o.AllowHistoryForClient, (o, v) => o.AllowHistoryForClient = v)
        .Flag("allow_history_for_subscriber", o => o.AllowHistoryForSubscriber, (o, v) => o.AllowHistoryForSubscriber = v)
        .Flag("allow_history_for_anonymous", o => o.AllowHistoryForAnonymous, (o, v) => o.AllowHistoryForAnonymous = v)
        .Flag("allow_user_limited_channels", o => o.AllowUserLimitedChannels, (o, v) => o.AllowUserLimitedChannels = v);

    private static KeyTable<ChannelOptions> AskingKeys() => new KeyTable<ChannelOptions>()
        .Flag("subscribe_proxy_enabled", o => o.SubscribeProxyEnabled, (o, v) => o.SubscribeProxyEnabled = v)
        .Text("subscribe_proxy_name", o => o.SubscribeProxyName, (o, v) => o.SubscribeProxyName = v)
        .Flag("publish_proxy_enabled", o => o.PublishProxyEnabled, (o, v) => o.PublishProxyEnabled = v)
        .Text("publish_proxy_name", o => o.PublishProxyName, (o, v) => o.PublishProxyName = v)
        .Flag("sub_refresh_proxy_enabled", o => o.SubRefreshProxyEnabled, (o, v) => o.SubRefreshProxyEnabled = v)
        .Text("sub_refresh_proxy_name", o => o.SubRefreshProxyName, (o, v) => o.SubRefreshProxyName = v)
        .Flag("subscribe_stream_proxy_enabled", o => o.SubscribeStreamProxyEnabled, (o, v) => o.SubscribeStreamProxyEnabled = v)
        .Text("subscribe_stream_proxy_name", o => o.SubscribeStreamProxyName, (o, v) => o.SubscribeStreamProxyName = v)
        .Flag("subscribe_stream_proxy_bidirectional",
            o => o.SubscribeStreamProxyBidirectional, (o, v) => o.SubscribeStreamProxyBidirectional = v)
        .NotYet("subscribe_stream_proxy_enabled", "subscribe_stream_proxy_name", "subscribe_stream_proxy_bidirectional");

    private static KeyTable<ChannelMapOptions> MapKeys() => new KeyTable<ChannelMapOptions>()
        .Choice("mode", o => o.Mode, (o, v) => o.Mode = v, ("ephemeral", ChannelMapMode.Ephemeral),
            ("recoverable", ChannelMapMode.Recoverable), ("persistent", ChannelMapMode.Persistent))
        .Duration("key_ttl", o => o.KeyTtl, (o, v) => o.KeyTtl = v)
        .Number("stream_size", o => o.StreamSize, (o, v) => o.StreamSize = v)
        .Duration("stream_ttl", o => o.StreamTtl, (o, v) => o.StreamTtl = v)
        .Duration("meta_ttl", o => o.MetaTtl, (o, v) => o.MetaTtl = v)
        .Choice("client_key", o => o.ClientKey, (o, v) => o.ClientKey = v, ("", ChannelMapClientKey.Request),
            ("client_id", ChannelMapClientKey.ClientId), ("user_id", ChannelMapClientKey.UserId))
        .Flag("allow_publish_for_client", o => o.AllowPublishForClient, (o, v) => o.AllowPublishForClient = v)
        .Flag("allow_publish_for_subscriber", o => o.AllowPublishForSubscriber, (o, v) => o.AllowPublishForSubscriber = v)
        .Flag("allow_publish_for_anonymous", o => o.AllowPublishForAnonymous, (o, v) => o.AllowPublishForAnonymous = v)
        .Flag("allow_remove_for_client", o => o.AllowRemoveForClient, (o, v) => o.AllowRemoveForClient = v)
        .Flag("allow_remove_for_subscriber", o => o.AllowRemoveForSubscriber, (o, v) => o.AllowRemoveForSubscriber = v)
        .Flag("allow_remove_for_anonymous", o => o.AllowRemoveForAnonymous, (o, v) => o.AllowRemoveForAnonymous = v)
        .Flag("publish_proxy_enabled", o => o.PublishProxyEnabled, (o, v) => o.PublishProxyEnabled = v)
        .Text("publish_proxy_name", o => o.PublishProxyName, (o, v) => o.PublishProxyName = v)
        .Flag("remove_proxy_enabled", o => o.RemoveProxyEnabled, (o, v) => o.RemoveProxyEnabled = v)
        .Text("remove_proxy_name", o => o.RemoveProxyName, (o, v) => o.RemoveProxyName = v)
        .Flag("remove_client_on_unsubscribe", o => o.RemoveClientOnUnsubscribe, (o, v) => o.RemoveClientOnUnsubscribe = v)
        .Number("default_page_size", o => o.DefaultPageSize, (o, v) => o.DefaultPageSize = v)
        .Number("min_page_size", o => o.MinPageSize, (o, v) => o.MinPageSize = v)
        .Number("max_page_size", o => o.MaxPageSize, (o, v) => o.MaxPageSize = v)
        .Number("live_transition_max_publication_limit",
            o => o.LiveTransitionMaxPublicationLimit, (o, v) => o.LiveTransitionMaxPublicationLimit = v)
        .Duration("subscribe_catch_up_timeout", o => o.SubscribeCatchUpTimeout, (o, v) => o.SubscribeCatchUpTimeout = v)
        .Duration("publish_debounce", o => o.PublishDebounce, (o, v) => o.PublishDebounce = v)
        .Number("keys_max", o => o.KeysMax, (o, v) => o.KeysMax = v);

    private static KeyTable<ChannelSharedPollOptions> SharedPollKeys() => new KeyTable<ChannelSharedPollOptions>()
        .Duration("refresh_interval", o => o.RefreshInterval, (o, v) => o.RefreshInterval = v)
        .Number("refresh_batch_size", o => o.RefreshBatchSize, (o, v) => o.RefreshBatchSize = v)
        .Number("max_keys_per_connection", o => o.MaxKeysPerConnection, (o, v) => o.MaxKeysPerConnection = v)
        .Choice("mode", o => o.Mode, (o, v) => o.Mode = v,
            ("versionless", ChannelSharedPollMode.Versionless), ("versioned", ChannelSharedPollMode.Versioned))
        .Duration("channel_shutdown_delay", o => o.ChannelShutdownDelay, (o, v) => o.ChannelShutdownDelay = v)
        .Duration("track_expired_extra_delay", o => o.TrackExpiredExtraDelay, (o, v) => o.TrackExpiredExtraDelay = v)
        .Flag("publish_enabled", o => o.PublishEnabled, (o, v) => o.PublishEnabled = v)
        .Text("proxy_name", o => o.ProxyName, (o, v) => o.ProxyName = v);
}
