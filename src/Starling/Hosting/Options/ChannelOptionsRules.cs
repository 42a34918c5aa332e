using System.Globalization;

namespace Starling;

/// <summary>The rules of the section <c>channel</c>.</summary>
internal static class ChannelOptionsRules
{
    private static readonly TimeSpan s_leaveGraceMax = TimeSpan.FromSeconds(60);

    public static void Check(ChannelSectionOptions channels, OptionsReport report)
    {
        report.Range("channel.max_length", channels.MaxLength, 1, 65_535);
        report.Positive("channel.history_meta_ttl", channels.HistoryMetaTtl);
        StarlingOptionsValidator.CheckNames("channel.namespaces", channels.Namespaces.ConvertAll(one => one.Name), report);
        CheckOne("channel.without_namespace", channels.WithoutNamespace, channels.HistoryMetaTtl, report);
        for (var i = 0; i < channels.Namespaces.Count; i++)
        {
            var section = string.Create(CultureInfo.InvariantCulture, $"channel.namespaces[{i}]");
            CheckOne(section, channels.Namespaces[i], channels.HistoryMetaTtl, report);
        }
        foreach (var (section, options) in Sections(channels))
        {
            CheckPresencePrefix($"{section}.map_clients_presence_channel_prefix", options.MapClientsPresenceChannelPrefix, ChannelSubscriptionType.MapClients, "map_clients");
            CheckPresencePrefix($"{section}.map_users_presence_channel_prefix", options.MapUsersPresenceChannelPrefix, ChannelSubscriptionType.MapUsers, "map_users");
        }

        void CheckPresencePrefix(string key, string prefix, ChannelSubscriptionType kind, string kindName)
        {
            if (prefix.Length == 0) return;
            var name = prefix.TrimStart('$').Split(':')[0];
            if (!prefix.Contains(':', StringComparison.Ordinal) || !channels.Namespaces.Exists(one => one.Name == name && one.SubscriptionType == kind))
            {
                report.Add(key, prefix, $"a namespace of subscription_type {kindName}, a ':', and what else the names shall begin with");
            }
        }
    }

    private static IEnumerable<(string Section, ChannelOptions Options)> Sections(ChannelSectionOptions channels)
    {
        yield return ("channel.without_namespace", channels.WithoutNamespace);
        for (var i = 0; i < channels.Namespaces.Count; i++)
        {
            yield return (string.Create(CultureInfo.InvariantCulture, $"channel.namespaces[{i}]"), channels.Namespaces[i]);
        }
    }

    private static void CheckOne(string section, ChannelOptions options, TimeSpan globalMetaTtl, OptionsReport report)
    {
        CheckHistory(section, options, globalMetaTtl, report);
        CheckRecovery(section, options, report);
        foreach (var delta in options.AllowedDeltaTypes)
        {
            if (delta is not "fossil") report.Add($"{section}.allowed_delta_types", delta, "fossil");
        }
        ClientOptionsRules.CheckPattern($"{section}.channel_regex", options.ChannelRegex, report);
        if (!Enum.IsDefined(options.PublicationDataFormat))
        {
            report.Add($"{section}.publication_data_format", options.PublicationDataFormat, "empty, json, json_object or binary");
        }
        if (!Enum.IsDefined(options.SubscriptionType))
        {
            report.Add($"{section}.subscription_type", options.SubscriptionType, "stream, map, map_clients, map_users or shared_poll");
        }
        report.NotNegative($"{section}.leave_grace", options.LeaveGrace);
        if (options.LeaveGrace > s_leaveGraceMax) report.Add($"{section}.leave_grace", options.LeaveGrace, "at most 60 s");
        report.AtLeast($"{section}.join_leave_rate", options.JoinLeaveRate, 100);
        report.Range($"{section}.presence_list_max", options.PresenceListMax, 1, 100_000);
        report.Range($"{section}.ring_entries_max", options.RingEntriesMax, 16, 1024 * 1024);
        report.Range($"{section}.ring_bytes_max", options.RingBytesMax, 4096, 1024 * 1024 * 1024);
        report.Range($"{section}.rate_max", options.RateMax, 0, 20);
        if (options.SubscriptionType is ChannelSubscriptionType.Map or ChannelSubscriptionType.MapClients or ChannelSubscriptionType.MapUsers)
        {
            CheckMap($"{section}.map", options.Map, report);
        }
        if (options.SubscriptionType is ChannelSubscriptionType.SharedPoll)
        {
            CheckSharedPoll($"{section}.shared_poll", options.SharedPoll, report);
        }
    }

