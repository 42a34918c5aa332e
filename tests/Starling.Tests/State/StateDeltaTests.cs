using System.Text;
using Starling.Brokers;
using Starling.Deltas;
using Starling.Operations;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.State;

/// <summary>Deltas per key (protocol 4.9, 9 no. 4 and 5).</summary>
public sealed class StateDeltaTests
{
    private static readonly Action<SubscribeRequest> s_fossil = static request => request.Delta = "fossil";

    private static string Value(int number) => $$"""{"name":"a name that does not change from one value to the next","number":{{number}}}""";

    /// <summary>Keeps what a client keeps: per key the last payload; every patch must apply to it.</summary>
    private sealed class Client(Wire wire)
    {
        private readonly Dictionary<string, byte[]> _bases = [];

        public int Patches { get; private set; }

        public Dictionary<string, string> State { get; } = [];

        public void Take(Publication publication)
        {
            if (publication.Removed)
            {
                if (wire == Wire.Json) Assert.Equal("\"null\"", StateHarness.Text(publication));
                _bases.Remove(publication.Key);
                State.Remove(publication.Key);
                return;
            }
            var payload = publication.Data.ToArray();
            if (wire == Wire.Json)
            {
                var output = new System.Buffers.ArrayBufferWriter<byte>();
                Assert.True(JsonText.TryUnquote(payload, output), StateHarness.Text(publication));   // checklist 99
                payload = output.WrittenSpan.ToArray();
            }
            if (publication.Delta)
            {
                Patches++;
                Assert.True(FossilDelta.TryApply(_bases[publication.Key], payload, 1 << 20, out var applied));
                payload = applied;
            }
            _bases[publication.Key] = payload;
            State[publication.Key] = Encoding.UTF8.GetString(payload);
        }

        public void Take(SubscribeResult result)
        {
            Assert.Equal(result.Phase == MapPhase.Live, result.Delta);
            foreach (var publication in (result.State ?? []).Concat(result.Publications ?? [])) Take(publication);
        }

        public void Take(List<Reply> replies)
        {
            foreach (var reply in replies)
            {
                if (reply.Push?.Pub is { } publication) Take(publication);
            }
        }
    }

