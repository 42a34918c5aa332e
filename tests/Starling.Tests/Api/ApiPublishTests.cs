using System.Text;
using System.Text.Json;
using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Api;

/// <summary>Publishing through the API.</summary>
public sealed class ApiPublishTests
{
    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task A_publication_reaches_subscribers_with_its_tags_and_without_a_publisher(Wire wire)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room", wire);
        Assert.Equal("{}", await host.ResultAsync("publish", """{"channel":"room","data":{"text":"hi \u00fc"},"tags":{"kind":"x"}}"""));
        var publication = peer.Take().Push!.Pub!;
        Assert.Equal("""{"text":"hi \u00fc"}""", Encoding.UTF8.GetString(publication.Data.Span));
        Assert.Equal("x", publication.Tags!["kind"]);
        Assert.Null(publication.Info);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    [InlineData("\"\"")]
    [InlineData("[]")]
    public async Task Any_JSON_value_is_data(string data)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        Assert.Equal("{}", await host.ResultAsync("publish", $$"""{"channel":"room","data":{{data}}}"""));
        Assert.Equal([data], peer.TakePublications());
    }

    [Fact]
    public async Task Binary_data_in_base64_takes_the_place_of_data()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room", Wire.Protobuf);
        Assert.Equal("{}", await host.ResultAsync("publish", """{"channel":"room","data":{"a":1},"b64data":"AAEC/w=="}"""));
        Assert.Equal([0, 1, 2, 255], peer.Take().Push!.Pub!.Data.ToArray());
    }

    /// <summary>What a namespace of JSON takes, its subscribers on the JSON wire can be sent, however it came.</summary>
    [Theory]
    [InlineData("json:1", 32, "0", false)]
    [InlineData("json:1", 33, "", true)]
    [InlineData("object:1", 32, "", true)]
    [InlineData("json:1", 0, "\"\u00ff\"", true)]
    [InlineData("json:1", 0, "1 2", true)]
    [InlineData("json:1", 0, "", true)]
    public async Task A38_A_payload_the_JSON_wire_cannot_carry_is_no_JSON(string channel, int depth, string inner, bool isRefused)
    {
        var data = Encoding.Latin1.GetBytes(new string('[', depth) + inner + new string(']', depth));   // U+00FF becomes a byte that is no UTF-8
        await using var engine = new EngineHarness(AddNamespaces);
        var reader = engine.Subscribe(channel);
        var writer = engine.Connect(Wire.Protobuf);
        writer.Send(new Command { Id = 3, Publish = new PublishRequest { Channel = channel, Data = data } });
        Assert.Equal(isRefused ? ProtocolErrors.BadRequest.Code : 0, writer.Take().Error?.Code ?? 0);
        Assert.Equal(isRefused ? 0 : 1, reader.TakePublications().Length);
        await using var host = await ApiHost.StartAsync(AddNamespaces);
        var peer = host.Subscribe("alice", channel);
        var reply = await host.CallAsync("publish", $$"""{"channel":"{{channel}}","b64data":"{{Convert.ToBase64String(data)}}"}""");
        Assert.Equal(isRefused, reply.TryGetProperty("error", out _));
        Assert.Equal(isRefused ? 0 : 1, peer.TakePublications().Length);
        Assert.Null(peer.ClosedWith);
    }

    [Theory]
    [InlineData("publish", """{"data":{}}""", 107)]
    [InlineData("publish", """{"channel":"","data":{}}""", 107)]
    [InlineData("publish", """{"channel":"room"}""", 107)]
    [InlineData("publish", """{"channel":"room","b64data":"no base64!"}""", 107)]
    [InlineData("publish", """{"channel":"nowhere:1","data":{}}""", 102)]
    [InlineData("publish", """{"channel":"board:1","data":{}}""", 107)]
    [InlineData("publish", """{"channel":"object:1","data":[]}""", 107)]
    [InlineData("broadcast", """{"data":{}}""", 107)]
    [InlineData("broadcast", """{"channels":[],"data":{}}""", 107)]
    [InlineData("broadcast", """{"channels":["a","b"]}""", 107)]
    [InlineData("broadcast", """{"channels":["a","b"],"b64data":"%"}""", 107)]
    public async Task What_cannot_be_published_is_an_error(string method, string body, int code)
    {
        await using var host = await ApiHost.StartAsync(AddNamespaces);
        Assert.Equal(code, await host.ErrorAsync(method, body));
    }

    [Fact]
    public async Task A_binary_namespace_takes_no_data_too()
    {
        await using var host = await ApiHost.StartAsync(AddNamespaces);
        Assert.Equal("{}", await host.ResultAsync("publish", """{"channel":"binary:1"}"""));
        Assert.Equal("""{"responses":[{"result":{}}]}""", await host.ResultAsync("broadcast", """{"channels":["binary:1"]}"""));
    }

    [Fact]
    public async Task Names_clients_may_not_use_are_the_servers_to_use()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal("{}", await host.ResultAsync("publish", $$"""{"channel":"caf\u00e9 {{new string('x', 300)}}","data":1}"""));
    }

    [Fact]
    public async Task A_broadcast_answers_for_each_channel_in_order()
    {
        await using var host = await ApiHost.StartAsync(AddNamespaces);
        var first = host.Subscribe("alice", "a");
        var second = host.Subscribe("bob", "b");
        Assert.Equal(
            """{"responses":[{"result":{}},{"error":{"code":102,"message":"unknown channel"}},{"error":{"code":107,"message":"bad request"}},{"result":{}}]}""",
            await host.ResultAsync("broadcast", """{"channels":["a","nowhere:1","board:1","b"],"data":7}"""));
        Assert.Equal(["7"], first.TakePublications());
        Assert.Equal(["7"], second.TakePublications());
    }

    [Fact]
    public async Task Options_of_channels_with_history_change_nothing_in_those_without()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        const string Body = """{"channel":"room","data":1,"skip_history":true,"delta":true,"version":1,"version_epoch":"x"}""";
        Assert.Equal("{}", await host.ResultAsync("publish", Body));
        Assert.Equal("{}", await host.ResultAsync("publish", Body));
        Assert.Equal(["1", "1"], peer.TakePublications());
    }

    [Fact]
    public async Task Checklist_115_A_repeated_idempotency_key_publishes_once_in_its_channel_for_five_minutes()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        var other = host.Subscribe("alice", "other");
        await PublishAsync("room", "k");
        await PublishAsync("room", "k");
        await PublishAsync("other", "k");
        await PublishAsync("room", "k2");
        Assert.Equal(2, peer.TakePublications().Length);
        Assert.Single(other.TakePublications());
        host.Engine.Time.Advance(TimeSpan.FromMinutes(4.9));
        var late = host.Subscribe("alice", "room");   // the others have been silent for too long
        await PublishAsync("room", "k");
        Assert.Empty(late.TakeAll());
        host.Engine.Time.Advance(TimeSpan.FromMinutes(0.1));
        await PublishAsync("room", "k");
        Assert.Single(late.TakePublications());

        async Task PublishAsync(string channel, string key) => Assert.Equal(
            "{}", await host.ResultAsync("publish", $$"""{"channel":"{{channel}}","data":1,"idempotency_key":"{{key}}"}"""));
    }

    [Fact]
    public async Task Checklist_115_A_broadcast_repeats_only_where_its_key_is_new()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "a");
        var other = host.Subscribe("alice", "b");
        await host.ResultAsync("publish", """{"channel":"a","data":1,"idempotency_key":"k"}""");
        await host.ResultAsync("broadcast", """{"channels":["a","b"],"data":2,"idempotency_key":"k"}""");
        Assert.Equal(["1"], peer.TakePublications());
        Assert.Equal(["2"], other.TakePublications());
    }

    [Fact]
    public async Task A_result_names_the_position_when_the_broker_gave_one()
    {
        await using var host = await ApiHost.StartAsync(broker: new NumberingBroker());
        Assert.Equal("""{"offset":1,"epoch":"e"}""", await host.ResultAsync("publish", """{"channel":"room","data":1}"""));
        Assert.Equal("""{"offset":2,"epoch":"e"}""", await host.ResultAsync("publish", """{"channel":"room","data":1}"""));
    }

    [Fact]
    public async Task A_broker_that_fails_is_error_100_and_the_key_is_free_for_the_retry()
    {
        var broker = new NumberingBroker { Fails = true };
        await using var host = await ApiHost.StartAsync(broker: broker);
        const string Body = """{"channel":"room","data":1,"idempotency_key":"k"}""";
        Assert.Equal("""{"error":{"code":100,"message":"internal server error"}}""", (await host.CallAsync("publish", Body)).GetRawText());
        Assert.Single(host.Engine.Log.Errors);
        host.Engine.Log.Errors.Clear();
        broker.Fails = false;
        Assert.Equal("""{"offset":1,"epoch":"e"}""", await host.ResultAsync("publish", Body));
    }

    [Fact]
    public async Task Publications_in_a_row_arrive_in_order()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        for (var i = 0; i < 50; i++) await host.ResultAsync("publish", JsonSerializer.Serialize(new { channel = "room", data = i }));
        Assert.Equal(Enumerable.Range(0, 50).Select(static i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), peer.TakePublications());
    }

    private static void AddNamespaces(StarlingOptions options) => options.Channel.Namespaces.AddRange(
    [
        new ChannelNamespaceOptions { Name = "board", SubscriptionType = ChannelSubscriptionType.Map },
        new ChannelNamespaceOptions { Name = "json", PublicationDataFormat = PublicationDataFormat.Json },
        new ChannelNamespaceOptions { Name = "object", PublicationDataFormat = PublicationDataFormat.JsonObject },
        new ChannelNamespaceOptions { Name = "binary", PublicationDataFormat = PublicationDataFormat.Binary },
    ]);

    /// <summary>Numbers what is published; can fail.</summary>
    private sealed class NumberingBroker() : FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System))
    {
        private int _offset;

        public bool Fails { get; set; }

        public override ValueTask<Brokers.PublishResult> PublishAsync(
            string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
        {
            if (Fails) throw new IOException("the broker is down");
            return ValueTask.FromResult(new Brokers.PublishResult(PublishStatus.Accepted, (ulong)Interlocked.Increment(ref _offset), "e"));
        }
    }
}
