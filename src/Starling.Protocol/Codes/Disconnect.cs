namespace Starling.Protocol;

/// <summary>Why the server ends a connection; code and reason of the close frame.</summary>
/// <param name="Code">3000–3499, 4000–4499 and from 5000 on: the client connects again. 3500–3999 and 4500–4999: it does
/// not. Applications use 4000–4999.</param>
/// <param name="Reason">Never empty: clients take a close without reason for a broken transport.</param>
public readonly record struct Disconnect(uint Code, string Reason)
{
    /// <summary>Whether the client connects again.</summary>
    public bool Reconnects => Code is not ((>= 3500 and < 4000) or (>= 4500 and < 5000));
}

/// <summary>The disconnects of the protocol.</summary>
public static class Disconnects
{
    /// <summary>The transport went away; never sent.</summary>
    public static Disconnect ConnectionClosed => new(3000, "connection closed");

    /// <summary>The server stops.</summary>
    public static Disconnect Shutdown => new(3001, "shutdown");

    /// <summary>Unexpected failure.</summary>
    public static Disconnect ServerError => new(3004, "internal server error");

    /// <summary>Not refreshed in time.</summary>
    public static Disconnect Expired => new(3005, "connection expired");

    /// <summary>A server-side subscription expired.</summary>
    public static Disconnect SubscriptionExpired => new(3006, "subscription expired");

    /// <summary>The client reads too slowly.</summary>
    public static Disconnect Slow => new(3008, "slow");

    /// <summary>The transport failed to write.</summary>
    public static Disconnect WriteError => new(3009, "write error");

    /// <summary>A gap on a server-side subscription, or the token's channels changed.</summary>
    public static Disconnect InsufficientState => new(3010, "insufficient state");

    /// <summary>Asked for through the API.</summary>
    public static Disconnect ForceReconnect => new(3011, "force reconnect");

    /// <summary>A ping was not answered.</summary>
    public static Disconnect NoPong => new(3012, "no pong");

    /// <summary>A rate limit.</summary>
    public static Disconnect TooManyRequests => new(3013, "too many requests");

    /// <summary>The client must drop its token and all subscription state.</summary>
    public static Disconnect StateInvalidated => new(3014, "state invalidated");

    /// <summary>The connection token is invalid. Terminal.</summary>
    public static Disconnect InvalidToken => new(3500, "invalid token");

    /// <summary>Protocol violation. Terminal.</summary>
    public static Disconnect BadRequest => new(3501, "bad request");

    /// <summary>Not authenticated in time. Terminal.</summary>
    public static Disconnect Stale => new(3502, "stale");

    /// <summary>Asked for through the API. Terminal.</summary>
    public static Disconnect ForceNoReconnect => new(3503, "force disconnect");

    /// <summary>Too many connections of one user. Terminal.</summary>
    public static Disconnect ConnectionLimit => new(3504, "connection limit");

    /// <summary>Too many server-side subscriptions. Terminal.</summary>
    public static Disconnect ChannelLimit => new(3505, "channel limit");

    /// <summary>A reply cannot be encoded: binary data on a JSON connection. Terminal.</summary>
    public static Disconnect InappropriateProtocol => new(3506, "inappropriate protocol");

    /// <summary>Not permitted. Terminal.</summary>
    public static Disconnect PermissionDenied => new(3507, "permission denied");

    /// <summary>The feature is off. Terminal.</summary>
    public static Disconnect NotAvailable => new(3508, "not available");

    /// <summary>Application policy. Terminal.</summary>
    public static Disconnect TooManyErrors => new(3509, "too many errors");
}
