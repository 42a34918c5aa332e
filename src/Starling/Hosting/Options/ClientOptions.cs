namespace Starling;

/// <summary>Who may connect, the heartbeat and the limits of a connection; bound from the section <c>client</c>.</summary>
public sealed class ClientOptions
{
    /// <summary>Key <c>allowed_origins</c>: web origins whose pages may connect, such as <c>https://example.com</c>.
    /// Scheme, host and port are compared exactly; one label may be <c>*</c> (<c>https://*.example.com</c>); <c>*</c> alone
    /// allows every page. Clients without an <c>Origin</c> header are no pages and pass. Default: none, so that only pages
    /// of the host the request was sent to may connect; where origins are named, that host has to be named too.</summary>
    public List<string> AllowedOrigins { get; set; } = [];

    /// <summary>Key <c>insecure</c>: clients connect without a token and no permission is checked. Only for development;
    /// warned of at start. Default: false.</summary>
    public bool Insecure { get; set; }

    /// <summary>Key <c>token</c>: how connection tokens are verified.</summary>
    public TokenOptions Token { get; set; } = new();

    /// <summary>Key <c>subscription_token</c>: keys of subscription tokens, where they differ from those of connections.</summary>
    public SubscriptionTokenOptions SubscriptionToken { get; set; } = new();

    /// <summary>Key <c>revocation</c> (Starling's own): how long tokens that were taken back are remembered.</summary>
    public RevocationOptions Revocation { get; set; } = new();

    /// <summary>Key <c>ping_interval</c>: time between two pings to a client. At least 1 s; default 25 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Key <c>pong_timeout</c>: time a client has to show life after a ping before it is closed with 3012.
    /// Positive and shorter than <see cref="PingInterval"/>; default 8 s.</summary>
    public TimeSpan PongTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Key <c>queue_max_size</c>: bytes of replies and control pushes that may wait for a slow reader. From half of it
    /// on its commands wait; control pushes beyond it close the connection with 3008. At least 4096; default 1048576 (1 MiB).</summary>
    public int QueueMaxSize { get; set; } = 1024 * 1024;

