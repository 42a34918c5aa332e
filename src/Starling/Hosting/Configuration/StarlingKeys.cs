namespace Starling.Hosting.Configuration;

/// <summary>The keys of the whole engine; the stand-alone server adds its own sections.</summary>
internal static class StarlingKeys
{
    public static KeyTable<StarlingOptions> Root { get; } = new KeyTable<StarlingOptions>()
        .Section("engine", o => o.Engine, new KeyTable<EngineOptions>()
            .Choice("type", o => o.Type, (o, v) => o.Type = v, ("memory", EngineType.Memory), ("redis", EngineType.Redis))
            .NotYet("redis"))
        .Section("client", o => o.Client, ClientKeys.Table)
        .Section("channel", o => o.Channel, ChannelKeys.Table)
        .Section("rpc", o => o.Rpc, RpcKeys())
        .List("proxies", o => o.Proxies, ProxyKeys.Named)
        .Section("hooks", o => o.Hooks, ProxyKeys.Hooks)
        .Section("http_api", o => o.HttpApi, new KeyTable<HttpApiOptions>()
            .Secret("key", o => o.Key, (o, v) => o.Key = v)
            .Flag("insecure", o => o.Insecure, (o, v) => o.Insecure = v)
            .Flag("disabled", o => o.Disabled, (o, v) => o.Disabled = v)
            .Flag("external", o => o.External, (o, v) => o.External = v)
            .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v)
            .Number("max_request_body_size", o => o.MaxRequestBodySize, (o, v) => o.MaxRequestBodySize = v))
        .Section("websocket", o => o.WebSocket, WebSocketKeys())
        .Section("http_stream", o => o.HttpStream, TransportKeys.Stream)
        .Section("sse", o => o.Sse, TransportKeys.Stream)
        .Section("emulation", o => o.Emulation, TransportKeys.Emulation)
        .Section("uni_websocket", o => o.UniWebSocket, TransportKeys.UniWebSocket)
        .Section("uni_http_stream", o => o.UniHttpStream, TransportKeys.Stream)
        .Section("uni_sse", o => o.UniSse, TransportKeys.Stream)
        .Section("long_poll", o => o.LongPoll, TransportKeys.LongPoll)
        .Section("health", o => o.Health, new KeyTable<HealthOptions>()
            .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
            .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v))
        .Section("prometheus", o => o.Prometheus, new KeyTable<PrometheusOptions>()
            .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
            .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v))
        .Section("shutdown", o => o.Shutdown, new KeyTable<ShutdownOptions>()
            .Duration("timeout", o => o.Timeout, (o, v) => o.Timeout = v)
            .Duration("spread", o => o.Spread, (o, v) => o.Spread = v))
        .Section("node", o => o.Node, new KeyTable<NodeOptions>()
            .Text("name", o => o.Name, (o, v) => o.Name = v)
            .Duration("info_metrics_aggregate_interval", o => o.InfoMetricsAggregateInterval, (o, v) => o.InfoMetricsAggregateInterval = v))
        .Section("shared_poll", o => o.SharedPoll, new KeyTable<SharedPollSectionOptions>()
            .Secret("hmac_secret_key", o => o.HmacSecretKey, (o, v) => o.HmacSecretKey = v))
        .NotYet("consumers", "admin");

    /// <summary>The same for an application that embeds the engine: a file of the stand-alone server fits, but what that server
    /// does around the engine is the application's own business.</summary>
    public static KeyTable<StarlingOptions> Embedded { get; } = new KeyTable<StarlingOptions>()
        .Include(o => o, Root)
        .Ignore("concerns the stand-alone server only; ignored in an application", "http_server", "log");

    private static KeyTable<WebSocketOptions> WebSocketKeys() => new KeyTable<WebSocketOptions>()
        .Flag("disabled", o => o.Disabled, (o, v) => o.Disabled = v)
        .Text("handler_prefix", o => o.HandlerPrefix, (o, v) => o.HandlerPrefix = v)
        .Flag("compression", o => o.Compression, (o, v) => o.Compression = v)
        .Number("compression_min_size", o => o.CompressionMinSize, (o, v) => o.CompressionMinSize = v)
        .Number("message_size_limit", o => o.MessageSizeLimit, (o, v) => o.MessageSizeLimit = v)
        .Flag("direct_socket_writes", o => o.DirectSocketWrites, (o, v) => o.DirectSocketWrites = v)
        .Ignore("a connection that takes no bytes is closed after client.write_stall_timeout, whatever the transport; ignored",
            "write_timeout");

    private static KeyTable<RpcSectionOptions> RpcKeys()
    {
        var options = new KeyTable<RpcOptions>()
            .Flag("proxy_enabled", o => o.ProxyEnabled, (o, v) => o.ProxyEnabled = v)
            .Text("proxy_name", o => o.ProxyName, (o, v) => o.ProxyName = v);
        return new KeyTable<RpcSectionOptions>()
            .Section("ping", o => o.Ping, new KeyTable<RpcPingOptions>()
                .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
                .Text("method", o => o.Method, (o, v) => o.Method = v))
            .Section("without_namespace", o => o.WithoutNamespace, options)
            .List("namespaces", o => o.Namespaces, new KeyTable<RpcNamespaceOptions>()
                .Text("name", o => o.Name, (o, v) => o.Name = v)
                .Include<RpcOptions>(o => o, options))
            .Section("proxy", o => o.Proxy, ProxyKeys.One);
    }
}
