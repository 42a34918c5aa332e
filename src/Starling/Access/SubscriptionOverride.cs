namespace Starling;

/// <summary>Options of a namespace that one subscription has otherwise (protocol 4.1); <see langword="null"/> keeps the
/// namespace's.</summary>
public sealed record SubscriptionOverride
{
    /// <summary>Whether the subscriber is listed in the channel's presence.</summary>
    public bool? Presence { get; init; }

    /// <summary>Whether its join and leave are announced.</summary>
    public bool? JoinLeave { get; init; }

    /// <summary>Whether missed publications are delivered after a reconnect; needs a channel with history.</summary>
    public bool? ForceRecovery { get; init; }

    /// <summary>Whether gaps are noticed; needs a channel with history.</summary>
    public bool? ForcePositioning { get; init; }

    /// <summary>Whether joins and leaves of others are pushed to it without being asked for.</summary>
    public bool? ForcePushJoinLeave { get; init; }
}

/// <summary>A subscription the server gives a client (protocol 4.4).</summary>
public sealed record ServerSubscription
{
    /// <summary>Shown to others as the subscriber's <c>chan_info</c>.</summary>
    public ReadOnlyMemory<byte> Info { get; init; }

    /// <summary>Goes to the client with the subscription.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Options this subscription has otherwise than its namespace.</summary>
    public SubscriptionOverride? Override { get; init; }

    /// <summary>When the subscription expires; <see langword="null"/>: never. A client cannot renew it: when it is over, its
    /// connection is closed with 3006.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
