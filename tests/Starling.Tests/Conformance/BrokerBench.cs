using System.Text;
using Starling.Brokers;
using Starling.Protocol;
using Starling.TestKit;
using PublishResult = Starling.Brokers.PublishResult;

namespace Starling.Tests.Conformance;

/// <summary>One broker under test: what its nodes share, and its time. A test gets a fresh, empty one.</summary>
internal abstract class BrokerBench : IAsyncDisposable
{
    /// <summary>A time to live for tests that wait for its end. A broker whose clock cannot be moved names a short one.</summary>
    public virtual TimeSpan Ttl => TimeSpan.FromMinutes(1);

    /// <summary>How much later than its time something may still be there.</summary>
    public virtual TimeSpan ExpirySlack => TimeSpan.Zero;

    /// <summary>Nodes that join share one broker; otherwise each test has one node.</summary>
    public virtual bool IsShared => false;

    /// <summary>Another node, started.</summary>
    public abstract ValueTask<BrokerNode> JoinAsync();

    /// <summary>Time passes for the broker.</summary>
    public abstract ValueTask PassAsync(TimeSpan time);

    /// <summary>A test may wait this long; otherwise it is left out.</summary>
    public virtual bool CanPass(TimeSpan time) => true;

    public abstract ValueTask DisposeAsync();
}

/// <summary>One node's face of the broker, and what was delivered to that node.</summary>
internal sealed record BrokerNode(Broker Broker, RecordingSink Sink)
{
    /// <summary>Publishes text and waits for the answer.</summary>
    public async Task<PublishResult> PublishAsync(string channel, string data, PublishOptions options) =>
        await Broker.PublishAsync(channel, new Publication { Data = Encoding.UTF8.GetBytes(data) }, options, TestContext.Current.CancellationToken);

    /// <summary>Reads forward.</summary>
    public Task<HistoryPage> ReadAsync(string channel, int limit = -1, ulong? since = null) =>
        ReadAsync(channel, new HistoryQuery(limit, BrokerConformance.LongMeta) { SinceOffset = since });

    public async Task<HistoryPage> ReadAsync(string channel, HistoryQuery query) =>
        await Broker.ReadHistoryAsync(channel, query, TestContext.Current.CancellationToken);

    /// <summary>Writes a key.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Text.</param>
    /// <param name="storage">How the channel stores.</param>
    /// <param name="conditions">Adds conditions; none: none.</param>
    public async Task<StateWriteResult> WriteAsync(
        string channel, string key, string value, StateStorage storage, Func<StateWrite, StateWrite>? conditions = null)
    {
        var write = new StateWrite(key, new Publication { Data = Encoding.UTF8.GetBytes(value) });
        return await Broker.WriteStateAsync(channel, conditions?.Invoke(write) ?? write, storage, TestContext.Current.CancellationToken);
    }

    public async Task<StateWriteResult> RemoveAsync(string channel, string key, StateStorage storage) =>
        await Broker.WriteStateAsync(channel, new StateWrite(key, Publication: null), storage, TestContext.Current.CancellationToken);

    /// <summary>Reads keys; all of them without a query.</summary>
    public async Task<StatePage> ReadStateAsync(string channel, StateStorage storage, StateQuery? query = null) =>
        await Broker.ReadStateAsync(channel, query ?? new StateQuery(-1), storage, TestContext.Current.CancellationToken);

    public async Task<HistoryPage> ReadChangesAsync(string channel, HistoryQuery query) =>
        await Broker.ReadStateStreamAsync(channel, query, TestContext.Current.CancellationToken);

    public async Task SubscribeAsync(string channel) => await Broker.SubscribeAsync(channel, TestContext.Current.CancellationToken);

    public async Task UnsubscribeAsync(string channel) => await Broker.UnsubscribeAsync(channel, TestContext.Current.CancellationToken);
}

/// <summary>What a broker delivered.</summary>
/// <param name="Channel">Canonical name.</param>
/// <param name="Publication">As it came.</param>
/// <param name="Epoch">Epoch of its offset.</param>
/// <param name="Traits">What came along with it.</param>
internal sealed record Delivery(string Channel, Publication Publication, string Epoch, PublicationTraits Traits)
{
    public ulong Offset => Publication.Offset;

    public string Data => Encoding.UTF8.GetString(Publication.Data.Span);
}

/// <summary>Takes what a broker delivers, in place of a node.</summary>
internal sealed class RecordingSink : IBrokerSink
{
    private readonly Lock _gate = new();
    private readonly List<Delivery> _deliveries = [];
    private readonly List<(string Channel, MembershipChange Change)> _changes = [];

    /// <summary>Called at each delivery, on the broker's stack, before it is recorded.</summary>
    public Action<Delivery>? Delivering { get; set; }

    public void OnPublication(string channel, Publication publication, string epoch, PublicationTraits traits)
    {
        var delivery = new Delivery(channel, publication, epoch, traits);
        Delivering?.Invoke(delivery);
        lock (_gate) _deliveries.Add(delivery);
    }

    public void OnMembership(string channel, IReadOnlyList<MembershipChange> changes)
    {
        lock (_gate) _changes.AddRange(changes.Select(change => (channel, change)));
    }

    /// <summary>Takes the channels whose position is unknown; without it, no test loses one.</summary>
    public Action<string?>? Losing { get; set; }

    public void OnPositionUnknown(string? channel)
    {
        if (Losing is not { } losing) throw new InvalidOperationException("Nothing was lost in this test.");
        losing(channel);
    }

    /// <summary>What came of a channel so far, in order.</summary>
    public Delivery[] Of(string channel)
    {
        lock (_gate) return [.. _deliveries.Where(delivery => delivery.Channel == channel)];
    }

    /// <summary>Waits until so many have come of a channel, and returns them all.</summary>
    public async Task<Delivery[]> TakeAsync(string channel, int count)
    {
        await Eventually.IsTrueAsync(() => Of(channel).Length >= count, $"{count} deliveries of '{channel}'; there are {Of(channel).Length}");
        return Of(channel);
    }

    /// <summary>Joins and leaves of a channel so far, in order.</summary>
    public MembershipChange[] ChangesOf(string channel)
    {
        lock (_gate) return [.. _changes.Where(one => one.Channel == channel).Select(static one => one.Change)];
    }

    /// <summary>Waits until so many joins and leaves have come of a channel, and returns them all.</summary>
    public async Task<MembershipChange[]> TakeChangesAsync(string channel, int count)
    {
        await Eventually.IsTrueAsync(() => ChangesOf(channel).Length >= count, $"{count} joins and leaves of '{channel}'; there are {ChangesOf(channel).Length}");
        return ChangesOf(channel);
    }
}