    /// <summary>Key <c>write_stall_timeout</c> (Starling's own): a connection that has something to write and makes no progress
    /// for so long is closed with 3008. At least 100 ms; default 10 s.</summary>
    public TimeSpan WriteStallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Key <c>commands_in_work_max</c> (Starling's own): commands of one connection that may be in work or waiting;
    /// while there are so many, nothing more is read from it. At least 1; default 16.</summary>
    public int CommandsInWorkMax { get; set; } = 16;

    /// <summary>Key <c>concurrency</c>: commands of one connection that may run at the same time; replies then come in any
    /// order. 0 and 1 mean one after another; default 0. Without effect in this version: they always run one after another.</summary>
    public int Concurrency { get; set; }

    /// <summary>Key <c>channel_limit</c>: subscriptions of one connection; one more is refused with error 106.
    /// At least 1; default 128.</summary>
    public int ChannelLimit { get; set; } = 128;

    /// <summary>Key <c>history_max_publication_limit</c>: publications in one history reply to a client; more are cut.
    /// At least 1; default 300.</summary>
    public int HistoryMaxPublicationLimit { get; set; } = 300;

    /// <summary>Key <c>recovery_max_publication_limit</c>: missed publications in one subscribe reply; what is beyond follows as
    /// ordinary publications (the reference server gives up instead). At least 1; default 300.</summary>
    public int RecoveryMaxPublicationLimit { get; set; } = 300;

    /// <summary>Key <c>user_connection_limit</c>: connections of one user on one node; one more is closed with 3504.
    /// Anonymous users are not counted. 0 = unlimited; default 0.</summary>
    public int UserConnectionLimit { get; set; }

    /// <summary>Key <c>connection_limit</c>: connections of this node; one more is refused with HTTP 503. 0 = unlimited; default 0.</summary>
    public int ConnectionLimit { get; set; }

    /// <summary>Key <c>connection_rate_limit</c>: new connections per second of this node; more are refused with HTTP
    /// 503. 0 = unlimited; default 0.</summary>
    public int ConnectionRateLimit { get; set; }

    /// <summary>Key <c>address_connection_limit</c> (Starling's own): connections from one address on one node; one more is
    /// refused with HTTP 429. An IPv6 network of 64 bits counts as one address. 0 = unlimited; default 0.</summary>
    public int AddressConnectionLimit { get; set; }

    /// <summary>Key <c>pending_connection_limit</c> (Starling's own): connections of this node whose connect command has not been
    /// granted yet; one more is refused with HTTP 503. 0 = unlimited; default 0.</summary>
    public int PendingConnectionLimit { get; set; }

    /// <summary>Key <c>rate_limit</c> (Starling's own): how much clients may do in a time.</summary>
    public RateLimitOptions RateLimit { get; set; } = new();

    /// <summary>Key <c>stale_close_delay</c>: a connection that has not connected by then is closed with 3502. Positive;
    /// default 10 s.</summary>
    public TimeSpan StaleCloseDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Key <c>expired_close_delay</c>: time a client has to refresh an expired connection before it is closed with
    /// 3005. Default 25 s.</summary>
    public TimeSpan ExpiredCloseDelay { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Key <c>expired_sub_close_delay</c>: the same for a subscription (unsubscribed with 2501). Default 25 s.</summary>
    public TimeSpan ExpiredSubCloseDelay { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Key <c>presence_update_interval</c>: time between two renewals of a presence entry, and between two checks of
    /// expired subscriptions. At least 1 s; default 27 s. Entries live 60 s without renewal.</summary>
    public TimeSpan PresenceUpdateInterval { get; set; } = TimeSpan.FromSeconds(27);

    /// <summary>Key <c>channel_position_check_delay</c>: a positioned subscription without publication for so long is compared
    /// with the broker, so that a silently lost message is found. At least 1 s; default 4 s (the reference server: 40 s).</summary>
    public TimeSpan ChannelPositionCheckDelay { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Key <c>channel_position_max_time_lag</c>: a publication older than this on arrival at the node means that the
    /// position is lost. 0 = off; default 0. Without effect in this version: its broker is in the process, and nothing is ever
    /// under way.</summary>
    public TimeSpan ChannelPositionMaxTimeLag { get; set; }

    /// <summary>Key <c>user_id_http_header</c>: the name of a request header that holds the user id, set by a proxy in front that
    /// has authenticated the request. The stand-alone server takes it from <c>http_server.trusted_proxies</c> only; an application
    /// has to see to it itself that nobody else can send it. Empty = off; default empty.</summary>
    public string UserIdHttpHeader { get; set; } = "";

    /// <summary>Key <c>connect_include_server_time</c>: the connect reply holds the server's time. Default: false.</summary>
    public bool ConnectIncludeServerTime { get; set; }

    /// <summary>Key <c>allow_anonymous_connect_without_token</c>: a client without token connects as the anonymous user.
    /// Default: false.</summary>
    public bool AllowAnonymousConnectWithoutToken { get; set; }

    /// <summary>Key <c>disallow_anonymous_connection_tokens</c>: tokens without a user are refused. Default: false.</summary>
    public bool DisallowAnonymousConnectionTokens { get; set; }

    /// <summary>Key <c>proxy</c>: back ends that decide over connecting and staying.</summary>
    public ClientProxyOptions Proxy { get; set; } = new();

    /// <summary>Key <c>subscribe_to_user_personal_channel</c>: subscribes every user to a channel of their own.</summary>
    public PersonalChannelOptions SubscribeToUserPersonalChannel { get; set; } = new();
}

/// <summary>The personal channel of a user; bound from <c>client.subscribe_to_user_personal_channel</c>.</summary>
public sealed class PersonalChannelOptions
{
    /// <summary>Key <c>enabled</c>: a connecting user is subscribed to <c>#user</c>. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Key <c>personal_channel_namespace</c>: an existing namespace for the channel (<c>namespace:#user</c>);
    /// empty = without namespace. Default: empty.</summary>
    public string PersonalChannelNamespace { get; set; } = "";

    /// <summary>Key <c>single_connection</c>: an older connection of the user is closed with 3504. Needs presence in the
    /// channel's namespace. Default: false.</summary>
    public bool SingleConnection { get; set; }
}
