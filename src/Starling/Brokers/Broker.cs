using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>What carries publications between nodes and keeps their history, and who is present. Offsets are assigned by the broker, atomically
/// with storing and announcing. Everything a broker delivers, it delivers through its <see cref="IBrokerSink"/>.</summary>
/// <remarks>Implementations are thread-safe and pass the broker conformance suite. What a peer or the network can cause is
/// a status; a broker that may have lost something says so (<see cref="IBrokerSink.OnPositionUnknown"/>).</remarks>
internal abstract class Broker : IAsyncDisposable
{
    /// <summary>Positions nobody has published behind that live as long as any other: names of channels come from clients and must
    /// not pile up (attack A45).</summary>
    public const int UnwrittenMax = 10_000;

    /// <summary>Life of such a position from its last use on while there are more than <see cref="UnwrittenMax"/>. Nodes ask for the
    /// positions of channels that have subscribers more often than that.</summary>
    public static readonly TimeSpan UnwrittenLife = TimeSpan.FromMinutes(1);

    /// <summary>Connects the broker to the node it serves. Called once, before anything else.</summary>
    public abstract ValueTask StartAsync(IBrokerSink sink, CancellationToken cancellationToken);

    /// <summary>Publishes into a channel: every node that is subscribed to it gets the publication, this one too.</summary>
    /// <param name="channel">Canonical name.</param>
    /// <param name="publication">The broker owns it from here on and sets its offset; its data must not change any more.</param>
    /// <param name="options">How it is stored, and on which conditions.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was published is then unknown.</param>
    public abstract ValueTask<PublishResult> PublishAsync(
        string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken);

