using System.Globalization;

namespace Starling;

/// <summary>The rules of the section <c>client</c>.</summary>
internal static class ClientOptionsRules
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    public static void Check(ClientOptions client, ChannelSectionOptions channels, OptionsReport report)
    {
        report.AtLeast("client.ping_interval", client.PingInterval, s_second);
        if (client.PongTimeout <= TimeSpan.Zero || client.PongTimeout >= client.PingInterval)
        {
            report.Add("client.pong_timeout", client.PongTimeout, "more than 0 and shorter than client.ping_interval");
        }
        report.AtLeast("client.queue_max_size", client.QueueMaxSize, 4096);
        report.AtLeast("client.write_stall_timeout", client.WriteStallTimeout, TimeSpan.FromMilliseconds(100));
        report.AtLeast("client.commands_in_work_max", client.CommandsInWorkMax, 1);
        report.AtLeast("client.concurrency", client.Concurrency, 0);
        report.AtLeast("client.channel_limit", client.ChannelLimit, 1);
        report.AtLeast("client.history_max_publication_limit", client.HistoryMaxPublicationLimit, 1);
        report.AtLeast("client.recovery_max_publication_limit", client.RecoveryMaxPublicationLimit, 1);
        report.AtLeast("client.user_connection_limit", client.UserConnectionLimit, 0);
        report.AtLeast("client.connection_limit", client.ConnectionLimit, 0);
        report.AtLeast("client.connection_rate_limit", client.ConnectionRateLimit, 0);
        report.AtLeast("client.address_connection_limit", client.AddressConnectionLimit, 0);
        report.AtLeast("client.pending_connection_limit", client.PendingConnectionLimit, 0);
        RateLimitOptionsRules.Check(client.RateLimit, report);
        report.Positive("client.stale_close_delay", client.StaleCloseDelay);
        report.NotNegative("client.expired_close_delay", client.ExpiredCloseDelay);
        report.NotNegative("client.expired_sub_close_delay", client.ExpiredSubCloseDelay);
        report.AtLeast("client.presence_update_interval", client.PresenceUpdateInterval, s_second);
        report.AtLeast("client.channel_position_check_delay", client.ChannelPositionCheckDelay, s_second);
        report.NotNegative("client.channel_position_max_time_lag", client.ChannelPositionMaxTimeLag);
        for (var i = 0; i < client.AllowedOrigins.Count; i++)
        {
            CheckOrigin(string.Create(CultureInfo.InvariantCulture, $"client.allowed_origins[{i}]"), client.AllowedOrigins[i], report);
        }
        TokenOptionsRules.Check("client.token", client.Token, report);
        TokenOptionsRules.Check("client.subscription_token", client.SubscriptionToken, report);
        if (client.Revocation.Ttl < s_second || client.Revocation.Ttl > TimeSpan.FromDays(365))
        {
            report.Add("client.revocation.ttl", client.Revocation.Ttl, "1s to 8760h");
        }
        report.Range("client.revocation.limit", client.Revocation.Limit, 1, 10_000_000);
        CheckPersonalChannel(client.SubscribeToUserPersonalChannel, channels, report);
    }

    /// <summary>An allowed origin is <c>*</c>, or scheme, host and perhaps a port, where one label of the host may be <c>*</c>.</summary>
    private static void CheckOrigin(string key, string origin, OptionsReport report)
    {
        if (string.Equals(origin, "*", StringComparison.Ordinal)) return;
        var stars = origin.Count(c => c == '*');
        // The URI parser knows no '*' in a host; a label of the same length stands in for it.
        var valid = Uri.TryCreate(origin.Replace('*', 'x'), UriKind.Absolute, out var uri)
            && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "", Host.Length: > 0 }
            && !origin.EndsWith('/')
            && (stars == 0 || (stars == 1 && (origin.Contains("://*.", StringComparison.Ordinal) || origin.Contains(".*.", StringComparison.Ordinal))));
        if (!valid)
        {
            report.Add(key, origin, "'*', or an origin such as https://example.com or https://*.example.com:8443, without a path");
        }
    }

    internal static void CheckPattern(string key, string pattern, OptionsReport report)
    {
        if (pattern.Length > 0 && !StarlingOptionsValidator.IsPattern(pattern)) report.Add(key, pattern, "a regular expression without lookarounds and back references");
    }

    private static void CheckPersonalChannel(PersonalChannelOptions personal, ChannelSectionOptions channels, OptionsReport report)
    {
        if (!personal.Enabled) return;
        ChannelOptions? options = personal.PersonalChannelNamespace.Length == 0
            ? channels.WithoutNamespace
            : channels.Namespaces.Find(one => string.Equals(one.Name, personal.PersonalChannelNamespace, StringComparison.Ordinal));
        if (options is null)
        {
            report.Add("client.subscribe_to_user_personal_channel.personal_channel_namespace", personal.PersonalChannelNamespace,
                "the name of one of channel.namespaces, or nothing");
        }
        else if (personal.SingleConnection && !options.Presence)
        {
            report.Add("client.subscribe_to_user_personal_channel.single_connection", personal.SingleConnection,
                "true only with presence in the namespace of personal channels");
        }
    }
}
