using Starling.Brokers;
using Starling.Channels;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Tests.Connections;

/// <summary>Order, bounds and the answers to slow readers (design, rules 1 and 2).</summary>
public sealed class DeliveryTests
{
    private static string[] Numbers(int from, int to) => [.. Enumerable.Range(from, to - from + 1).Select(static i => $"{i}")];

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task I3_Every_subscriber_gets_every_publication_in_order(Wire wire)
    {
        await using var engine = new EngineHarness();
        var peers = Enumerable.Range(0, 5).Select(_ => engine.Subscribe("room", wire)).ToArray();
        foreach (var number in Numbers(1, 100)) engine.Publish("room", number);
        foreach (var peer in peers) Assert.Equal(Numbers(1, 100), peer.TakePublications());
    }

    [Fact]
    public async Task A_publisher_that_is_subscribed_gets_its_own_publication_with_its_info()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Subscribe("room");
        peer.Send(new Command { Id = 3, Publish = new PublishRequest { Channel = "room", Data = "{\"a\":1}"u8.ToArray() } });
        var replies = peer.TakeAll();
        Assert.Single(replies, static reply => reply.Id == 3 && reply.Publish is not null);
        var publication = Assert.Single(replies, static reply => reply.Push is not null).Push!.Pub!;
        Assert.Equal(peer.Connection.Id.ToString(), publication.Info!.Client);
    }

    [Fact]
    public async Task The_subscribe_reply_comes_before_a_publication_that_arrives_while_it_is_being_made()
    {
        var broker = new SlowSubscribeBroker();
        await using var engine = new EngineHarness(broker: broker);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room" } });
        engine.Publish("room", "1");
        engine.Publish("room", "2");
        Assert.Empty(peer.Received);
        broker.Subscribing.SetResult();
        Assert.Equal(2u, peer.Take().Id);
        Assert.Equal(["1", "2"], peer.TakePublications());
    }

    [Fact]
    public async Task Nothing_of_a_channel_comes_after_its_unsubscribe_reply()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Subscribe("room");
        peer.StopReading();
        engine.Publish("room", "1");   // held in the pending write
        engine.Publish("room", "2");   // behind
        peer.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = "room" } });
        engine.Publish("room", "3");
        peer.ReadAgain();
        var replies = peer.TakeAll();
        var reply = replies.FindIndex(static r => r.Id == 3);
        Assert.True(reply >= 0);
        Assert.DoesNotContain(replies[(reply + 1)..], static r => r.Push is not null);
        Assert.Equal(0, engine.Node.Channels.Count);
    }

    [Fact]
    public async Task A_reader_that_stops_costs_one_number_and_resumes_without_loss_while_the_ring_holds()
    {
        await using var engine = new EngineHarness();
        var slow = engine.Subscribe("room");
        var healthy = engine.Subscribe("room");
        slow.StopReading();
        foreach (var number in Numbers(1, 1000)) engine.Publish("room", number);
        Assert.Equal(Numbers(1, 1000), healthy.TakePublications());
        Assert.Empty(slow.Received);
        var before = slow.Writes;
        slow.ReadAgain();
        Assert.Equal(Numbers(1, 1000), slow.TakePublications());
        Assert.InRange(slow.Writes - before, 1, 10);   // the first one was pending; the rest went together
    }

    [Fact]
    public async Task A79_A_reader_that_falls_off_the_ring_is_closed_with_3008_and_others_are_not()
    {
        await using var engine = new EngineHarness(static options => options.Channel.WithoutNamespace.RingEntriesMax = 64);
        var slow = engine.Subscribe("room");
        var healthy = engine.Subscribe("room");
        slow.StopReading();
        foreach (var number in Numbers(1, 100)) engine.Publish("room", number);
        slow.ReadAgain();
        Assert.Equal(Disconnects.Slow, slow.ClosedWith);
        Assert.Equal(["1"], slow.TakePublications());
        Assert.Null(healthy.ClosedWith);
        Assert.Equal(Numbers(1, 100), healthy.TakePublications());
    }

    [Fact]
    public async Task A80_A_reader_that_takes_no_byte_for_ten_seconds_is_closed_with_3008_even_if_it_sends()
    {
        await using var engine = new EngineHarness();
        var slow = engine.Subscribe("room");
        slow.StopReading();
        engine.Publish("room", "1");
        for (uint second = 1; second <= 9; second++)
        {
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            slow.Send(new Command { Id = second + 10, Rpc = new RpcRequest { Method = "x" } });
        }
        Assert.Null(slow.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(Disconnects.Slow, slow.ClosedWith);
    }

    [Fact]
    public async Task Memory_of_a_channel_stays_bounded_while_a_reader_is_stalled()
    {
        await using var engine = new EngineHarness(static options => options.Channel.WithoutNamespace.RingBytesMax = 64 * 1024);
        var slow = engine.Subscribe("room");
        var healthy = engine.Subscribe("room");
        slow.StopReading();
        var payload = $"\"{new string('x', 1000)}\"";
        for (var i = 0; i < 1000; i++)
        {
            engine.Publish("room", payload);
            healthy.Received.Clear();
            Assert.InRange(engine.Node.Channels.Find("room")!.Log.Bytes, 0, 64 * 1024);
        }
    }

    [Fact]
    public async Task A_quiet_channel_gives_its_ring_back()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Subscribe("room");
        engine.Publish("room", "1");
        var log = engine.Node.Channels.Find("room")!.Log;
        Assert.NotEqual(0, log.Capacity);
        engine.Time.Advance(TimeSpan.FromSeconds(12));   // before the first ping asks for an answer
        Assert.Null(peer.ClosedWith);
        Assert.Equal(0, log.Capacity);
    }

    [Fact]
    public async Task Checklist_32_A_binary_publication_closes_json_subscribers_with_3506_and_leaves_protobuf_ones_alone()
    {
        await using var engine = new EngineHarness();
        var json = engine.Subscribe("room", Wire.Json);
        var protobuf = engine.Subscribe("room", Wire.Protobuf);
        await engine.Node.PublishAsync("room", new Publication { Data = new byte[] { 0xFF } }, null, TestContext.Current.CancellationToken);
        Assert.Equal(Disconnects.InappropriateProtocol, json.ClosedWith);
        Assert.Null(protobuf.ClosedWith);
        Assert.Single(protobuf.TakeAll());
    }

    [Fact]
    public async Task What_was_published_before_a_disconnect_is_still_written()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Subscribe("room");
        peer.StopReading();
        foreach (var number in Numbers(1, 10)) engine.Publish("room", number);
        peer.Connection.Disconnect(Disconnects.ForceNoReconnect);
        engine.Publish("room", "11");
        peer.ReadAgain();
        Assert.Equal(Numbers(1, 10), peer.TakePublications());
        Assert.Equal(Disconnects.ForceNoReconnect, peer.ClosedWith);
    }

    [Fact]
    public async Task A_connection_with_many_busy_channels_gets_from_all_of_them()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        for (uint i = 0; i < 20; i++)
        {
            peer.Send(new Command { Id = i + 2, Subscribe = new SubscribeRequest { Channel = $"room{i}" } });
            peer.Take();
        }
        peer.StopReading();
        var payload = $"\"{new string('x', 4000)}\"";
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 20; i++) engine.Publish($"room{i}", payload);
        }
        peer.ReadAgain();
        var perChannel = peer.TakeAll().GroupBy(static reply => reply.Push!.Channel!).ToDictionary(static g => g.Key, static g => g.Count());
        Assert.Equal(20, perChannel.Count);
        Assert.All(perChannel.Values, static count => Assert.Equal(20, count));
    }

    [Fact]
    public async Task A46_Subscribing_and_unsubscribing_for_ever_leaves_nothing_behind()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        for (uint i = 0; i < 2_000; i++)
        {
            peer.Send(
                new Command { Id = (2 * i) + 2, Subscribe = new SubscribeRequest { Channel = "room" } },
                new Command { Id = (2 * i) + 3, Unsubscribe = new UnsubscribeRequest { Channel = "room" } });
        }
        Assert.All(peer.TakeAll(), static reply => Assert.Null(reply.Error));
        Assert.Equal(0, peer.Connection.SubscriptionCount);
        Assert.Equal(0, engine.Node.Channels.Count);
    }

    [Fact]
    public async Task A46_A_channel_whose_last_subscriber_has_gone_is_not_asked_for_any_more()
    {
        var broker = new FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = new EngineHarness(broker: broker);
        var peer = engine.Subscribe("other");
        Assert.Equal(1, broker.Attached);
        var rules = engine.Node.Namespaces.Find("room")!;
        var subscription = engine.Node.Channels.Add("room", rules, found => new Subscription(peer.Connection, found, SubscriptionSide.Client));
        engine.Node.RemoveFromChannel(subscription);   // its connection ends, on another thread, before the broker is asked
        await subscription.Channel.AttachAsync(broker, TestContext.Current.CancellationToken);
        Assert.Equal(1, broker.Attached);
        peer.Drop();
        Assert.Equal(0, broker.Attached);
    }

    [Fact]
    public async Task A_connection_that_ends_leaves_its_channels()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Subscribe("room");
        var token = peer.Connection.Closed;
        peer.Drop();
        Assert.True(token.IsCancellationRequested);
        Assert.Equal(0, engine.Node.Channels.Count);
        Assert.Equal(0, engine.Node.Connections.Count);
        engine.Publish("room", "1");
        Assert.Empty(peer.Received);
    }

    /// <summary>A broker whose subscribe takes its time, as a distant one's does.</summary>
    private sealed class SlowSubscribeBroker() : FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System))
    {
        public TaskCompletionSource Subscribing { get; } = new();

        public override ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken) => new(Subscribing.Task);
    }
}
