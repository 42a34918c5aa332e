using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Connections;

namespace Starling.Tests.State;

/// <summary>Keyed channels on a node that stands still, or is held up at the wrong moment.</summary>
public sealed class StateFaultTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task F04_A_standstill_of_the_node_is_not_the_time_a_client_takes_to_load(bool isBefore)
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 150);
        var client = engine.Connect();
        void Load() => Assert.NotEmpty(client.Ask("board:1", MapPhase.State).Result().Cursor);
        if (!isBefore) Load();
        engine.Time.StandStill(TimeSpan.FromSeconds(8), beforeTimers: isBefore ? Load : null);
        engine.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Null(client.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(3008u, client.ClosedWith!.Value.Code);
    }

    [Fact]
    public async Task I12_A_write_that_shows_a_gap_never_waits_for_the_mending_of_another()
    {
        // A mending waits for the broker, and the broker announces a write: neither may hold what the other waits for.
        var broker = new FaultyBroker(new MemoryBroker(new ManualTime(), RandomSource.System));
        await using var engine = StateHarness.Start(broker: broker, schedule: static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false));
        var peer = engine.Connect();
        peer.Load("board:1");
        engine.Write("board:1", "a", "1");
        await Eventually.IsTrueAsync(() => peer.Received.Count == 1, "the first change");
        var isWritten = false;
        broker.BeforeRead = () =>
        {
            broker.BeforeRead = static () => { };
            // Another thread writes behind the clearing, in the new epoch.
            var writer = new Thread(() => engine.Write("board:1", "b", "2")) { IsBackground = true };
            writer.Start();
            isWritten = writer.Join(TimeSpan.FromSeconds(20));
            if (!isWritten) throw new TimeoutException();   // so that the test fails instead of standing still
        };
        Assert.Null(await engine.Node.State.ClearAsync("board:1", TestContext.Current.CancellationToken));
        Assert.True(isWritten, "the write waits for ever");
        await Eventually.IsTrueAsync(() => peer.Received.Any(static reply => reply.Push?.Unsubscribe?.Code == 2500), "2500");
        peer.TakeAll();
        Assert.Equal(["b"], peer.Load("board:1").State.Keys);
    }

    [Fact]
    public async Task I5_A_client_that_is_loading_from_a_stream_that_goes_back_begins_anew()
    {
        var broker = new Unsteady();
        await using var engine = StateHarness.Start(broker: broker);
        engine.WriteMany("board:1", 150);
        var peer = engine.Connect();
        var first = peer.Ask("board:1", MapPhase.State).Result();
        broker.TopMax = 140;   // the newest changes are gone, as after a failover, and the epoch is the same
        engine.Node.OnPositionUnknown("board:1");
        var last = peer.Ask("board:1", MapPhase.State, request => (request.Cursor, request.Offset, request.Epoch) = (first.Cursor, first.Offset, first.Epoch));
        Assert.Equal(112u, last.Error?.Code);
    }

    [Fact]
    public async Task A65_Who_loses_its_subscription_while_a_page_is_read_is_not_shown_it()
    {
        var broker = new Unsteady();
        await using var engine = StateHarness.Start(broker: broker);
        engine.WriteMany("board:1", 150);
        var peer = engine.Connect();
        broker.AfterState = () => peer.Connection.EndSubscription(peer.Connection.FindSubscription("board:1")!, Unsubscribes.Server);
        var page = peer.Ask("board:1", MapPhase.State);
        Assert.Null(page.Subscribe);
        Assert.Equal(103u, page.Error?.Code);
    }

    /// <summary>A broker that can lose the end of a stream, and is interrupted while it answers.</summary>
    private sealed class Unsteady() : FaultyBroker(new MemoryBroker(new ManualTime(), RandomSource.System))
    {
        public ulong TopMax { get; set; } = ulong.MaxValue;

        public Action AfterState { get; set; } = static () => { };

        public override async ValueTask<HistoryPage> ReadStateStreamAsync(string channel, HistoryQuery query, CancellationToken cancellationToken)
        {
            var page = await base.ReadStateStreamAsync(channel, query, cancellationToken);
            if (page.Offset <= TopMax) return page;
            return page with { Offset = TopMax, Publications = [.. page.Publications.Where(publication => publication.Offset <= TopMax)] };
        }

        public override async ValueTask<StatePage> ReadStateAsync(string channel, StateQuery query, StateStorage storage, CancellationToken cancellationToken)
        {
            var page = await base.ReadStateAsync(channel, query, storage, cancellationToken);
            AfterState();
            return page with { Offset = Math.Min(page.Offset, TopMax) };
        }
    }
}
