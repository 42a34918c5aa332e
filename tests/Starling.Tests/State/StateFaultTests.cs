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
}
