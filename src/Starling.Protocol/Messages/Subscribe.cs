namespace Starling.Protocol;

/// <summary>Subscribes to a channel.</summary>
public sealed class SubscribeRequest
{
    /// <summary>The channel; empty inside <see cref="ConnectRequest.Subs"/>, where the key is the channel.</summary>
    public string Channel { get; set; } = "";

    /// <summary>Subscription token.</summary>
    public string Token { get; set; } = "";

    /// <summary>Whether to recover from <see cref="Epoch"/> and <see cref="Offset"/>.</summary>
    public bool Recover { get; set; }

    /// <summary>Epoch of the last known position.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>Offset of the last known position.</summary>
    public ulong Offset { get; set; }

    /// <summary>Custom data.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Asks for a position where the namespace only allows it.</summary>
    public bool Positioned { get; set; }

    /// <summary>Asks for recovery where the namespace only allows it.</summary>
    public bool Recoverable { get; set; }

    /// <summary>Asks for join and leave messages where the namespace only allows them.</summary>
    public bool JoinLeave { get; set; }

    /// <summary>Kind of delta wanted: <c>fossil</c> or empty.</summary>
    public string Delta { get; set; } = "";

    /// <summary>Tags filter.</summary>
    public FilterNode? Tf { get; set; }

    /// <summary>Options of the subscription.</summary>
    public SubscribeFlags Flag { get; set; }

    /// <summary>Kind of subscription; a peer may send any value.</summary>
    public SubscriptionType Type { get; set; }

    /// <summary>Map subscriptions: which part is asked for; a peer may send any value.</summary>
    public MapPhase Phase { get; set; }

    /// <summary>Map subscriptions: where the next page begins.</summary>
    public string Cursor { get; set; } = "";

    /// <summary>Map subscriptions: entries per page; a peer may send any value.</summary>
    public int Limit { get; set; }

    /// <summary>Map subscriptions: ascending order.</summary>
    public bool Asc { get; set; }
}

/// <summary>The subscription exists.</summary>
public sealed class SubscribeResult
{
    /// <summary>Whether the client must refresh the subscription's token.</summary>
    public bool Expires { get; set; }

    /// <summary>Seconds until the token expires.</summary>
    public uint Ttl { get; set; }

    /// <summary>Whether the client should keep its position and recover.</summary>
    public bool Recoverable { get; set; }

    /// <summary>Epoch of the channel's stream.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>Missed publications, ascending.</summary>
    public List<Publication>? Publications { get; set; }

    /// <summary>Whether continuity was restored.</summary>
    public bool Recovered { get; set; }

    /// <summary>Offset in the channel's stream.</summary>
    public ulong Offset { get; set; }

    /// <summary>Whether <see cref="Epoch"/> and <see cref="Offset"/> mean something.</summary>
    public bool Positioned { get; set; }

    /// <summary>Custom data.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Whether the server attempted recovery.</summary>
    public bool WasRecovering { get; set; }

    /// <summary>Whether publications may come as deltas.</summary>
    public bool Delta { get; set; }

    /// <summary>Numeric channel id used in pushes instead of the name; 0 for none.</summary>
    public long Id { get; set; }

    /// <summary>Kind of subscription.</summary>
    public SubscriptionType Type { get; set; }

    /// <summary>Map subscriptions: which part this is.</summary>
    public MapPhase Phase { get; set; }

    /// <summary>Map subscriptions: where the next page begins; empty on the last.</summary>
    public string Cursor { get; set; } = "";

    /// <summary>Map subscriptions: entries of the state.</summary>
    public List<Publication>? State { get; set; }

    /// <summary>Milliseconds the SDK should gather its publishes for; 0 for none.</summary>
    public uint PublishDebounce { get; set; }
}

/// <summary>Options a client asks for when subscribing.</summary>
[Flags]
public enum SubscribeFlags : long
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The client understands numeric channel ids.</summary>
    ChannelCompaction = 1,

    /// <summary>Fail with error 112 instead of subscribing when the position cannot be recovered.</summary>
    RejectUnrecovered = 2,
}

/// <summary>Kinds of subscription.</summary>
public enum SubscriptionType
{
    /// <summary>A stream of publications.</summary>
    Stream = 0,

    /// <summary>Keyed state.</summary>
    Map = 1,

    /// <summary>The clients present, as keyed state.</summary>
    MapClients = 2,

    /// <summary>The users present, as keyed state.</summary>
    MapUsers = 3,

    /// <summary>Keys whose values the server polls for.</summary>
    SharedPoll = 4,
}

/// <summary>Parts of a map subscription's loading.</summary>
public enum MapPhase
{
    /// <summary>Live updates.</summary>
    Live = 0,

    /// <summary>Changes since a position.</summary>
    Stream = 1,

    /// <summary>Pages of the state.</summary>
    State = 2,
}

/// <summary>Ends a subscription.</summary>
public sealed class UnsubscribeRequest
{
    /// <summary>The channel.</summary>
    public string Channel { get; set; } = "";
}

/// <summary>The subscription is over.</summary>
public sealed class UnsubscribeResult;
