using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>Who is present in a channel.</summary>
/// <param name="IsAvailable">The broker answered.</param>
/// <param name="IsComplete">There are no more than the limit asked for.</param>
/// <param name="Clients">Shared with other readers: not to be changed. Empty when the list is not complete.</param>
internal readonly record struct PresenceList(bool IsAvailable, bool IsComplete, IReadOnlyList<ClientInfo> Clients)
{
    public static PresenceList Unavailable { get; } = new(IsAvailable: false, IsComplete: false, []);

    /// <summary>More are present than were asked for.</summary>
    public static PresenceList TooMany { get; } = new(IsAvailable: true, IsComplete: false, []);

    public static PresenceList Of(IReadOnlyList<ClientInfo> clients) => new(IsAvailable: true, IsComplete: true, clients);
}

/// <summary>How many are present in a channel.</summary>
/// <param name="IsAvailable">The broker answered.</param>
/// <param name="Clients">Connections.</param>
/// <param name="Users">Different users; all anonymous ones together are one.</param>
internal readonly record struct PresenceCount(bool IsAvailable, int Clients, int Users)
{
    public static PresenceCount Unavailable { get; }
}

/// <summary>What happened to a client's membership of a channel.</summary>
internal enum MembershipKind : byte
{
    Join,
    Leave,
}

/// <param name="Kind">It came or it went.</param>
/// <param name="Info">Who; not changed any more.</param>
internal readonly record struct MembershipChange(MembershipKind Kind, ClientInfo Info);