    /// <summary>From the moment this completes the node gets what is published into the channel, until it has called
    /// <see cref="UnsubscribeAsync"/> as often: calls are counted, as those of a channel that ends and of the next one of its
    /// name may cross. Waits while the broker cannot be reached.</summary>
    public abstract ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken);

    /// <summary>The node has no subscriber of the channel left; takes one <see cref="SubscribeAsync"/> back.</summary>
    public abstract ValueTask UnsubscribeAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Reads a channel's stream. A stream that does not exist is made, empty, with a new epoch.</summary>
    public abstract ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Drops the publications of a stream; its position stays.</summary>
    /// <returns><see langword="false"/> when the broker cannot be reached.</returns>
    public abstract ValueTask<bool> RemoveHistoryAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Enters clients into a channel's presence or prolongs their stay; what is known of them is replaced. Calls that
    /// change the presence of one channel take effect in the order in which they were made.</summary>
    /// <param name="channel">Canonical name.</param>
    /// <param name="clients">With different connection ids; not changed any more.</param>
    /// <param name="ttl">An entry that is not prolonged in this time goes by itself: its node is gone.</param>
    /// <param name="cancellationToken">Gives up waiting; whether they were entered is then unknown.</param>
    /// <returns><see langword="false"/> when the broker cannot be reached.</returns>
    public abstract ValueTask<bool> SetPresenceAsync(
        string channel, IReadOnlyList<ClientInfo> clients, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>Takes clients out of a channel's presence; those that are not in it do no harm.</summary>
    /// <returns><see langword="false"/> when the broker cannot be reached; the entries then go with their time to live.</returns>
    public abstract ValueTask<bool> RemovePresenceAsync(string channel, IReadOnlyList<ClientInfo> clients, CancellationToken cancellationToken);

    /// <summary>Who is present in a channel, on all nodes, in no order.</summary>
    /// <param name="channel">Canonical name.</param>
    /// <param name="limit">Clients at most; when there are more the list is not complete and its content of no use.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public abstract ValueTask<PresenceList> ListPresenceAsync(string channel, int limit, CancellationToken cancellationToken);

    /// <summary>How many are present in a channel, on all nodes.</summary>
    public abstract ValueTask<PresenceCount> CountPresenceAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Tells every node that is subscribed to the channel, this one too, who joined and left; in the order given, and
    /// in the order of the calls. Nothing is stored, delivery is at most once.</summary>
    /// <returns><see langword="false"/> when the broker cannot be reached.</returns>
    public abstract ValueTask<bool> AnnounceAsync(string channel, IReadOnlyList<MembershipChange> changes, CancellationToken cancellationToken);

    /// <summary>Writes or removes a key of a keyed channel: every node that is subscribed to the channel gets the change, this
    /// one too. A key that outlives its time is removed like any other.</summary>
    /// <param name="channel">Canonical name; never one that is published into.</param>
    /// <param name="write">The key, its value and the conditions.</param>
    /// <param name="storage">How the channel stores; the same for every write and read of it.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was written is then unknown.</param>
    public abstract ValueTask<StateWriteResult> WriteStateAsync(
        string channel, StateWrite write, StateStorage storage, CancellationToken cancellationToken);

    /// <summary>Reads keys with their values and the position they belong to. A position that does not exist is made.</summary>
    public abstract ValueTask<StatePage> ReadStateAsync(string channel, StateQuery query, StateStorage storage, CancellationToken cancellationToken);

    /// <summary>Reads the changes of a keyed channel that has a stream; their offsets are without gaps.</summary>
    public abstract ValueTask<HistoryPage> ReadStateStreamAsync(string channel, HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Keys of a channel.</summary>
    /// <returns><see langword="null"/> when the broker cannot be reached.</returns>
    public abstract ValueTask<long?> CountKeysAsync(string channel, CancellationToken cancellationToken);

    /// <summary>Removes all keys and the stream. A channel with a stream goes on under another epoch
    /// (<see cref="IBrokerSink.OnPositionUnknown"/>); without one, each key's removal is announced.</summary>
    /// <returns><see langword="false"/> when the broker cannot be reached.</returns>
    public abstract ValueTask<bool> ClearStateAsync(string channel, StateStorage storage, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>Takes what a broker delivers: the node, or a recorder in the conformance suite.</summary>
internal interface IBrokerSink
{
    /// <summary>A publication of a channel the node is subscribed to; per channel in the broker's order. Must not block.</summary>
    /// <param name="channel">Canonical name.</param>
    /// <param name="publication">With its offset, if the channel has a stream.</param>
    /// <param name="epoch">Epoch of that offset; empty without a stream.</param>
    /// <param name="traits">What the publisher said about it.</param>
    void OnPublication(string channel, Publication publication, string epoch, PublicationTraits traits);

    /// <summary>Clients joined or left a channel the node is subscribed to; per node that announced them in its order. Must not
    /// block.</summary>
    void OnMembership(string channel, IReadOnlyList<MembershipChange> changes);

    /// <summary>Something may have been lost: positions of the channel have to be compared with the broker's again.</summary>
    /// <param name="channel">Canonical name; <see langword="null"/> for all channels of the node.</param>
    void OnPositionUnknown(string? channel);
}

/// <summary>What travels with a publication from the broker that took it to the nodes.</summary>
[Flags]
internal enum PublicationTraits : byte
{
    None = 0,

    /// <summary>Subscribers that understand patches may get it as one (protocol 4.9).</summary>
    DeltaCandidate = 1,

    /// <summary>In a keyed channel: it leads from the value before it to the next and cannot stand for those before it
    /// (<see cref="StateWrite.StreamData"/>).</summary>
    Increment = 2,
}

/// <summary>How a publication is stored, and on which conditions (protocol 4.8).</summary>
/// <param name="HistorySize">Publications the stream keeps; 0: no stream, the publication gets no offset.</param>
/// <param name="HistoryTtl">Time after the last publication at which the stream's publications go.</param>
/// <param name="MetaTtl">Time after its last use at which the stream's offset and epoch go.</param>
internal readonly record struct PublishOptions(int HistorySize, TimeSpan HistoryTtl, TimeSpan MetaTtl)
{
    /// <summary>How long the result of a publication with a key is remembered.</summary>
    public static readonly TimeSpan IdempotencyWindow = TimeSpan.FromMinutes(5);

    /// <summary>A repeat with the same key within <see cref="IdempotencyWindow"/> is not published and returns the first
    /// result; empty: no key.</summary>
    public string IdempotencyKey { get; init; } = "";

    /// <summary>Not published unless higher than the stream's version of the same <see cref="VersionEpoch"/>; 0: no version.</summary>
    public ulong Version { get; init; }

    /// <summary>Scope of <see cref="Version"/>; empty: compared with whatever the stream has.</summary>
    public string VersionEpoch { get; init; } = "";

    /// <summary>Published only if the stream's top is this offset; <see langword="null"/>: no condition.</summary>
    public ulong? ExpectedOffset { get; init; }

    /// <summary>Subscribers that understand patches may get it as one (protocol 4.9); travels with the publication.</summary>
    public bool IsDeltaCandidate { get; init; }

    /// <summary>What nodes are told along with the publication.</summary>
    public PublicationTraits Traits => IsDeltaCandidate ? PublicationTraits.DeltaCandidate : PublicationTraits.None;

    public bool HasHistory => HistorySize > 0 && HistoryTtl > TimeSpan.Zero;
}

/// <summary>Outcome of a publish.</summary>
internal enum PublishStatus
{
    /// <summary>The broker has it.</summary>
    Accepted,

    /// <summary>A repeat of an idempotency key; the position is the first one's.</summary>
    Duplicate,

    /// <summary>Its version is not above the stored one; the position is the stream's top.</summary>
    Superseded,

    /// <summary>The top is not where it was expected; the position is the stream's top (error 113 of the API).</summary>
    Conflict,

    /// <summary>The broker cannot be reached or failed (error 100, temporary).</summary>
    Unavailable,
}

/// <param name="Status">What became of it.</param>
/// <param name="Offset">Position; 0 for a channel without history.</param>
/// <param name="Epoch">Epoch of the position; empty for a channel without history.</param>
internal readonly record struct PublishResult(PublishStatus Status, ulong Offset = 0, string Epoch = "");

/// <summary>What to read of a stream (protocol 4.6).</summary>
/// <param name="Limit">Publications at most; 0: the position only; negative: all.</param>
/// <param name="MetaTtl">Prolongs the life of the stream's position.</param>
internal readonly record struct HistoryQuery(int Limit, TimeSpan MetaTtl)
{
    /// <summary>Exclusive start; <see langword="null"/>: the oldest, or the newest when reading in reverse.</summary>
    public ulong? SinceOffset { get; init; }

    public bool Reverse { get; init; }
}

/// <param name="IsAvailable">The broker answered.</param>
/// <param name="Publications">In the order asked for; shared with other readers: not to be changed.</param>
/// <param name="Offset">Top of the stream.</param>
/// <param name="Epoch">Its epoch.</param>
internal readonly record struct HistoryPage(bool IsAvailable, IReadOnlyList<Publication> Publications, ulong Offset, string Epoch)
{
    public static HistoryPage Unavailable { get; } = new(IsAvailable: false, [], 0, "");
}
