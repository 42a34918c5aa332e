using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.History;

/// <summary>Positions of channels in which nobody has published yet: clients choose the names, so they must not stay.</summary>
public sealed class UnwrittenPositionTests
{
    private static void Recovering(StarlingOptions options)
    {
        options.Client.PingInterval = TimeSpan.FromHours(1);
        options.Client.ChannelPositionCheckDelay = TimeSpan.FromMinutes(10);
        options.Channel.WithoutNamespace.HistorySize = 10;
        options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(5);
        options.Channel.WithoutNamespace.ForceRecovery = true;
    }

    [Fact]
    public async Task A45_A46_Subscribing_to_one_name_after_the_other_leaves_nothing_behind()
    {
        var time = new TestKit.ManualTime();
        var broker = new MemoryBroker(time, RandomSource.System);
        await using var engine = new EngineHarness(Recovering, broker);
        var peer = engine.Connect();
        engine.Publish("written", "1");
        for (var i = 0; i <= Broker.UnwrittenMax; i++)
        {
            peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = $"name{i}" } });
            Assert.NotNull(peer.Take().Subscribe);
            peer.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = $"name{i}" } });
            Assert.NotNull(peer.Take().Unsubscribe);
        }
        Assert.Equal(Broker.UnwrittenMax + 2, broker.StreamCount);
        time.Advance(Broker.UnwrittenLife + TimeSpan.FromSeconds(10));
        Assert.Equal(1, broker.StreamCount);
        Assert.Equal(0, engine.Node.Channels.Count);
    }

    [Fact]
    public async Task The_position_of_a_quiet_channel_outlives_its_subscribers()
    {
        await using var engine = new EngineHarness(Recovering);
        var peer = engine.Connect();
        var epoch = Subscribe(peer, "quiet").Epoch;
        engine.Time.Advance(TimeSpan.FromMinutes(30));
        engine.Publish("quiet", "1");
        var publication = Assert.Single(peer.TakeAll()).Push!.Pub!;
        Assert.Equal(1UL, publication.Offset);
        Assert.True(Subscribe(engine.Connect(), "quiet", epoch).Recovered);

        var other = Subscribe(peer, "other").Epoch;
        peer.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = "other" } });
        Assert.NotNull(peer.Take().Unsubscribe);
        engine.Time.Advance(TimeSpan.FromHours(5));
        engine.Publish("other", "1");
        Assert.Single(Subscribe(engine.Connect(), "other", other).Publications!);
    }

    private static SubscribeResult Subscribe(TestPeer peer, string channel, string epoch = "")
    {
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel, Recover = epoch.Length > 0, Epoch = epoch } });
        return peer.Take().Subscribe!;
    }
}
