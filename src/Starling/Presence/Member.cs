using Starling.Protocol;

namespace Starling.Presence;

/// <summary>How a subscription ended, as those who stay behind are to see it.</summary>
internal enum Departure : byte
{
    /// <summary>Somebody wanted it so: an unsubscribe, a clean close, a disconnect without return. The leave is told at once.</summary>
    Final,

    /// <summary>The connection was lost, or it or the subscription was told to come back: its user is given time before the leave is told.</summary>
    Lost,
}

/// <summary>One subscription as others see it: listed in the channel's presence, announced by joins and leaves.</summary>
/// <remarks>Its state belongs to its <see cref="ChannelPresence"/> and is guarded by that one's gate.</remarks>
/// <param name="info">Who.</param>
/// <param name="isListed">It stands in the channel's presence.</param>
/// <param name="isAnnounced">Its coming and going is told.</param>
internal sealed class Member(ClientInfo info, bool isListed, bool isAnnounced)
{
    private int _claimed;

    /// <summary>Replaced when its client is somebody who looks different.</summary>
    public ClientInfo Info { get; set; } = info;

    /// <summary>Where it entered; <see langword="null"/> before.</summary>
    public ChannelPresence? Home { get; set; }

    public bool IsListed => isListed;

    public bool IsAnnounced => isAnnounced;

    public MemberState State { get; set; }

    /// <summary>When its entry was last written, in milliseconds of the node's wheel.</summary>
    public long RenewedMs { get; set; }

    /// <summary>When its grace is over; only while it is <see cref="MemberState.Held"/>.</summary>
    public long HeldUntilMs { get; set; }

    /// <summary>Its place in the line of entries to be renewed.</summary>
    public LinkedListNode<Member>? Renewal { get; set; }

    /// <summary>Its place in the line of joins and leaves that wait to be told, or of those that are held.</summary>
    public LinkedListNode<Member>? Waiting { get; set; }

    /// <summary>Decides whether it enters or its subscription ends before: the first to ask has it. Whoever enters sets
    /// <see cref="Home"/> before.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;
}

/// <summary>How far a member has come.</summary>
internal enum MemberState : byte
{
    /// <summary>Not in the channel yet, or gone before it came in.</summary>
    New,

    /// <summary>Listed; its client has no reply yet.</summary>
    Entered,

    /// <summary>Its join waits to be told.</summary>
    Joining,

    /// <summary>In the channel, and everybody knows.</summary>
    Joined,

    /// <summary>Its connection was lost; still listed, its leave is held back.</summary>
    Held,

    /// <summary>Not listed any more; its leave waits to be told.</summary>
    Leaving,

    /// <summary>Nothing is left to do.</summary>
    Gone,
}
