using Starling.Hosting.Configuration;
using static Starling.Server.Tests.Configuration.Configurations;

namespace Starling.Server.Tests.Configuration;

public sealed class FileTests
{
    /// <summary>A file as users of the protocol's other server write it: every section, in its spelling.</summary>
    private const string BigFile = """
        {
          // where it listens
          "http_server": {
            "port": 9000, "address": "127.0.0.1", "internal_port": 9001, "internal_address": "127.0.0.1",
            "tls": { "enabled": false, "cert_pem_file": "server.crt", "key_pem_file": "server.key" },
            "h2c_external": true
          },
          "log": { "level": "debug", "file": "" },
          "engine": { "type": "memory", "redis": { "address": "redis://127.0.0.1:6379", "prefix": "starling" } },
          "client": {
            "allowed_origins": ["https://example.com", "https://*.example.org:8443"],
            "token": {
              "hmac_secret_key": "0123456789abcdef0123456789abcdef",
              "audience": "clients", "issuer_regex": "^https://id\\.", "user_id_claim": "uid"
            },
            "subscription_token": { "enabled": true, "hmac_secret_key": "fedcba9876543210fedcba9876543210" },
            "ping_interval": "20s", "pong_timeout": "7500ms", "queue_max_size": 2097152,
            "channel_limit": 256, "history_max_publication_limit": 500, "recovery_max_publication_limit": 400,
            "user_connection_limit": 10, "connection_limit": 100000, "connection_rate_limit": 200, "concurrency": 4,
            "stale_close_delay": "5s", "user_id_http_header": "X-User-Id", "connect_include_server_time": true,
            "allow_anonymous_connect_without_token": true, "disallow_anonymous_connection_tokens": true,
            "subscribe_to_user_personal_channel": { "enabled": true, "personal_channel_namespace": "personal", "single_connection": true },
            "proxy": { "connect": { "enabled": true, "endpoint": "http://localhost:3000/connect" } }
          },
          "channel": {
            "history_meta_ttl": "1440h", "max_length": 200,
            "without_namespace": { "allow_subscribe_for_client": true, "channel_regex": "^[a-z]+$" },
            "namespaces": [
              {
                "name": "news", "presence": true, "join_leave": true, "force_push_join_leave": true,
                "history_size": 100, "history_ttl": "5m", "history_meta_ttl": "24h",
                "force_positioning": true, "force_recovery": true, "force_recovery_mode": "cache", "auto_cache_recover": true,
                "allowed_delta_types": ["fossil"], "delta_publish": true, "allow_tags_filter": true,
                "allow_publish_for_subscriber": true, "allow_history_for_client": true, "allow_presence_for_anonymous": true,
                "allow_user_limited_channels": true, "publication_data_format": "json_object",
                "subscribe_proxy_enabled": true, "subscribe_proxy_name": "first"
              },
              { "name": "personal", "presence": true },
              { "name": "players", "subscription_type": "map_users", "map": { "mode": "recoverable", "key_ttl": "1m30s", "client_key": "user_id" } }
            ]
          },
          "rpc": { "ping": { "enabled": true, "method": "status" }, "namespaces": [ { "name": "calc", "proxy_enabled": true, "proxy_name": "first" } ] },
          "proxies": [ { "name": "first", "endpoint": "http://localhost:3000/subscribe", "timeout": "1s" } ],
          "http_api": { "key": "secret", "external": true, "handler_prefix": "/server/api" },
          "websocket": { "compression": true, "compression_min_size": 512, "message_size_limit": 131072, "handler_prefix": "/ws" },
          "http_stream": { "enabled": true }, "sse": { "enabled": true }, "emulation": { "handler_prefix": "/emulation" },
          "consumers": [ { "name": "orders", "enabled": true, "type": "kafka" } ],
          "admin": { "enabled": true, "password": "p", "secret": "s" },
          "health": { "enabled": true, "handler_prefix": "/healthz" },
          "prometheus": { "enabled": true },
          "shutdown": { "timeout": "20s" },
          "node": { "name": "first", "info_metrics_aggregate_interval": "30s" }
        }
        """;

    [Fact]
    public void A_file_of_the_reference_servers_kind_loads_without_error()
    {
        var loaded = Load(BigFile);

        Assert.DoesNotContain(loaded.Notices, notice => notice.Severity == ConfigurationSeverity.Error);
        Assert.True(loaded.IsValid);
    }

