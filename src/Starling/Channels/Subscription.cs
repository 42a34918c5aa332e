using Starling.Connections;
using Starling.Presence;
using Starling.Protocol;
using Starling.SharedPoll;
using Starling.State;

namespace Starling.Channels;

/// <summary>Who asked for a subscription.</summary>
internal enum SubscriptionSide : byte
{
    /// <summary>The client, by a subscribe command.</summary>
    Client,

    /// <summary>The server: at connect or by its API. Such a channel is announced by a subscribe push.</summary>
    Server,
}

/// <summary>A connection's cursor into a channel.</summary>
/// <remarks>All state but <see cref="Index"/> belongs to the connection and is guarded by its gate.</remarks>
internal sealed class Subscription(Connection connection, Channel channel, SubscriptionSide side)
{
    private ulong _next;

    public Connection Connection => connection;

    public Channel Channel => channel;

    public SubscriptionSide Side => side;

    /// <summary>Sequence of the first entry this connection has not been given. Never moves back; other threads may read it.</summary>
    public ulong Next
    {
        get => Volatile.Read(ref _next);
        set => Volatile.Write(ref _next, value);
    }

    /// <summary>The cursor does not go beyond this; set when the connection is closing.</summary>
    public ulong Until { get; set; } = ulong.MaxValue;

    /// <summary>It is written to at most this often, in milliseconds; 0: as often as there is something.</summary>
    public int IntervalMs { get; init; }

    /// <summary>Those it pulls together with; <see langword="null"/> without an interval. Guarded by the channel's gate.</summary>
    public PullGroup? Group { get; set; }

    /// <summary>What it is given is what others of its group are given.</summary>
    public bool CanShare => Group is not null && Filter is null && Channel.Rules.Poll is null && !HasDelta && !WantsJoinLeave;

    /// <summary>Position in the channel's or group's list of subscriptions; guarded by the channel's gate.</summary>
    public int Index { get; set; } = -1;

    /// <summary>The reply is on its way: publications may follow. Before, the cursor only stands.</summary>
    public bool IsLive { get; set; }

    /// <summary>A back end was told that it began, and will be told that it ended.</summary>
    public bool IsTold { get; set; }

    /// <summary>It is in the connection's list of cursors that have something to read.</summary>
    public bool IsBehind { get; set; }

    /// <summary>The next one in that list.</summary>
    public Subscription? NextBehind { get; set; }

    /// <summary>A lost place must be answered: by reading on from the history, or by telling the client.</summary>
    public bool IsPositioned { get; init; }

    /// <summary>Only publications whose tags match are delivered; the cursor passes the others all the same.</summary>
    public TagFilter? Filter { get; init; }

    /// <summary>Pushes carry the channel's number instead of its name (protocol 4.13).</summary>
    public bool UsesId { get; init; }

    /// <summary>Joins and leaves are delivered too.</summary>
    public bool WantsJoinLeave { get; init; }

    /// <summary>This subscription as others see it; <see langword="null"/> when they do not.</summary>
    public Member? Member { get; init; }

    /// <summary>Payloads may be patches (protocol 4.9).</summary>
    public bool HasDelta { get; init; }

    /// <summary>The last publication this subscription was given: what a patch may be made against.</summary>
    public Publication? Base { get; set; }

    /// <summary>In a keyed channel: the head of the log when the client last had everything.</summary>
    public ulong CaughtUp { get; set; }

    /// <summary>In a keyed channel: patches against values from before this sequence are of no use to it.</summary>
    public ulong BasesFrom { get; set; }

    /// <summary>In a keyed channel with a stream: changes up to this offset go in full. A page of the state leaves out what has
    /// changed since the first one, so the client may not have the value before.</summary>
    public ulong FullUntil { get; set; }

    /// <summary>How far a subscription to keyed state has come in loading it; <see langword="null"/> when it has, and for all
    /// others.</summary>
    public StateLoading? Loading { get; set; }

    /// <summary>In a shared poll channel: the keys it tracks; <see langword="null"/> while there are none.</summary>
    public TrackedKeys? Tracked { get; set; }

    /// <summary>Epoch of <see cref="Offset"/>.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>Offset of the last stored publication this subscription was given or had; what it goes on from.</summary>
    public ulong Offset { get; set; }

    /// <summary>What it reads from the history before it comes back to the ring; <see langword="null"/>: it reads the ring.</summary>
    public HistoryReading? Reading { get; set; }

    /// <summary>The encoded unsubscribe push of a subscription that was ended before the client knew of it; it follows the
    /// reply. <see langword="null"/> for all others.</summary>
    public byte[]? Farewell { get; set; }

    /// <summary>By what it stays, and until when; <see langword="null"/>: for ever.</summary>
    public Grant? Grant { get; set; }

    /// <summary>What the application says about this subscriber (`chan_info`); empty when nothing.</summary>
    public ReadOnlyMemory<byte> ChanInfo { get; set; }
}

/// <summary>Entries of the history that a cursor which left the ring still has to read.</summary>
internal sealed class HistoryReading
{
    /// <summary>Shared with others that stand at the same place; empty while they are being fetched.</summary>
    public LogEntry[] Entries { get; set; } = [];

    /// <summary>Index of the next one.</summary>
    public int Next { get; set; }

    public bool IsFetching { get; set; }
}
