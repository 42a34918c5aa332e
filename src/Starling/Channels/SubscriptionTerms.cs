using Starling.Access;
using Starling.Connections;
using Starling.State;

namespace Starling.Channels;

/// <summary>What a subscription is to be, decided before it is opened.</summary>
/// <param name="Side">Who asked for it.</param>
/// <param name="Features">Position, recovery, presence.</param>
internal readonly record struct SubscriptionTerms(SubscriptionSide Side, SubscriptionFeatures Features)
{
    /// <summary>Others see it (`chan_info`).</summary>
    public ReadOnlyMemory<byte> Info { get; init; }

    /// <summary>Goes to the client.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>By what it stays, and until when; <see langword="null"/>: for ever.</summary>
    public Grant? Grant { get; init; }

    /// <summary>Which publications it wants; <see langword="null"/>: all.</summary>
    public TagFilter? Filter { get; init; }

    /// <summary>Pushes carry the channel's number.</summary>
    public bool UsesId { get; init; }

    /// <summary>It loads keyed state first.</summary>
    public StateLoading? Loading { get; init; }

    /// <summary>Payloads may be patches.</summary>
    public bool HasDelta { get; init; }

    /// <summary>Milliseconds between two writes at least; 0: no bound.</summary>
    public int IntervalMs { get; init; }

    /// <summary>Publications of missed ones in the reply at most; what is beyond follows as pushes.</summary>
    public int RecoveredMax { get; init; }

    /// <summary>Bytes of those publications at most, as <see cref="LogEntry.Size"/> counts them: the reply has to fit into what
    /// may wait for the peer, or a client that missed much could never come back.</summary>
    public int RecoveredBytesMax { get; init; }
}
