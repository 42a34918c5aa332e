namespace Starling.Hosting.Configuration;

/// <summary>The keys of the section <c>client</c>.</summary>
internal static class ClientKeys
{
    public static KeyTable<ClientOptions> Table { get; } = Create();

    private static KeyTable<ClientOptions> Create()
    {
        var token = TokenKeys();
        return new KeyTable<ClientOptions>()
            .Texts("allowed_origins", (o, v) => o.AllowedOrigins = v)
            .Flag("insecure", o => o.Insecure, (o, v) => o.Insecure = v)
            .Section("token", o => o.Token, token)
            .Section("subscription_token", o => o.SubscriptionToken, new KeyTable<SubscriptionTokenOptions>()
                .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
                .Include<TokenOptions>(o => o, token))
            .Section("revocation", o => o.Revocation, new KeyTable<RevocationOptions>()
                .Duration("ttl", o => o.Ttl, (o, v) => o.Ttl = v)
                .Number("limit", o => o.Limit, (o, v) => o.Limit = v)
                .Text("file", o => o.File, (o, v) => o.File = v))
            .Duration("ping_interval", o => o.PingInterval, (o, v) => o.PingInterval = v)
            .Duration("pong_timeout", o => o.PongTimeout, (o, v) => o.PongTimeout = v)
            .Number("queue_max_size", o => o.QueueMaxSize, (o, v) => o.QueueMaxSize = v)
            .Duration("write_stall_timeout", o => o.WriteStallTimeout, (o, v) => o.WriteStallTimeout = v)
            .Number("commands_in_work_max", o => o.CommandsInWorkMax, (o, v) => o.CommandsInWorkMax = v)
            .Number("concurrency", o => o.Concurrency, (o, v) => o.Concurrency = v)
            .Number("channel_limit", o => o.ChannelLimit, (o, v) => o.ChannelLimit = v)
            .Number("history_max_publication_limit", o => o.HistoryMaxPublicationLimit, (o, v) => o.HistoryMaxPublicationLimit = v)
            .Number("recovery_max_publication_limit", o => o.RecoveryMaxPublicationLimit, (o, v) => o.RecoveryMaxPublicationLimit = v)
            .Number("user_connection_limit", o => o.UserConnectionLimit, (o, v) => o.UserConnectionLimit = v)
            .Number("connection_limit", o => o.ConnectionLimit, (o, v) => o.ConnectionLimit = v)
            .Number("connection_rate_limit", o => o.ConnectionRateLimit, (o, v) => o.ConnectionRateLimit = v)
            .Number("address_connection_limit", o => o.AddressConnectionLimit, (o, v) => o.AddressConnectionLimit = v)
            .Number("pending_connection_limit", o => o.PendingConnectionLimit, (o, v) => o.PendingConnectionLimit = v)
            .Section("rate_limit", o => o.RateLimit, RateLimitKeys.Table)
            .Duration("stale_close_delay", o => o.StaleCloseDelay, (o, v) => o.StaleCloseDelay = v)
            .Duration("expired_close_delay", o => o.ExpiredCloseDelay, (o, v) => o.ExpiredCloseDelay = v)
            .Duration("expired_sub_close_delay", o => o.ExpiredSubCloseDelay, (o, v) => o.ExpiredSubCloseDelay = v)
            .Duration("presence_update_interval", o => o.PresenceUpdateInterval, (o, v) => o.PresenceUpdateInterval = v)
            .Duration("channel_position_check_delay", o => o.ChannelPositionCheckDelay, (o, v) => o.ChannelPositionCheckDelay = v)
            .Duration("channel_position_max_time_lag", o => o.ChannelPositionMaxTimeLag, (o, v) => o.ChannelPositionMaxTimeLag = v)
            .Text("user_id_http_header", o => o.UserIdHttpHeader, (o, v) => o.UserIdHttpHeader = v)
            .Flag("connect_include_server_time", o => o.ConnectIncludeServerTime, (o, v) => o.ConnectIncludeServerTime = v)
            .Flag("allow_anonymous_connect_without_token",
                o => o.AllowAnonymousConnectWithoutToken, (o, v) => o.AllowAnonymousConnectWithoutToken = v)
            .Flag("disallow_anonymous_connection_tokens",
                o => o.DisallowAnonymousConnectionTokens, (o, v) => o.DisallowAnonymousConnectionTokens = v)
            .Section("subscribe_to_user_personal_channel", o => o.SubscribeToUserPersonalChannel, new KeyTable<PersonalChannelOptions>()
                .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
                .Text("personal_channel_namespace", o => o.PersonalChannelNamespace, (o, v) => o.PersonalChannelNamespace = v)
                .Flag("single_connection", o => o.SingleConnection, (o, v) => o.SingleConnection = v))
            .Section("proxy", o => o.Proxy, ProxyKeys.Client)
            .NotYet("concurrency", "channel_position_max_time_lag");
    }

    private static KeyTable<TokenOptions> TokenKeys() => new KeyTable<TokenOptions>()
        .Secret("hmac_secret_key", o => o.HmacSecretKey, (o, v) => o.HmacSecretKey = v)
        .Secret("hmac_previous_secret_key", o => o.HmacPreviousSecretKey, (o, v) => o.HmacPreviousSecretKey = v)
        .LongNumber("hmac_previous_secret_key_valid_until",
            o => o.HmacPreviousSecretKeyValidUntil, (o, v) => o.HmacPreviousSecretKeyValidUntil = v)
        .Secret("rsa_public_key", o => o.RsaPublicKey, (o, v) => o.RsaPublicKey = v)
        .Secret("ecdsa_public_key", o => o.EcdsaPublicKey, (o, v) => o.EcdsaPublicKey = v)
        .Text("jwks_public_endpoint", o => o.JwksPublicEndpoint, (o, v) => o.JwksPublicEndpoint = v)
        .Text("audience", o => o.Audience, (o, v) => o.Audience = v)
        .Text("audience_regex", o => o.AudienceRegex, (o, v) => o.AudienceRegex = v)
        .Text("issuer", o => o.Issuer, (o, v) => o.Issuer = v)
        .Text("issuer_regex", o => o.IssuerRegex, (o, v) => o.IssuerRegex = v)
        .Text("user_id_claim", o => o.UserIdClaim, (o, v) => o.UserIdClaim = v)
        .Duration("clock_skew", o => o.ClockSkew, (o, v) => o.ClockSkew = v)
        .List("jwks", o => o.Jwks, new KeyTable<TokenIssuerOptions>()
            .Text("issuer", o => o.Issuer, (o, v) => o.Issuer = v)
            .Text("endpoint", o => o.Endpoint, (o, v) => o.Endpoint = v)
            .Text("audience", o => o.Audience, (o, v) => o.Audience = v)
            .Text("audience_regex", o => o.AudienceRegex, (o, v) => o.AudienceRegex = v));
}
