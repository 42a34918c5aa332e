namespace Starling.Protocol;

/// <summary>Why a command failed.</summary>
/// <param name="Code">0–99 belong to clients, 100–399 to the protocol, 400–1999 to applications.</param>
/// <param name="Message">Informative; clients decide by the code.</param>
/// <param name="Temporary">Whether trying again may help.</param>
public sealed record ProtocolError(uint Code, string Message, bool Temporary = false);

/// <summary>The error replies of the protocol.</summary>
public static class ProtocolErrors
{
    /// <summary>Broker or back end failed.</summary>
    public static ProtocolError Internal { get; } = new(100, "internal server error", Temporary: true);

    /// <summary>For applications.</summary>
    public static ProtocolError Unauthorized { get; } = new(101, "unauthorized");

    /// <summary>The channel's namespace is not configured.</summary>
    public static ProtocolError UnknownChannel { get; } = new(102, "unknown channel");

    /// <summary>No rule allows it, or the subscription token is invalid.</summary>
    public static ProtocolError PermissionDenied { get; } = new(103, "permission denied");

    /// <summary>Unknown call method or namespace.</summary>
    public static ProtocolError MethodNotFound { get; } = new(104, "method not found");

    /// <summary>The connection is subscribed to the channel already.</summary>
    public static ProtocolError AlreadySubscribed { get; } = new(105, "already subscribed");

    /// <summary>Too many channels or tracked keys.</summary>
    public static ProtocolError LimitExceeded { get; } = new(106, "limit exceeded");

    /// <summary>Invalid field values, channel name or payload format.</summary>
    public static ProtocolError BadRequest { get; } = new(107, "bad request");

    /// <summary>The feature is off.</summary>
    public static ProtocolError NotAvailable { get; } = new(108, "not available");

    /// <summary>The token is expired; the client gets a new one and tries again.</summary>
    public static ProtocolError TokenExpired { get; } = new(109, "token expired");

    /// <summary>Token or proxy gave an expiration time in the past.</summary>
    public static ProtocolError Expired { get; } = new(110, "expired");

    /// <summary>A rate limit.</summary>
    public static ProtocolError TooManyRequests { get; } = new(111, "too many requests", Temporary: true);

    /// <summary>The position is of another epoch or out of reach.</summary>
    public static ProtocolError UnrecoverablePosition { get; } = new(112, "unrecoverable position");

    /// <summary>Map page requests overlap.</summary>
    public static ProtocolError ConcurrentPagination { get; } = new(113, "concurrent pagination", Temporary: true);
}
