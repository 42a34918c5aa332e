using System.Text;
using Starling.Channels;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Channels;

/// <summary>Subscriptions with a rate: delayed pulls.</summary>
public sealed class PacedSubscriptionTests
{
    private static readonly TimeSpan s_half = TimeSpan.FromMilliseconds(500);

    private static TestPeer Subscribe(EngineHarness engine, double rate, Wire wire = Wire.Json, SubscribeFlags flag = SubscribeFlags.None)
    {
        var peer = engine.Connect(wire);
        var data = FormattableString.Invariant($$$"""{"mine":[1],"starling":{"rate":{{{rate}}}}}""");
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Flag = flag, Data = Encoding.UTF8.GetBytes(data) } });
        Assert.NotNull(peer.Take().Subscribe);
        return peer;
    }

    private static string[] Numbers(int from, int to) => [.. Enumerable.Range(from, to - from + 1).Select(static i => $"{i}")];

    private static void Publish(EngineHarness engine, int from, int to)
    {
        foreach (var number in Numbers(from, to)) engine.Publish("room", number);
    }

    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("null", 0, 0)]
    [InlineData("{\"rate\":2}", 0, 0)]                              // the application's own
    [InlineData("{\"starling\":{\"rate\":0}}", 0, 0)]
    [InlineData("{\"starling\":{\"rate\":-1}}", 0, 0)]
    [InlineData("{\"starling\":{\"rate\":\"2\"}}", 0, 0)]
    [InlineData("{\"starling\":{\"rate\":1e999}}", 0, 0)]
    [InlineData("{\"starling\":{\"rate\":2", 0, 0)]
    [InlineData("{\"starling\":{\"rate\":2}}", 0, 500)]
    [InlineData("{\"a\":{\"rate\":9},\"starling\":{\"b\":[1,2],\"rate\":2}}", 0, 500)]
    [InlineData("{\"starling\":{\"rate\":3}}", 0, 500)]             // never more often than asked
    [InlineData("{\"starling\":{\"rate\":1000}}", 0, 50)]
    [InlineData("{\"starling\":{\"rate\":0.000001}}", 0, 60_000)]
    [InlineData("{\"starling\":{\"rate\":10}}", 2, 500)]            // the namespace's ceiling
    [InlineData("{\"starling\":{\"rate\":1}}", 2, 1000)]
    [InlineData("", 4, 250)]
    public void A42_The_interval_keeps_to_what_is_asked_and_allowed(string data, int ceiling, int intervalMs) =>
        Assert.Equal(intervalMs, PullInterval.Of(Encoding.UTF8.GetBytes(data), ceiling));

    [Fact]
    public async Task It_is_written_to_twice_a_second_and_misses_nothing_of_a_stream()
    {
        await using var engine = new EngineHarness();
        var paced = Subscribe(engine, rate: 2);
        var plain = engine.Subscribe("room");
        var writes = paced.Writes;
        for (var i = 1; i <= 100; i++)
        {
            engine.Publish("room", $"{i}");
            engine.Time.Advance(TimeSpan.FromMilliseconds(20));
        }
        Assert.Equal(Numbers(1, 100), plain.TakePublications());
        engine.Time.Advance(s_half);
        Assert.Equal(Numbers(1, 100), paced.TakePublications());
        Assert.InRange(paced.Writes - writes, 4, 6);   // two seconds
    }

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task Who_stands_at_the_same_place_shares_what_is_written_whoever_else_is_there(Wire wire)
    {
        await using var engine = new EngineHarness(static options =>
        {
            options.Channel.WithoutNamespace.RingBytesMax = 1 << 30;
            options.Channel.WithoutNamespace.RingEntriesMax = 65_536;
        });
        var peers = Enumerable.Range(0, 5).Select(_ => Subscribe(engine, 2, wire)).ToList();
        peers.Add(Subscribe(engine, 2, wire == Wire.Json ? Wire.Protobuf : Wire.Json));
        peers.Add(Subscribe(engine, 2, wire, SubscribeFlags.ChannelCompaction));
        peers.Add(Subscribe(engine, 5, wire));
        Publish(engine, 1, 20_000);   // more than one write holds
        engine.Time.Advance(s_half);
        foreach (var peer in peers) Assert.Equal(Numbers(1, 20_000), peer.TakePublications());
        Publish(engine, 20_001, 20_010);
        engine.Time.Advance(s_half);
        foreach (var peer in peers) Assert.Equal(Numbers(20_001, 20_010), peer.TakePublications());
    }

    [Fact]
    public async Task I3_Who_comes_late_or_stopped_reading_finds_its_own_place()
    {
        await using var engine = new EngineHarness();
        var steady = Subscribe(engine, 2);
        var stopped = Subscribe(engine, 2);
        Publish(engine, 1, 10);
        engine.Time.Advance(s_half);
        stopped.StopReading();
        Publish(engine, 11, 20);
        var late = Subscribe(engine, 2);
        Publish(engine, 21, 30);
        engine.Time.Advance(s_half);
        Publish(engine, 31, 40);
        engine.Time.Advance(s_half);
        stopped.ReadAgain();
        Assert.Equal(Numbers(1, 40), steady.TakePublications());
        Assert.Equal(Numbers(1, 40), stopped.TakePublications());
        Assert.Equal(Numbers(21, 40), late.TakePublications());
    }

    [Fact]
    public async Task A_filter_is_kept_to()
    {
        await using var engine = new EngineHarness(static options => options.Channel.WithoutNamespace.AllowTagsFilter = true);
        Subscribe(engine, 2);
        var filtered = engine.Connect();
        filtered.Send(new Command
        {
            Id = 2,
            Subscribe = new SubscribeRequest
            {
                Channel = "room",
                Tf = new FilterNode { Key = "a", Cmp = "ex" },
                Data = """{"starling":{"rate":2}}"""u8.ToArray(),
            },
        });
        filtered.Take();
        Publish(engine, 1, 10);
        engine.Time.Advance(s_half);
        Assert.Empty(filtered.TakePublications());
    }

    [Fact]
    public async Task I7_When_the_last_of_a_rate_has_gone_nothing_of_it_is_left()
    {
        await using var engine = new EngineHarness();
        var plain = engine.Subscribe("room");
        for (var i = 0; i < 10; i++)
        {
            var paced = Subscribe(engine, 2);
            Publish(engine, 1, 10);
            paced.Drop();
            engine.Time.Advance(s_half);
        }
        Assert.Equal(1, engine.Node.Channels.Find("room")!.SubscriberCount);
        engine.Publish("room", "1");
        engine.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, engine.Node.Channels.Find("room")!.Log.Bytes);
        Assert.Equal(101, plain.TakePublications().Length);
    }

    [Fact]
    public async Task The_namespace_may_set_the_rate_for_all()
    {
        await using var engine = new EngineHarness(static options => options.Channel.WithoutNamespace.RateMax = 2);
        var peer = engine.Subscribe("room");
        engine.Time.Advance(s_half);
        Publish(engine, 1, 5);
        Assert.Empty(peer.TakePublications());
        engine.Time.Advance(s_half);
        Assert.Equal(Numbers(1, 5), peer.TakePublications());
    }
}
