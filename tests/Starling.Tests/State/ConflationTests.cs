using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.State;

/// <summary>Keyed channels read late: only the latest value of each key comes (I7, A79).</summary>
public sealed class ConflationTests
{
    private static readonly TimeSpan s_half = TimeSpan.FromMilliseconds(500);

    private static (TestPeer Peer, Loaded Loaded) Watch(EngineHarness engine, Wire wire, string delta = "")
    {
        var peer = engine.Connect(wire);
        var loaded = peer.Load("board:x", request =>
        {
            request.Data = """{"starling":{"rate":2}}"""u8.ToArray();
            request.Delta = delta;
        });
        return (peer, loaded);
    }

    private static void Change(EngineHarness engine, int times, int keys = 10)
    {
        for (var value = 1; value <= times; value++)
        {
            for (var key = 0; key < keys; key++) engine.Write("board:x", $"k{key}", $"{value}");
        }
    }

    private static Publication[] Pushed(TestPeer peer) => [.. peer.TakeAll().Select(static reply => reply.Push?.Pub).OfType<Publication>()];

    private static Dictionary<string, string> Expected(int value, int keys = 10) => Enumerable.Range(0, keys).ToDictionary(static key => $"k{key}", _ => $"{value}");

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task With_a_rate_each_key_comes_once_per_pull_with_its_latest_value(Wire wire)
    {
        await using var engine = StateHarness.Start();
        (TestPeer Peer, Loaded Loaded)[] watchers = [Watch(engine, wire), Watch(engine, wire), Watch(engine, wire)];
        foreach (var times in (int[])[100, 1, 37])
        {
            Change(engine, times);
            engine.Time.Advance(s_half);
            foreach (var (peer, _) in watchers)
            {
                var pushed = Pushed(peer);
                Assert.Equal(Expected(times), pushed.ToDictionary(static pub => pub.Key, StateHarness.Text));
                Assert.Equal(pushed.Select(static pub => pub.Offset).Order(), pushed.Select(static pub => pub.Offset));   // I3
            }
        }
    }

    [Fact]
    public async Task I7_A_reader_that_stops_for_a_minute_costs_one_value_per_key_and_gets_the_latest()
    {
        await using var engine = StateHarness.Start(static options =>
        {
            options.Client.WriteStallTimeout = TimeSpan.FromMinutes(5);
            options.Client.PingInterval = TimeSpan.FromHours(1);   // nobody answers pings here
        });
        var (stopped, _) = Watch(engine, Wire.Json);
        var (steady, _) = Watch(engine, Wire.Json);
        Change(engine, 1);
        engine.Time.Advance(s_half);
        Pushed(stopped);
        stopped.StopReading();
        long most = 0;
        for (var second = 0; second < 60; second++)
        {
            Change(engine, 100);
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            most = Math.Max(most, engine.Node.Channels.Find("board:x")!.Log.Bytes);
            Pushed(steady);
        }
        Assert.InRange(most, 1, 10 * 400);   // ten keys, whatever was published
        stopped.ReadAgain();
        engine.Time.Advance(s_half);
        var last = new Dictionary<string, string>();
        foreach (var pub in Pushed(stopped)) last[pub.Key] = StateHarness.Text(pub);
        Assert.Equal(Expected(100), last);
        Assert.Null(stopped.ClosedWith);
    }

    [Fact]
    public async Task A_key_that_was_removed_in_between_comes_as_removed_and_one_that_came_back_with_its_value()
    {
        await using var engine = StateHarness.Start();
        var (peer, loaded) = Watch(engine, Wire.Json);
        Change(engine, 5, keys: 2);
        engine.Remove("board:x", "k0");
        engine.Remove("board:x", "k1");
        engine.Write("board:x", "k1", "9");
        engine.Time.Advance(s_half);
        foreach (var pub in Pushed(peer)) loaded.Apply(pub);
        Assert.Equal(new Dictionary<string, string> { ["k1"] = "9" }, loaded.State);
    }

    [Fact]
    public async Task Recovery_after_conflation_goes_on_from_where_the_client_stands()
    {
        await using var engine = StateHarness.Start();
        var (first, loaded) = Watch(engine, Wire.Json);
        Watch(engine, Wire.Json);   // keeps the channel on the node
        Change(engine, 50);
        engine.Time.Advance(s_half);
        var pushed = Pushed(first);
        foreach (var pub in pushed) loaded.Apply(pub);
        first.Drop();
        Change(engine, 3);
        var second = engine.Connect();
        var result = second.Ask("board:x", MapPhase.Stream, request =>
        {
            (request.Recover, request.Offset, request.Epoch) = (true, pushed[^1].Offset, loaded.Live.Epoch);
        }).Result();
        Assert.True(result.Recovered);
        foreach (var pub in result.Publications!) loaded.Apply(pub);
        Assert.Equal(Expected(3), loaded.State);
    }
}
