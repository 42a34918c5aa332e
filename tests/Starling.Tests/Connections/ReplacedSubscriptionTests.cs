using System.Globalization;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Operations;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Connections;

/// <summary>A subscription that has ended while it waited for the broker, and the next one of its name: what becomes of the first is
/// nothing to the second.</summary>
public sealed class ReplacedSubscriptionTests : IAsyncDisposable
{
    private static readonly OrderTarget s_anonymous = new("", "", "");

    private readonly FaultyBroker _broker = new(new MemoryBroker(TimeProvider.System, RandomSource.System));

    private EngineHarness Engine() => new(
        static options =>
        {
            options.Channel.WithoutNamespace.HistorySize = 1_000;
            options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(5);
            options.Channel.WithoutNamespace.ForceRecovery = true;
            options.Channel.WithoutNamespace.RingEntriesMax = 16;
        },
        _broker);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private static void Subscribe(TestPeer peer, string channel)
    {
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel } });
        Assert.NotNull(peer.Take().Subscribe);
    }

    [Theory]
    [InlineData(100u)]
    [InlineData(112u)]
    public async Task I7_A_subscribe_that_fails_late_does_not_take_the_next_one_out(uint code)
    {
        await using var engine = Engine();
        var orders = new UserOrders(engine.Node);
        var peer = engine.Connect();
        Subscribe(peer, "one");
        Subscribe(peer, "two");
        var page = _broker.NextPage = new TaskCompletionSource<HistoryPage>();
        var lost = new SubscribeRequest { Channel = "room", Recover = true, Offset = 9, Epoch = "lost", Flag = SubscribeFlags.RejectUnrecovered };
        peer.Send(new Command { Id = 3, Subscribe = lost });
        orders.Unsubscribe(s_anonymous, "room", Unsubscribes.Server);
        Assert.Null(await orders.SubscribeAsync(s_anonymous, "room", new ServerSubscription(), since: null));
        Assert.NotNull(peer.Take().Push!.Subscribe);
        page.SetResult(code == 100 ? HistoryPage.Unavailable : new HistoryPage(IsAvailable: true, [], 0, "other"));
        await Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the refusal");
        Assert.Equal(code, peer.Take().Error!.Code);
        engine.Publish("room", "1");
        Assert.Equal(["1"], peer.TakePublications());
        Assert.Equal(3, peer.Connection.SubscriptionCount);
        peer.Drop();
        Assert.Equal(0, engine.Node.Channels.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task I2_What_an_ended_subscription_cannot_read_any_more_does_not_end_the_next_one(bool isServers)
    {
        await using var engine = Engine();
        var peer = engine.Connect();
        if (isServers) Assert.Null(await new UserOrders(engine.Node).SubscribeAsync(s_anonymous, "room", new ServerSubscription(), since: null));
        else Subscribe(peer, "room");
        peer.StopReading();
        for (var i = 1; i <= 100; i++) engine.Publish("room", i.ToString(CultureInfo.InvariantCulture));
        var page = _broker.NextPage = new TaskCompletionSource<HistoryPage>();
        peer.ReadAgain();
        Assert.Null(_broker.NextPage);   // it has left the ring and reads on from the history
        peer.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = "room" } });
        peer.TakeAll();
        Subscribe(peer, "room");
        page.SetResult(new HistoryPage(IsAvailable: true, [], 100, "any"));
        engine.Publish("room", "101");
        Assert.Null(peer.ClosedWith);
        Assert.Equal(["101"], peer.TakePublications());
    }
}
