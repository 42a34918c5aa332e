using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Starling.Brokers;

namespace Starling.Tests.Conformance;

/// <summary>Who is delivered what, and in which order (I1, I3).</summary>
public abstract class NodeConformance : BrokerConformance
{
    private const int Publishers = 8, EachPublishes = 50;

    [Fact]
    public async Task I3_Deliveries_come_in_the_order_of_offsets_however_many_publish()
    {
        var node = await JoinAsync("room");
        var results = await PublishManyAsync([node]);
        var deliveries = await node.Sink.TakeAsync("room", results.Count);
        Assert.Equal(Enumerable.Range(1, results.Count).Select(static i => (ulong)i), deliveries.Select(static one => one.Offset));
        Assert.All(deliveries, one => Assert.Equal(results[one.Data], one.Offset));
    }

    [Fact]
    public async Task I3_Publications_of_one_publisher_stay_in_its_order()
    {
        var node = await JoinAsync("room");
        var results = await PublishManyAsync([node]);
        foreach (var own in results.GroupBy(static pair => pair.Key.Split('-')[0]))
        {
            var byOffset = own.OrderBy(static pair => pair.Value).Select(static pair => int.Parse(pair.Key.Split('-')[1], CultureInfo.InvariantCulture));
            Assert.Equal(Enumerable.Range(0, EachPublishes), byOffset);
        }
    }

    [Fact]
    public async Task I1_What_is_announced_can_be_read()
    {
        var node = await JoinAsync("room");
        var reads = new ConcurrentQueue<(ulong Offset, Task<HistoryPage> Page)>();
        node.Sink.Delivering = delivery => reads.Enqueue((delivery.Offset, node.ReadAsync("room", limit: 1, since: delivery.Offset - 1)));
        for (var i = 0; i < 20; i++) await node.PublishAsync("room", $"{i}", Stored);
        await node.Sink.TakeAsync("room", 20);
        foreach (var (offset, reading) in reads)
        {
            var page = await reading;
            Assert.True(page.Offset >= offset, $"{offset} was announced while the top was {page.Offset}");
            Assert.Equal(offset, Assert.Single(page.Publications).Offset);
        }
    }

    [Fact]
    public async Task I1_What_was_accepted_can_be_read()
    {
        var node = await JoinAsync();
        var results = await PublishManyAsync([node]);
        var page = await node.ReadAsync("room");
        Assert.Equal((ulong)results.Count, page.Offset);
        Assert.All(page.Publications, pub => Assert.Equal(results[Encoding.UTF8.GetString(pub.Data.Span)], pub.Offset));
    }

    [Fact]
    public async Task A_node_can_come_and_go_and_is_delivered_what_was_published_while_it_was_there()
    {
        var node = await JoinAsync("room");
        await node.PublishAsync("room", "1", Stored);
        await node.Sink.TakeAsync("room", 1);
        await node.UnsubscribeAsync("room");
        await node.PublishAsync("room", "2", Stored);
        await node.SubscribeAsync("room");
        await node.PublishAsync("room", "3", Stored);
        await UntilAsync(node, "3");
        var data = node.Sink.Of("room").Select(static one => one.Data).ToArray();
        Assert.Equal(["1", "3"], data.Where(static each => each != "2"));
        if (Bench.IsShared) Assert.DoesNotContain("2", data);   // a broker for one node need not know who listens
        Assert.Equal(3UL, (await node.ReadAsync("room")).Offset);
    }

    [Fact]
    public async Task Subscriptions_of_a_node_are_counted_and_deliver_once()
    {
        var node = await JoinAsync("room", "room");
        await node.PublishAsync("room", "1", Stored);
        await node.UnsubscribeAsync("room");
        await node.PublishAsync("room", "2", Stored);
        Assert.Equal(["1", "2"], (await node.Sink.TakeAsync("room", 2)).Select(static one => one.Data));
    }

    [Fact]
    public async Task The_end_of_one_subscription_and_the_start_of_the_next_may_cross()
    {
        var node = await JoinAsync("room");
        for (var i = 1; i <= 20; i++)
        {
            await Task.WhenAll(
                Task.Run(() => node.UnsubscribeAsync("room"), TestContext.Current.CancellationToken),
                Task.Run(() => node.SubscribeAsync("room"), TestContext.Current.CancellationToken));
            await node.PublishAsync("room", $"{i}", Stored);
            await UntilAsync(node, $"{i}");
        }
    }

    [Fact]
    public async Task After_its_end_a_broker_takes_nothing_and_delivers_nothing()
    {
        var node = await JoinAsync("room");
        await node.Broker.DisposeAsync();
        Assert.Equal(PublishStatus.Unavailable, (await node.PublishAsync("room", "1", Stored)).Status);
        Assert.Empty(node.Sink.Of("room"));
    }

    [Fact]
    public async Task I3_All_nodes_see_one_stream()
    {
        Assert.SkipUnless(Bench.IsShared, "this broker serves one node");
        BrokerNode[] nodes = [await JoinAsync("room"), await JoinAsync("room"), await JoinAsync("room")];
        var stranger = await JoinAsync("hall");
        var results = await PublishManyAsync(nodes);
        foreach (var node in nodes)
        {
            var deliveries = await node.Sink.TakeAsync("room", results.Count);
            Assert.Equal(Enumerable.Range(1, results.Count).Select(static i => (ulong)i), deliveries.Select(static one => one.Offset));
            Assert.All(deliveries, one => Assert.Equal(results[one.Data], one.Offset));
        }
        Assert.Empty(stranger.Sink.Of("room"));
    }

    private static async Task<Dictionary<string, ulong>> PublishManyAsync(BrokerNode[] nodes)
    {
        var options = Stored with { HistorySize = Publishers * EachPublishes };
        var offsets = new ConcurrentDictionary<string, ulong>();
        await Task.WhenAll(Enumerable.Range(0, Publishers).Select(publisher => Task.Run(
            async () =>
            {
                for (var i = 0; i < EachPublishes; i++)
                {
                    var data = $"{publisher}-{i}";
                    offsets[data] = (await nodes[publisher % nodes.Length].PublishAsync("room", data, options)).Offset;
                }
            },
            TestContext.Current.CancellationToken)));
        return new Dictionary<string, ulong>(offsets);
    }

    private static Task UntilAsync(BrokerNode node, string data) =>
        TestKit.Eventually.IsTrueAsync(() => node.Sink.Of("room").Any(one => one.Data == data), $"'{data}'");
}
