using System.Text;
using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.State;

namespace Starling.Tests.Connections;

/// <summary>Clients that ask for more at once than may wait for them, through a line that takes little at a time.</summary>
public sealed class SlowReaderTests
{
    private const int Channels = 6, Keys = 5;

    [Theory]
    [InlineData(Wire.Json, 3_000, "")]
    [InlineData(Wire.Protobuf, 3_000, "")]
    [InlineData(Wire.Json, 3_000, "fossil")]
    [InlineData(Wire.Json, 6_000, "")]   // one value alone is more than may wait
    public async Task A79_A_slow_reader_loads_many_keyed_channels_at_once_through_a_small_queue(Wire wire, int valueBytes, string delta)
    {
        await using var engine = StateHarness.Start(static options => options.Client.QueueMaxSize = 4_096);
        for (var i = 0; i < Channels; i++) engine.WriteMany($"board:{i}", Keys, $"\"{new string('x', valueBytes)}\"");
        var peer = engine.Connect(wire);
        var loads = Enumerable.Range(0, Channels).ToDictionary(static i => (uint)i + 2, i => new Load($"board:{i}", delta));
        peer.StopReading();
        peer.Send([.. loads.Select(static pair => pair.Value.First(pair.Key))]);
        while (loads.Values.Any(static load => !load.IsLive))
        {
            await Eventually.IsTrueAsync(() => peer.ReadOne() || peer.ClosedWith is not null, "an answer");
            Assert.Null(peer.ClosedWith);
            foreach (var reply in peer.TakeAll())
            {
                if (loads[reply.Id].Next(reply) is { } next) await peer.SendAsync(next);
            }
        }
        Assert.All(loads.Values, static load => Assert.Equal(Keys, load.Loaded.State.Count));
    }

    /// <summary>Of channels in the namespace <c>small</c> a node keeps few publications, and the history many.</summary>
    private static void WithSmallRing(StarlingOptions options)
    {
        var small = new ChannelNamespaceOptions { Name = "small", HistorySize = 100, HistoryTtl = TimeSpan.FromMinutes(5), ForcePositioning = true };
        small.RingEntriesMax = 16;
        options.Channel.Namespaces.Add(small);
    }

    private static TestPeer SubscribeBoth(EngineHarness engine)
    {
        var peer = engine.Connect();
        foreach (var (id, channel) in new[] { (2u, "small:1"), (3u, "plain") }) peer.Send(new Command { Id = id, Subscribe = new SubscribeRequest { Channel = channel } });
        Assert.Equal(2, peer.TakeAll().Count);
        return peer;
    }

    [Fact]
    public async Task I2_At_the_end_one_channel_that_cannot_go_on_stops_no_other()
    {
        await using var engine = new EngineHarness(WithSmallRing);
        var peer = SubscribeBoth(engine);
        peer.StopReading();
        for (var i = 0; i < 90; i++) engine.Publish("small:1", "1");   // far more than the ring holds: it has to be read from the history
        engine.Publish("plain", "\"the last\"");
        peer.Connection.Disconnect(Disconnects.ForceReconnect);
        peer.ReadAgain();
        Assert.Contains("\"the last\"", peer.TakePublications());
    }

    [Fact]
    public async Task I2_While_one_channel_waits_for_its_history_the_others_are_written()
    {
        var broker = new FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = new EngineHarness(WithSmallRing, broker);
        var peer = SubscribeBoth(engine);
        peer.StopReading();
        for (var i = 0; i < 90; i++) engine.Publish("small:1", "1");
        engine.Publish("plain", "\"in time\"");
        var page = broker.NextPage = new TaskCompletionSource<HistoryPage>();
        peer.ReadAgain();
        Assert.Contains("\"in time\"", peer.TakePublications());
        page.SetResult(await broker.ReadHistoryAsync("small:1", new HistoryQuery(100, TimeSpan.FromHours(1)) { SinceOffset = 1 }, TestContext.Current.CancellationToken));
        Assert.Equal(89, peer.TakePublications().Length);   // one was on its way when the peer stopped
    }

