using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Tests.Connections;

/// <summary>A real broker with faults: deliveries can be dropped, doubled or held back on their way to the node.</summary>
internal class FaultyBroker(Broker inner) : Broker, IBrokerSink
{
    private readonly List<(string Channel, Publication Publication, string Epoch, PublicationTraits Traits)> _held = [];
    private IBrokerSink? _sink;

    /// <summary>Publications that do not reach the node.</summary>
    public Predicate<Publication> Drops { get; set; } = static _ => false;

    /// <summary>Publications that reach it twice.</summary>
    public Predicate<Publication> Doubles { get; set; } = static _ => false;

    /// <summary>Publications that wait for <see cref="DeliverHeld"/>.</summary>
    public Predicate<Publication> Holds { get; set; } = static _ => false;

    /// <summary>What subscribing the node to a channel waits for.</summary>
    public TaskCompletionSource? Attaching { get; set; }

    /// <summary>What the node has asked to be subscribed to and has not taken back.</summary>
    public int Attached { get; private set; }

    /// <summary>The history is not answered.</summary>
    public bool IsSilent { get; set; }

    /// <summary>What the next read of the history, and no other, waits for and is answered with.</summary>
    public TaskCompletionSource<HistoryPage>? NextPage { get; set; }

    /// <summary>Reads of the history so far.</summary>
    public int HistoryReads { get; private set; }

    /// <summary>Happens before a history is read.</summary>
    public Action BeforeRead { get; set; } = static () => { };

    /// <summary>Happens while the answer to a read is on its way to the node.</summary>
    public Action AfterRead { get; set; } = static () => { };

    public override ValueTask StartAsync(IBrokerSink sink, CancellationToken cancellationToken)
    {
        _sink = sink;
        return inner.StartAsync(this, cancellationToken);
    }

    public override ValueTask<Brokers.PublishResult> PublishAsync(
        string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken) =>
        inner.PublishAsync(channel, publication, options, cancellationToken);

    public override async ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken)
    {
        Attached++;
        if (Attaching is { } attaching) await attaching.Task;
        await inner.SubscribeAsync(channel, cancellationToken);
    }

    public override ValueTask UnsubscribeAsync(string channel, CancellationToken cancellationToken)
    {
        Attached--;
        return inner.UnsubscribeAsync(channel, cancellationToken);
    }

    public override ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, CancellationToken cancellationToken)
    {
        HistoryReads++;
        BeforeRead();
        if (IsSilent) return ValueTask.FromResult(HistoryPage.Unavailable);
        if (NextPage is { } next)
        {
            NextPage = null;
            return new ValueTask<HistoryPage>(next.Task);
        }
        var page = inner.ReadHistoryAsync(channel, query, cancellationToken);
        AfterRead();
        return page;
    }

    public override ValueTask<bool> RemoveHistoryAsync(string channel, CancellationToken cancellationToken) =>
        inner.RemoveHistoryAsync(channel, cancellationToken);

    public override ValueTask<bool> SetPresenceAsync(
        string channel, IReadOnlyList<ClientInfo> clients, TimeSpan ttl, CancellationToken cancellationToken) =>
        inner.SetPresenceAsync(channel, clients, ttl, cancellationToken);

    public override ValueTask<bool> RemovePresenceAsync(
        string channel, IReadOnlyList<ClientInfo> clients, CancellationToken cancellationToken) =>
        inner.RemovePresenceAsync(channel, clients, cancellationToken);

    public override ValueTask<PresenceList> ListPresenceAsync(string channel, int limit, CancellationToken cancellationToken) =>
        inner.ListPresenceAsync(channel, limit, cancellationToken);

    public override ValueTask<PresenceCount> CountPresenceAsync(string channel, CancellationToken cancellationToken) =>
        inner.CountPresenceAsync(channel, cancellationToken);

    public override ValueTask<bool> AnnounceAsync(
        string channel, IReadOnlyList<MembershipChange> changes, CancellationToken cancellationToken) =>
        inner.AnnounceAsync(channel, changes, cancellationToken);

    public override ValueTask<StateWriteResult> WriteStateAsync(
        string channel, StateWrite write, StateStorage storage, CancellationToken cancellationToken) =>
        inner.WriteStateAsync(channel, write, storage, cancellationToken);

    public override ValueTask<StatePage> ReadStateAsync(string channel, StateQuery query, StateStorage storage, CancellationToken cancellationToken) =>
        inner.ReadStateAsync(channel, query, storage, cancellationToken);

    public override ValueTask<HistoryPage> ReadStateStreamAsync(string channel, HistoryQuery query, CancellationToken cancellationToken)
    {
        HistoryReads++;
        BeforeRead();
        return inner.ReadStateStreamAsync(channel, query, cancellationToken);
    }

    public override ValueTask<long?> CountKeysAsync(string channel, CancellationToken cancellationToken) =>
        inner.CountKeysAsync(channel, cancellationToken);

    public override ValueTask<bool> ClearStateAsync(string channel, StateStorage storage, CancellationToken cancellationToken) =>
        inner.ClearStateAsync(channel, storage, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return inner.DisposeAsync();
    }

    /// <summary>Delivers what was held, newest first: the worst order.</summary>
    public void DeliverHeld()
    {
        foreach (var (channel, publication, epoch, isDelta) in Enumerable.Reverse(_held)) _sink!.OnPublication(channel, publication, epoch, isDelta);
        _held.Clear();
    }

    public void OnPublication(string channel, Publication publication, string epoch, PublicationTraits traits)
    {
        if (Drops(publication)) return;
        if (Holds(publication))
        {
            _held.Add((channel, publication, epoch, traits));
            return;
        }
        _sink!.OnPublication(channel, publication, epoch, traits);
        if (Doubles(publication)) _sink.OnPublication(channel, publication, epoch, traits);
    }

    public void OnMembership(string channel, IReadOnlyList<MembershipChange> changes) => _sink!.OnMembership(channel, changes);

    public void OnPositionUnknown(string? channel) => _sink!.OnPositionUnknown(channel);
}
