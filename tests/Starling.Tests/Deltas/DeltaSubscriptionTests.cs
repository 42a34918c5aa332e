using System.Buffers;
using System.Text;
using Starling.Deltas;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Deltas;

/// <summary>Subscriptions with deltas (protocol 4.9) and numeric channel ids (4.13).</summary>
public sealed class DeltaSubscriptionTests
{
    private static readonly string s_padding = new('x', 100);

    private static void Delta(StarlingOptions options)
    {
        options.Channel.WithoutNamespace.AllowedDeltaTypes = ["fossil"];
        options.Channel.WithoutNamespace.DeltaPublish = true;
        options.Channel.WithoutNamespace.AllowTagsFilter = true;
    }

    private static void Recovering(StarlingOptions options)
    {
        Delta(options);
        options.Channel.WithoutNamespace.HistorySize = 10;
        options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(1);
        options.Channel.WithoutNamespace.ForceRecovery = true;
    }

    private static string Payload(int number) => $$"""{"n":{{number}},"text":"{{s_padding}}"}""";

    private static (TestPeer Peer, SubscribeResult Result) Subscribe(EngineHarness engine, Wire wire, SubscribeRequest request)
    {
        var peer = engine.Connect(wire);
        request.Channel = "room";
        request.Delta = "fossil";
        peer.Send(new Command { Id = 2, Subscribe = request });
        return (peer, peer.Take().Subscribe!);
    }

    /// <summary>What a client makes of a publication; its base goes on.</summary>
    private static string Read(Wire wire, Publication publication, ref byte[] last)
    {
        var data = publication.Data.ToArray();
        if (wire == Wire.Json)
        {
            var text = new ArrayBufferWriter<byte>();
            Assert.True(JsonText.TryUnquote(data, text), "not a JSON string");   // checklist 99
            data = text.WrittenSpan.ToArray();
        }
        if (publication.Delta) Assert.True(FossilDelta.TryApply(last, data, 1 << 20, out data), "does not apply to what the client has");
        last = data;
        return Encoding.UTF8.GetString(data);
    }

    private static List<Publication> Pushed(TestPeer peer) => [.. peer.TakeAll().Select(static reply => reply.Push!.Pub!)];

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task Checklist_97_98_99_The_first_is_full_and_the_others_apply_to_the_one_before(Wire wire)
    {
        await using var engine = new EngineHarness(Delta);
        var (peer, result) = Subscribe(engine, wire, new SubscribeRequest());
        Assert.True(result.Delta);
        for (var i = 1; i <= 5; i++) engine.Publish("room", Payload(i));
        byte[] last = [];
        var publications = Pushed(peer);
        Assert.Equal([false, true, true, true, true], publications.Select(static pub => pub.Delta));
        for (var i = 0; i < publications.Count; i++) Assert.Equal(Payload(i + 1), Read(wire, publications[i], ref last));
    }

    [Fact]
    public async Task Checklist_97_Where_it_is_not_allowed_it_is_silently_absent()
    {
        await using var engine = new EngineHarness();
        var (peer, result) = Subscribe(engine, Wire.Json, new SubscribeRequest());
        Assert.False(result.Delta);
        engine.Publish("room", Payload(1));
        Assert.Equal([Payload(1)], peer.TakePublications());
    }

    [Fact]
    public async Task Who_did_not_ask_gets_payloads_as_they_are()
    {
        await using var engine = new EngineHarness(Delta);
        Subscribe(engine, Wire.Json, new SubscribeRequest());
        var plain = engine.Subscribe("room");
        engine.Publish("room", Payload(1));
        engine.Publish("room", Payload(2));
        Assert.Equal([Payload(1), Payload(2)], plain.TakePublications());
    }

    [Fact]
    public async Task Checklist_100_A_payload_nothing_like_the_last_goes_in_full()
    {
        await using var engine = new EngineHarness(Delta);
        var (peer, _) = Subscribe(engine, Wire.Json, new SubscribeRequest());
        engine.Publish("room", Payload(1));
        engine.Publish("room", "\"other\"");
        engine.Publish("room", "\"other\"");
        byte[] last = [];
        Assert.Equal([Payload(1), "\"other\"", "\"other\""], Pushed(peer).Select(pub => Read(Wire.Json, pub, ref last)));
    }

    [Fact]
    public async Task A_patch_that_would_cut_a_character_goes_in_full_on_the_json_wire()
    {
        await using var engine = new EngineHarness(Delta);
        var (peer, _) = Subscribe(engine, Wire.Json, new SubscribeRequest());
        string[] sent = [$"\"{s_padding}é{s_padding}\"", $"\"{s_padding}è{s_padding}\"", $"\"{s_padding}ê{s_padding}\""];
        foreach (var data in sent) engine.Publish("room", data);
        byte[] last = [];
        Assert.Equal(sent, Pushed(peer).Select(pub => Read(Wire.Json, pub, ref last)));
    }

