namespace Starling.Hosting.Configuration;

/// <summary>The keys of back ends.</summary>
internal static class ProxyKeys
{
    /// <summary>The keys every back end has.</summary>
    public static KeyTable<ProxyOptions> One { get; } = new KeyTable<ProxyOptions>()
        .Text("endpoint", o => o.Endpoint, (o, v) => o.Endpoint = v)
        .Duration("timeout", o => o.Timeout, (o, v) => o.Timeout = v)
        .Texts("http_headers", (o, v) => o.HttpHeaders = v)
        .Texts("emulated_headers", (o, v) => o.EmulatedHeaders = v)
        .Flag("binary_encoding", o => o.BinaryEncoding, (o, v) => o.BinaryEncoding = v)
        .Flag("include_connection_meta", o => o.IncludeConnectionMeta, (o, v) => o.IncludeConnectionMeta = v)
        .Section("http", o => o.Http, new KeyTable<ProxyHttpOptions>()
            .Texts("http_headers", (o, v) => o.HttpHeaders = v)
            .SecretMap("static_headers", (o, v) => o.StaticHeaders = v)
            .List("status_to_code_transforms", o => o.StatusToCodeTransforms, new KeyTable<StatusTransformOptions>()
                .Number("status_code", o => o.StatusCode, (o, v) => o.StatusCode = v)
                .Section("to_error", o => o.ToError, new KeyTable<StatusErrorOptions>()
                    .Number("code", o => o.Code, (o, v) => o.Code = v)
                    .Text("message", o => o.Message, (o, v) => o.Message = v)
                    .Flag("temporary", o => o.Temporary, (o, v) => o.Temporary = v))
                .Section("to_disconnect", o => o.ToDisconnect, new KeyTable<StatusDisconnectOptions>()
                    .Number("code", o => o.Code, (o, v) => o.Code = v)
                    .Text("reason", o => o.Reason, (o, v) => o.Reason = v))))
        .Number("concurrency", o => o.Concurrency, (o, v) => o.Concurrency = v)
        .Number("queue_size", o => o.QueueSize, (o, v) => o.QueueSize = v)
        .Number("response_size_max", o => o.ResponseSizeMax, (o, v) => o.ResponseSizeMax = v)
        .NotYet("grpc", "grpc_metadata");

    public static KeyTable<NamedProxyOptions> Named { get; } = new KeyTable<NamedProxyOptions>()
        .Text("name", o => o.Name, (o, v) => o.Name = v)
        .Include<ProxyOptions>(o => o, One);

    private static readonly KeyTable<SwitchedProxyOptions> s_switched = new KeyTable<SwitchedProxyOptions>()
        .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
        .Include<ProxyOptions>(o => o, One);

    public static KeyTable<HookSectionOptions> Hooks { get; } = new KeyTable<HookSectionOptions>()
        .Section("events", o => o.Events, new KeyTable<HookEventOptions>()
            .Text("endpoint", o => o.Endpoint, (o, v) => o.Endpoint = v)
            .Secret("secret", o => o.Secret, (o, v) => o.Secret = v)
            .Texts("types", (o, v) => o.Types = v)
            .Duration("timeout", o => o.Timeout, (o, v) => o.Timeout = v)
            .Number("batch_size", o => o.BatchSize, (o, v) => o.BatchSize = v)
            .Number("queue_size", o => o.QueueSize, (o, v) => o.QueueSize = v)
            .Number("attempts_max", o => o.AttemptsMax, (o, v) => o.AttemptsMax = v)
            .Duration("retry_min", o => o.RetryMin, (o, v) => o.RetryMin = v)
            .Duration("retry_max", o => o.RetryMax, (o, v) => o.RetryMax = v));

    public static KeyTable<ClientProxyOptions> Client { get; } = new KeyTable<ClientProxyOptions>()
        .Section("connect", o => o.Connect, s_switched)
        .Section("refresh", o => o.Refresh, s_switched);

    public static KeyTable<ChannelProxyOptions> Channel { get; } = new KeyTable<ChannelProxyOptions>()
        .Section("subscribe", o => o.Subscribe, One)
        .Section("publish", o => o.Publish, One)
        .Section("sub_refresh", o => o.SubRefresh, One)
        .Section("map_publish", o => o.MapPublish, One)
        .Section("map_remove", o => o.MapRemove, One)
        .Section("shared_poll_refresh", o => o.SharedPollRefresh, One)
        .NotYet("subscribe_stream");
}