    [Theory]
    [InlineData("board:1", Wire.Json)]
    [InlineData("board:1", Wire.Protobuf)]
    [InlineData("cursors:1", Wire.Json)]
    public async Task Checklist_98_99_Each_key_has_a_chain_of_its_own_which_a_removal_ends(string channel, Wire wire)
    {
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns => ns.DeltaPublish = true));
        engine.Write(channel, "a", Value(1));
        engine.Write(channel, "b", Value(100));
        var (peer, client) = (engine.Connect(wire), new Client(wire));
        client.Take(peer.Ask(channel, MapPhase.State, s_fossil).Result());
        for (var i = 2; i < 6; i++)
        {
            engine.Write(channel, "a", Value(i));
            engine.Write(channel, "b", Value(100 + i));
        }
        client.Take(peer.TakeAll());
        Assert.Equal(6, client.Patches);   // what was written before anyone subscribed here is no base
        engine.Remove(channel, "a");
        engine.Write(channel, "a", Value(7));
        engine.Write(channel, "a", Value(8));
        client.Take(peer.TakeAll());
        Assert.Equal((Value(8), Value(105)), (client.State["a"], client.State["b"]));
    }

    [Fact]
    public async Task A_key_that_a_page_left_out_as_it_had_just_changed_comes_in_full()
    {
        var broker = new FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System));
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns => ns.DeltaPublish = true), broker);
        var stayer = engine.Connect();
        stayer.Load("board:1");
        for (var i = 0; i < 150; i++) engine.Write("board:1", $"key-{i}", Value(i));
        var peer = engine.Connect();
        var first = peer.Ask("board:1", MapPhase.State, s_fossil).Result();
        var changing = Enumerable.Range(0, 150).Select(static i => $"key-{i}").First(key => first.State!.TrueForAll(entry => entry.Key != key));
        broker.Holds = static _ => true;   // the broker has it, this node has not heard of it yet
        engine.Write("board:1", changing, Value(1_000));
        var second = peer.Ask("board:1", MapPhase.State, request => (request.Cursor, request.Offset, request.Epoch) = (first.Cursor, first.Offset, first.Epoch)).Result();
        Assert.Equal(MapPhase.Live, second.Phase);
        Assert.DoesNotContain(second.State!, entry => entry.Key == changing);
        broker.Holds = static _ => false;
        broker.DeliverHeld();
        Assert.False(Assert.Single(peer.TakeAll()).Push!.Pub!.Delta);
        engine.Write("board:1", changing, Value(1_001));
        Assert.True(Assert.Single(peer.TakeAll()).Push!.Pub!.Delta);
    }

    [Theory]
    [InlineData("board:1", 1)]
    [InlineData("board:1", 2)]
    [InlineData("cursors:1", 3)]
    [InlineData("cursors:1", 4)]
    public async Task Patches_apply_whatever_a_client_has_missed_skipped_or_recovered(string channel, int seed)
    {
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns =>
        {
            ns.DeltaPublish = true;
            ns.RingBytesMax = 64 * 1024;
        }));
        engine.WriteMany(channel, 120, Value(0));
        var random = new Random(seed);
        var client = new Client(Wire.Json);
        var peer = engine.Connect();
        var loaded = peer.Ask(channel, MapPhase.State, static request => (request.Delta, request.Limit) = ("fossil", 1_000)).Result();
        client.Take(loaded);
        var (offset, epoch, isHeld) = (loaded.Offset, loaded.Epoch, false);
        for (var step = 0; step < 600; step++)
        {
            var key = $"key-{random.Next(120):D4}";
            if (random.Next(5) == 0) Done(engine.Node.State.WriteAsync(channel, new StateWrite(key, null), TestContext.Current.CancellationToken));
            else engine.Write(channel, key, Value(step));
            switch (random.Next(30))
            {
                case 0 when !isHeld:
                    peer.StopReading();
                    isHeld = true;
                    break;
                case 1:
                    peer.ReadAgain();
                    isHeld = false;
                    break;
                case 2 when channel == "board:1":
                    peer.ReadAgain();
                    isHeld = false;
                    TakePushes();
                    peer.Drop();
                    for (var i = 0; i < random.Next(20); i++) engine.Write(channel, $"key-{random.Next(120):D4}", Value(10_000 + i));
                    peer = engine.Connect();
                    var recovered = peer.Ask(channel, MapPhase.Stream, request =>
                        (request.Recover, request.Offset, request.Epoch, request.Delta) = (true, offset, epoch, "fossil")).Result();
                    client.Take(recovered);
                    offset = recovered.Offset;
                    break;
                default:
                    break;
            }
            TakePushes();
        }
        peer.ReadAgain();
        TakePushes();
        var (_, page) = await engine.Node.State.ReadAsync(channel, new StateQuery(-1), TestContext.Current.CancellationToken);
        Assert.Equal(
            page.Entries.Select(static entry => $"{entry.Publication.Key}={StateHarness.Text(entry.Publication)}").Order(),
            client.State.Select(static pair => $"{pair.Key}={pair.Value}").Order());
        Assert.True(client.Patches > 20, $"{client.Patches} patches");

        void TakePushes()
        {
            foreach (var reply in peer.TakeAll())
            {
                if (reply.Push?.Pub is { } publication)
                {
                    client.Take(publication);
                    offset = Math.Max(offset, publication.Offset);
                }
                Assert.Null(reply.Push?.Unsubscribe);
            }
        }
    }

    private static void Done<T>(ValueTask<T> task) => Assert.True(task.IsCompletedSuccessfully);
}