    [Theory]
    [InlineData(Wire.Json, 3)]
    [InlineData(Wire.Json, 0)]
    [InlineData(Wire.Protobuf, 3)]
    [InlineData(Wire.Protobuf, 0)]
    public async Task Checklist_102_After_a_recovery_the_chain_goes_on_from_what_the_client_has(Wire wire, int missed)
    {
        await using var engine = new EngineHarness(Recovering);
        using var witness = new KeptAlive(engine);
        var (first, opened) = Subscribe(engine, wire, new SubscribeRequest());
        engine.Publish("room", Payload(1));
        engine.Publish("room", Payload(2));
        byte[] last = [];
        foreach (var pub in Pushed(first)) Read(wire, pub, ref last);
        first.Drop();
        for (var i = 3; i < 3 + missed; i++) engine.Publish("room", Payload(i));

        var (second, result) = Subscribe(engine, wire, new SubscribeRequest { Recover = true, Offset = 2, Epoch = opened.Epoch });
        Assert.True(result.Recovered);
        Assert.Equal(missed, result.Publications?.Count ?? 0);
        var read = (result.Publications ?? []).Select(pub => Read(wire, pub, ref last)).ToArray();
        Assert.Equal(Enumerable.Range(3, missed).Select(Payload), read);
        if (missed > 0) Assert.Equal([false, true, true], result.Publications!.Select(static pub => pub.Delta));

        engine.Publish("room", Payload(90));
        var live = Assert.Single(Pushed(second));
        Assert.Equal(missed > 0, live.Delta);   // without one in the reply nobody knows whether the client has the last
        Assert.Equal(Payload(90), Read(wire, live, ref last));
        engine.Publish("room", Payload(91));
        live = Assert.Single(Pushed(second));
        Assert.True(live.Delta);
        Assert.Equal(Payload(91), Read(wire, live, ref last));
    }

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task A_client_that_comes_back_before_anything_came_is_not_sent_a_patch_first(Wire wire)
    {
        await using var engine = new EngineHarness(Recovering);
        using var witness = new KeptAlive(engine);
        engine.Publish("room", Payload(1));
        var (first, opened) = Subscribe(engine, wire, new SubscribeRequest());
        first.Drop();
        var (second, result) = Subscribe(engine, wire, new SubscribeRequest { Recover = true, Offset = opened.Offset, Epoch = opened.Epoch });
        Assert.True(result.Recovered);
        engine.Publish("room", Payload(2));
        byte[] last = [];
        Assert.Equal(Payload(2), Read(wire, Assert.Single(Pushed(second)), ref last));
    }

    [Fact]
    public async Task Nothing_is_patched_against_a_publication_that_was_missed_for_good()
    {
        await using var engine = new EngineHarness(Recovering);
        using var witness = new KeptAlive(engine);
        var (first, opened) = Subscribe(engine, Wire.Json, new SubscribeRequest());
        engine.Publish("room", Payload(1));
        first.Drop();
        // Not stored, so no recovery brings it; the others have it, and it is the base of what comes next.
        await engine.Node.PublishAsync("room", new Publication { Data = Encoding.UTF8.GetBytes(Payload(2)) }, static storage => storage with { HistorySize = 0 }, TestContext.Current.CancellationToken);
        var (second, _) = Subscribe(engine, Wire.Json, new SubscribeRequest { Recover = true, Offset = 1, Epoch = opened.Epoch });
        engine.Publish("room", Payload(3));
        byte[] last = [];
        var live = Assert.Single(Pushed(second));
        Assert.False(live.Delta);
        Assert.Equal(Payload(3), Read(Wire.Json, live, ref last));
    }

    [Fact]
    public async Task A_slow_reader_that_left_the_ring_reads_a_chain_it_can_follow()
    {
        await using var engine = new EngineHarness(static options =>
        {
            Recovering(options);
            options.Channel.WithoutNamespace.HistorySize = 2000;
            options.Channel.WithoutNamespace.RingEntriesMax = 16;
        });
        var (peer, _) = Subscribe(engine, Wire.Json, new SubscribeRequest());
        peer.StopReading();
        for (var i = 1; i <= 1000; i++) engine.Publish("room", Payload(i));
        peer.ReadAgain();
        engine.Publish("room", Payload(1001));
        byte[] last = [];
        Assert.Equal(Enumerable.Range(1, 1001).Select(Payload), Pushed(peer).Select(pub => Read(Wire.Json, pub, ref last)));
    }

    [Fact]
    public async Task A_filter_together_with_deltas_is_refused_with_107()
    {
        await using var engine = new EngineHarness(Delta);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Delta = "fossil", Tf = new FilterNode { Key = "a", Cmp = "ex" } } });
        Assert.Equal(107u, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_104_With_compaction_pushes_carry_an_id_above_0_and_no_channel()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.Send(
            new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "one", Flag = SubscribeFlags.ChannelCompaction } },
            new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = "two", Flag = SubscribeFlags.ChannelCompaction } },
            new Command { Id = 4, Subscribe = new SubscribeRequest { Channel = "three" } });
        long[] ids = [.. peer.TakeAll().Select(static reply => reply.Subscribe!.Id)];
        Assert.True(ids is [> 0, > 0, 0] && ids[0] != ids[1]);
        foreach (var channel in (string[])["one", "two", "three"]) engine.Publish(channel, "1");
        Assert.Equal([(ids[0], ""), (ids[1], ""), (0, "three")], peer.TakeAll().Select(static reply => (reply.Push!.Id, reply.Push.Channel ?? "")));
    }

    [Fact]
    public async Task On_the_protobuf_wire_channels_keep_their_names_whatever_the_client_offers()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect(Wire.Protobuf);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "one", Flag = SubscribeFlags.ChannelCompaction } });
        Assert.Equal(0, peer.Take().Subscribe!.Id);
        engine.Publish("one", "1");
        Assert.Equal((0, "one"), (peer.Received.Peek().Push!.Id, peer.Received.Peek().Push!.Channel));
    }

    /// <summary>A subscriber who stays, so that the channel keeps its log.</summary>
    private sealed class KeptAlive(EngineHarness engine) : IDisposable
    {
        private readonly TestPeer _peer = engine.Subscribe("room");

        public void Dispose() => _peer.Drop();
    }
}
