namespace Starling.Protocol;

/// <summary>Why a subscription ended.</summary>
/// <param name="Code">In a push 2000–2999: below 2500 final, from 2500 on the client subscribes again. Applications use
/// 2100–2499 and 2600–2999. 0 and 1 are never pushed.</param>
/// <param name="Reason">The reason in words.</param>
public readonly record struct Unsubscribe(uint Code, string Reason);

/// <summary>The unsubscribes of the protocol.</summary>
public static class Unsubscribes
{
    /// <summary>The client asked for it; never pushed.</summary>
    public static Unsubscribe Client => new(0, "client unsubscribed");

    /// <summary>The client is gone; never pushed.</summary>
    public static Unsubscribe Disconnect => new(1, "client disconnected");

    /// <summary>The server ended it; the client stays unsubscribed.</summary>
    public static Unsubscribe Server => new(2000, "server unsubscribe");

    /// <summary>The server cannot keep continuity; the client subscribes again and recovers.</summary>
    public static Unsubscribe InsufficientState => new(2500, "insufficient state");

    /// <summary>The subscription expired; the client subscribes again with a new token.</summary>
    public static Unsubscribe Expired => new(2501, "subscription expired");

    /// <summary>The client must drop all state of the subscription and begin anew.</summary>
    public static Unsubscribe StateInvalidated => new(2502, "state invalidated");
}
