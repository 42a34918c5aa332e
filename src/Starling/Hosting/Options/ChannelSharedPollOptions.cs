namespace Starling;

/// <summary>Polling of a backend for all subscribers; bound from <c>shared_poll</c> of a namespace.</summary>
public sealed class ChannelSharedPollOptions
{
    /// <summary>Key <c>refresh_interval</c>: time between two polls. Positive; default 10 s.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Key <c>refresh_batch_size</c>: keys of one call. At least 1; default 1000.</summary>
    public int RefreshBatchSize { get; set; } = 1000;

    /// <summary>Key <c>max_keys_per_connection</c>: keys one connection may track in one channel. At least 1; default 5000.</summary>
    public int MaxKeysPerConnection { get; set; } = 5000;

    /// <summary>Key <c>mode</c>: <c>versionless</c> or <c>versioned</c>. Default: versionless.</summary>
    public ChannelSharedPollMode Mode { get; set; } = ChannelSharedPollMode.Versionless;

    /// <summary>Key <c>channel_shutdown_delay</c>: life of a channel's state after its last key left. Default 1 s.</summary>
    public TimeSpan ChannelShutdownDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Key <c>track_expired_extra_delay</c>: time a client has to renew an expired signature. Default 25 s.</summary>
    public TimeSpan TrackExpiredExtraDelay { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Key <c>publish_enabled</c>: the API may publish values; mode versioned only. Default: false.</summary>
    public bool PublishEnabled { get; set; }

    /// <summary>Key <c>proxy_name</c>: the proxy to ask. Default: <c>default</c>.</summary>
    public string ProxyName { get; set; } = "default";
}

/// <summary>What holds for all shared polls; bound from the section <c>shared_poll</c>.</summary>
public sealed class SharedPollSectionOptions
{
    /// <summary>Key <c>hmac_secret_key</c>: the secret of the signatures with which clients track keys. Without one nothing can be
    /// tracked. Default: empty.</summary>
    public string HmacSecretKey { get; set; } = "";
}

/// <summary>Who numbers the versions of polled values.</summary>
public enum ChannelSharedPollMode
{
    /// <summary>The node, by comparing contents.</summary>
    Versionless,

    /// <summary>The backend.</summary>
    Versioned,
}
