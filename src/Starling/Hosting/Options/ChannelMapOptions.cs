namespace Starling;

/// <summary>Keyed state of the map kinds; bound from <c>map</c> of a namespace.</summary>
public sealed class ChannelMapOptions
{
    /// <summary>Key <c>mode</c>: <c>ephemeral</c>, <c>recoverable</c> or <c>persistent</c>. Default: ephemeral.</summary>
    public ChannelMapMode Mode { get; set; } = ChannelMapMode.Ephemeral;

    /// <summary>Key <c>key_ttl</c>: life of a key after its last write. Positive in the modes ephemeral and recoverable,
    /// 0 in mode persistent. Default 0.</summary>
    public TimeSpan KeyTtl { get; set; }

    /// <summary>Key <c>stream_size</c>: changes kept for recovery. At least 1; default 100.</summary>
    public int StreamSize { get; set; } = 100;

    /// <summary>Key <c>stream_ttl</c>: how long changes are kept. Positive; default 1 min.</summary>
    public TimeSpan StreamTtl { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Key <c>meta_ttl</c>: life of offset and epoch after their last use. 0 = the larger of ten times
    /// <see cref="StreamTtl"/> and <see cref="KeyTtl"/>, and for ever in mode persistent; default 0.</summary>
    public TimeSpan MetaTtl { get; set; }

    /// <summary>Key <c>client_key</c>: who chooses the key of a client's write: empty (the request), <c>client_id</c> or
    /// <c>user_id</c>. Default: empty.</summary>
    public ChannelMapClientKey ClientKey { get; set; } = ChannelMapClientKey.Request;

    /// <summary>Key <c>allow_publish_for_client</c>: users may write keys. Default: false.</summary>
    public bool AllowPublishForClient { get; set; }

    /// <summary>Key <c>allow_publish_for_subscriber</c>: subscribers may write keys. Default: false.</summary>
    public bool AllowPublishForSubscriber { get; set; }

    /// <summary>Key <c>allow_publish_for_anonymous</c>: the two options above also hold for anonymous users.
    /// Default: false.</summary>
    public bool AllowPublishForAnonymous { get; set; }

    /// <summary>Key <c>allow_remove_for_client</c>: users may remove keys. Default: false.</summary>
    public bool AllowRemoveForClient { get; set; }

    /// <summary>Key <c>allow_remove_for_subscriber</c>: subscribers may remove keys. Default: false.</summary>
    public bool AllowRemoveForSubscriber { get; set; }

    /// <summary>Key <c>allow_remove_for_anonymous</c>: the two options above also hold for anonymous users.
    /// Default: false.</summary>
    public bool AllowRemoveForAnonymous { get; set; }

    /// <summary>Key <c>publish_proxy_enabled</c>: a backend decides over writes of clients. Default: false.</summary>
    public bool PublishProxyEnabled { get; set; }

    /// <summary>Key <c>publish_proxy_name</c>: the proxy to ask. Default: <c>default</c>.</summary>
    public string PublishProxyName { get; set; } = "default";

    /// <summary>Key <c>remove_proxy_enabled</c>: a backend decides over removals by clients. Default: false.</summary>
    public bool RemoveProxyEnabled { get; set; }

    /// <summary>Key <c>remove_proxy_name</c>: the proxy to ask. Default: <c>default</c>.</summary>
    public string RemoveProxyName { get; set; } = "default";

    /// <summary>Key <c>remove_client_on_unsubscribe</c>: the key equal to the connection's id goes when it unsubscribes.
    /// Default: false.</summary>
    public bool RemoveClientOnUnsubscribe { get; set; }

    /// <summary>Key <c>default_page_size</c>: entries of a page when the client names no number. Default 100.</summary>
    public int DefaultPageSize { get; set; } = 100;

    /// <summary>Key <c>min_page_size</c>: the smallest page. At least 1; default 100.</summary>
    public int MinPageSize { get; set; } = 100;

    /// <summary>Key <c>max_page_size</c>: the largest page; not below <see cref="MinPageSize"/>. Default 1000.</summary>
    public int MaxPageSize { get; set; } = 1000;

    /// <summary>Key <c>live_transition_max_publication_limit</c>: changes delivered with the live reply. 0 =
    /// <see cref="MaxPageSize"/>; default 0.</summary>
    public int LiveTransitionMaxPublicationLimit { get; set; }

    /// <summary>Key <c>subscribe_catch_up_timeout</c>: time for loading the whole map; then 3008. Positive; default 5 s.</summary>
    public TimeSpan SubscribeCatchUpTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Key <c>publish_debounce</c> (Starling's own): time SDKs gather a client's writes of one key for; the first goes
    /// out at once, of the others the newest. 0 to 1 min, 0 = none; default 0.</summary>
    public TimeSpan PublishDebounce { get; set; }

    /// <summary>Key <c>keys_max</c> (Starling's own): keys of one channel; a write of one more is refused with 106.
    /// 0 = any number; default 1000000.</summary>
    public int KeysMax { get; set; } = 1_000_000;
}

/// <summary>How a map is stored.</summary>
public enum ChannelMapMode
{
    /// <summary>Keys expire, no stream of changes.</summary>
    Ephemeral,

    /// <summary>Keys expire, changes can be recovered.</summary>
    Recoverable,

    /// <summary>Keys stay, changes can be recovered.</summary>
    Persistent,
}

/// <summary>Who chooses the key of a client's write.</summary>
public enum ChannelMapClientKey
{
    /// <summary>The client, in its request; written as the empty string.</summary>
    Request,

    /// <summary>The server: the connection's id.</summary>
    ClientId,

    /// <summary>The server: the user's id.</summary>
    UserId,
}