    private static void CheckHistory(string section, ChannelOptions options, TimeSpan globalMetaTtl, OptionsReport report)
    {
        report.AtLeast($"{section}.history_size", options.HistorySize, 0);
        report.NotNegative($"{section}.history_ttl", options.HistoryTtl);
        report.NotNegative($"{section}.history_meta_ttl", options.HistoryMetaTtl);
        if (options.HistorySize > 0 != options.HistoryTtl > TimeSpan.Zero)
        {
            report.Add($"{section}.history_ttl", options.HistoryTtl,
                "more than 0 together with history_size, or 0 for both: they are set together or not at all");
        }
        var metaTtl = options.HistoryMetaTtl > TimeSpan.Zero ? options.HistoryMetaTtl : globalMetaTtl;
        if (options.HistoryTtl > TimeSpan.Zero && metaTtl <= options.HistoryTtl)
        {
            report.Add($"{section}.history_meta_ttl", metaTtl, "more than history_ttl, or 0 for channel.history_meta_ttl");
        }
    }

    private static void CheckRecovery(string section, ChannelOptions options, OptionsReport report)
    {
        var hasHistory = options.HistorySize > 0 && options.HistoryTtl > TimeSpan.Zero;
        NeedsHistory("force_positioning", options.ForcePositioning);
        NeedsHistory("allow_positioning", options.AllowPositioning);
        NeedsHistory("force_recovery", options.ForceRecovery);
        NeedsHistory("allow_recovery", options.AllowRecovery);
        if (!Enum.IsDefined(options.ForceRecoveryMode))
        {
            report.Add($"{section}.force_recovery_mode", options.ForceRecoveryMode, "stream or cache");
        }
        if (options.AutoCacheRecover && !(options.ForceRecovery && options.ForceRecoveryMode == ChannelRecoveryMode.Cache))
        {
            report.Add($"{section}.auto_cache_recover", true, "true only with force_recovery and force_recovery_mode cache");
        }

        void NeedsHistory(string key, bool value)
        {
            if (value && !hasHistory) report.Add($"{section}.{key}", value, "true only with history_size and history_ttl");
        }
    }

    private static void CheckMap(string section, ChannelMapOptions map, OptionsReport report)
    {
        if (!Enum.IsDefined(map.Mode)) report.Add($"{section}.mode", map.Mode, "ephemeral, recoverable or persistent");
        if (!Enum.IsDefined(map.ClientKey)) report.Add($"{section}.client_key", map.ClientKey, "empty, client_id or user_id");
        var persistent = map.Mode == ChannelMapMode.Persistent;
        if (persistent ? map.KeyTtl != TimeSpan.Zero : map.KeyTtl <= TimeSpan.Zero)
        {
            report.Add($"{section}.key_ttl", map.KeyTtl, "more than 0 in the modes ephemeral and recoverable, 0 in mode persistent");
        }
        report.AtLeast($"{section}.stream_size", map.StreamSize, 1);
        report.Positive($"{section}.stream_ttl", map.StreamTtl);
        report.NotNegative($"{section}.meta_ttl", map.MetaTtl);
        report.AtLeast($"{section}.min_page_size", map.MinPageSize, 1);
        report.AtLeast($"{section}.live_transition_max_publication_limit", map.LiveTransitionMaxPublicationLimit, 0);
        report.Positive($"{section}.subscribe_catch_up_timeout", map.SubscribeCatchUpTimeout);
        report.AtLeast($"{section}.keys_max", map.KeysMax, 0);
        if (map.PublishDebounce < TimeSpan.Zero || map.PublishDebounce > TimeSpan.FromMinutes(1))
        {
            report.Add($"{section}.publish_debounce", map.PublishDebounce, "0 to 60s");
        }
        if (map.MaxPageSize < map.MinPageSize)
        {
            report.Add($"{section}.max_page_size", map.MaxPageSize, "min_page_size or more");
        }
        else
        {
            report.Range($"{section}.default_page_size", map.DefaultPageSize, map.MinPageSize, map.MaxPageSize);
        }
    }

    private static void CheckSharedPoll(string section, ChannelSharedPollOptions poll, OptionsReport report)
    {
        if (!Enum.IsDefined(poll.Mode)) report.Add($"{section}.mode", poll.Mode, "versionless or versioned");
        report.Positive($"{section}.refresh_interval", poll.RefreshInterval);
        report.AtLeast($"{section}.refresh_batch_size", poll.RefreshBatchSize, 1);
        report.AtLeast($"{section}.max_keys_per_connection", poll.MaxKeysPerConnection, 1);
        report.NotNegative($"{section}.channel_shutdown_delay", poll.ChannelShutdownDelay);
        report.NotNegative($"{section}.track_expired_extra_delay", poll.TrackExpiredExtraDelay);
        if (poll.PublishEnabled && poll.Mode != ChannelSharedPollMode.Versioned)
        {
            report.Add($"{section}.publish_enabled", true, "true only in mode versioned");
        }
    }
}