    [Fact]
    public async Task A79_Who_does_not_take_the_answers_gets_no_more_of_them_and_is_closed_with_3008_when_the_time_is_over()
    {
        const int AnswerBytes = 1_000;
        await using var engine = Answering(AnswerBytes, static options => options.Client.CommandsInWorkMax = 4);
        var made = 0;
        engine.Handlers.Rpc["long"] = _ =>
        {
            made++;
            return ValueTask.FromResult(RpcResult.Ok(Long(AnswerBytes)));
        };
        var peer = engine.Connect();
        peer.StopReading();
        var reading = default(ValueTask);
        for (var id = 2u; reading.IsCompleted; id++)
        {
            Assert.True(id < 100, "reading goes on");
            reading = peer.SendAsync(Rpc(id, "long"));
        }
        Assert.InRange(made, 2, 4);   // one is on its way, and half of what may wait
        for (var i = 0; i < 4; i++) engine.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(peer.ClosedWith);
        for (var i = 0; i < 3; i++) engine.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Disconnects.Slow, peer.ClosedWith);
        await reading;   // nobody waits for ever
        Assert.InRange(made, 2, 4);
    }

    [Fact]
    public async Task Answers_keep_their_order_and_what_is_said_besides_keeps_its_place_among_them()
    {
        await using var engine = Answering(3_000);
        var peer = engine.Connect();
        peer.StopReading();
        peer.Send(Rpc(2, "long"), Rpc(3, "long"), Rpc(4, "long"), new Command { Id = 5, Subscribe = new SubscribeRequest { Channel = "room" } }, Rpc(6, "long"));
        Assert.True(peer.Connection.Commands.IsBusy);
        peer.Connection.Send(new Reply { Push = new Push { Refresh = new RefreshPush { Ttl = 7 } } });
        var received = new List<Reply>();
        while (received.Count < 6)
        {
            await Eventually.IsTrueAsync(peer.ReadOne, "a write");
            received.AddRange(peer.TakeAll());
        }
        Assert.Null(peer.ClosedWith);
        Assert.Equal([2u, 3u, 4u, 5u, 6u], received.Select(static reply => reply.Id).Where(static id => id > 0));
        Assert.Equal(2, received.FindIndex(static reply => reply.Push?.Refresh?.Ttl == 7));   // 2 was on its way, 3 waited
    }

    [Fact]
    public async Task A_paused_client_that_sends_nothing_more_is_not_taken_for_dead()
    {
        await using var engine = Answering(3_000);
        var peer = engine.Connect();
        peer.StopReading();
        peer.Send([.. Enumerable.Range(2, 30).Select(static id => Rpc((uint)id, "long"))]);
        for (var second = 0; second < 60; second++)
        {
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            if (second % 3 == 0) await Eventually.IsTrueAsync(peer.ReadOne, "a write");
        }
        Assert.Null(peer.ClosedWith);
    }

    private static EngineHarness Answering(int bytes, Action<StarlingOptions>? more = null)
    {
        var engine = new EngineHarness(options =>
        {
            options.Client.QueueMaxSize = 4_096;
            more?.Invoke(options);
        });
        engine.Handlers.Rpc["long"] = _ => ValueTask.FromResult(RpcResult.Ok(Long(bytes)));
        return engine;
    }

    private static byte[] Long(int bytes) => Encoding.UTF8.GetBytes($"\"{new string('x', bytes)}\"");

    private static Command Rpc(uint id, string method) => new() { Id = id, Rpc = new RpcRequest { Method = method } };

    /// <summary>A channel being loaded, as the SDK does it.</summary>
    private sealed class Load(string channel, string delta)
    {
        private ulong _offset;
        private string _epoch = "";

        public Loaded Loaded { get; } = new();

        public bool IsLive { get; private set; }

        public Command First(uint id) => Ask(id, new SubscribeRequest { Phase = MapPhase.State });

        public Command? Next(Reply reply)
        {
            var result = reply.Result();
            Loaded.Take(result);
            IsLive = result.Phase == MapPhase.Live;
            if (IsLive) return null;
            if (_epoch.Length == 0 || result.Phase == MapPhase.Stream) (_offset, _epoch) = (result.Offset, result.Epoch);
            return Ask(reply.Id, result.Cursor.Length > 0 ? new SubscribeRequest { Phase = MapPhase.State, Cursor = result.Cursor } : new SubscribeRequest { Phase = MapPhase.Stream });
        }

        private Command Ask(uint id, SubscribeRequest request)
        {
            (request.Channel, request.Type, request.Delta, request.Offset, request.Epoch) = (channel, SubscriptionType.Map, delta, _offset, _epoch);
            return new Command { Id = id, Subscribe = request };
        }
    }
}