    [Fact]
    public void What_this_version_does_not_do_is_said_and_nothing_is_unknown()
    {
        var warnings = Load(BigFile).Notices.ConvertAll(notice => notice.ToString());

        Assert.DoesNotContain(warnings, warning => warning.Contains("unknown", StringComparison.Ordinal));
        foreach (var key in new[] { "engine.redis", "consumers", "admin" })
        {
            Assert.Contains(warnings, warning => warning.StartsWith($"{key}: known, but this version does not support it yet", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Server_and_client_settings_arrive_where_they_belong()
    {
        var options = Load(BigFile).Options;

        Assert.Equal((9000, "127.0.0.1", 9001, true), (options.HttpServer.Port, options.HttpServer.Address, options.HttpServer.InternalPort, options.HttpServer.H2cExternal));
        Assert.Equal("server.crt", options.HttpServer.Tls.CertPemFile);
        Assert.Equal("", options.HttpServer.InternalTls.CertPemFile);
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Debug, options.Log.Level);
        var client = options.Engine.Client;
        Assert.Equal(["https://example.com", "https://*.example.org:8443"], client.AllowedOrigins);
        Assert.Equal("0123456789abcdef0123456789abcdef", client.Token.HmacSecretKey);
        Assert.Equal("fedcba9876543210fedcba9876543210", client.SubscriptionToken.HmacSecretKey);
        Assert.Equal(@"^https://id\.", client.Token.IssuerRegex);
        Assert.Equal(TimeSpan.FromSeconds(20), client.PingInterval);
        Assert.Equal(TimeSpan.FromSeconds(7.5), client.PongTimeout);
        Assert.Equal((256, 500, 400, 10), (client.ChannelLimit, client.HistoryMaxPublicationLimit, client.RecoveryMaxPublicationLimit, client.UserConnectionLimit));
        Assert.True(client.SubscribeToUserPersonalChannel.SingleConnection);
    }

    [Fact]
    public void Channel_and_transport_settings_arrive_where_they_belong()
    {
        var engine = Load(BigFile).Options.Engine;

        Assert.Equal(TimeSpan.FromHours(1440), engine.Channel.HistoryMetaTtl);
        Assert.Equal("^[a-z]+$", engine.Channel.WithoutNamespace.ChannelRegex);
        Assert.Equal(["news", "personal", "players"], engine.Channel.Namespaces.Select(one => one.Name));
        var news = engine.Channel.Namespaces[0];
        Assert.Equal((100, TimeSpan.FromMinutes(5), TimeSpan.FromHours(24)), (news.HistorySize, news.HistoryTtl, news.HistoryMetaTtl));
        Assert.Equal((ChannelRecoveryMode.Cache, PublicationDataFormat.JsonObject), (news.ForceRecoveryMode, news.PublicationDataFormat));
        Assert.Equal(["fossil"], news.AllowedDeltaTypes);
        Assert.True(news.SubscribeProxyEnabled);
        var players = engine.Channel.Namespaces[2];
        Assert.Equal((ChannelSubscriptionType.MapUsers, ChannelMapMode.Recoverable), (players.SubscriptionType, players.Map.Mode));
        Assert.Equal((TimeSpan.FromSeconds(90), ChannelMapClientKey.UserId), (players.Map.KeyTtl, players.Map.ClientKey));
        Assert.Equal("status", engine.Rpc.Ping.Method);
        Assert.Equal("calc", Assert.Single(engine.Rpc.Namespaces).Name);
        Assert.Equal(("secret", true, "/server/api"), (engine.HttpApi.Key, engine.HttpApi.External, engine.HttpApi.HandlerPrefix));
        Assert.Equal((true, 512, 131_072, "/ws"), (engine.WebSocket.Compression, engine.WebSocket.CompressionMinSize, engine.WebSocket.MessageSizeLimit, engine.WebSocket.HandlerPrefix));
        Assert.Equal("/healthz", engine.Health.HandlerPrefix);
        Assert.Equal(TimeSpan.FromSeconds(20), engine.Shutdown.Timeout);
        Assert.Equal("first", engine.Node.Name);
    }

    [Theory]
    [InlineData("""{"client": {"allowed_origins": ["https://a.example"]}}""")]
    [InlineData("""{"client": {"allowedOrigins": ["https://a.example"]}}""")]
    [InlineData("""{"Client": {"AllowedOrigins": ["https://a.example"]}}""")]
    [InlineData("""{"CLIENT": {"ALLOWED_ORIGINS": ["https://a.example"]}}""")]
    public void Keys_differ_neither_by_case_nor_by_underscores(string json) =>
        Assert.Equal(["https://a.example"], Load(json).Options.Engine.Client.AllowedOrigins);

    [Fact]
    public void Without_any_source_the_defaults_are_valid()
    {
        var loaded = Load();

        Assert.True(loaded.IsValid);
        Assert.Equal(8000, loaded.Options.HttpServer.Port);
        Assert.True(loaded.Options.Engine.Health.Enabled);
        Assert.False(loaded.Options.Engine.Prometheus.Enabled);
    }

    [Fact]
    public void Null_means_the_default() =>
        Assert.Equal(TimeSpan.FromSeconds(25), Load("""{"client": {"ping_interval": null, "token": null}, "channel": null}""").Options.Engine.Client.PingInterval);

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_file() => Assert.True(Load("\uFEFF{}").IsValid);

    [Fact]
    public void What_was_loaded_reaches_every_section_of_the_engine()
    {
        var loaded = Load(BigFile);
        var engine = new StarlingOptions();

        loaded.Apply(engine);

        foreach (var section in typeof(StarlingOptions).GetProperties())
        {
            Assert.Same(section.GetValue(loaded.Options.Engine), section.GetValue(engine));
        }
    }
}
