using System.Text;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Hooks;

/// <summary>A back end decides over subscriptions, publications, keys and calls (protocol 7.2).</summary>
public sealed class ChannelHookTests
{
    private static void AskForChannels(StarlingOptions options)
    {
        var plain = options.Channel.WithoutNamespace;
        plain.SubscribeProxyEnabled = plain.PublishProxyEnabled = plain.SubRefreshProxyEnabled = true;
        plain.SubscribeProxyName = plain.PublishProxyName = plain.SubRefreshProxyName = "stub";
        plain.AllowUserLimitedChannels = true;
        plain.HistorySize = 10;
        plain.HistoryTtl = TimeSpan.FromMinutes(1);
        var board = new ChannelNamespaceOptions { Name = "board", SubscriptionType = ChannelSubscriptionType.Map };
        board.Map.Mode = ChannelMapMode.Persistent;
        board.Map.PublishProxyEnabled = board.Map.RemoveProxyEnabled = true;
        board.Map.PublishProxyName = board.Map.RemoveProxyName = "stub";
        options.Channel.Namespaces.Add(board);
        options.Rpc.WithoutNamespace.ProxyEnabled = true;
        options.Rpc.WithoutNamespace.ProxyName = "stub";
        options.Rpc.Namespaces.Add(new RpcNamespaceOptions { Name = "off" });
    }

    private static async Task<TestPeer> ConnectedAsync(EngineHarness engine, Wire wire = Wire.Json)
    {
        var peer = engine.Open(wire);
        Assert.NotNull((await peer.ConnectAsync()).Connect);
        return peer;
    }

    [Fact]
    public async Task Checklist_121_An_empty_reply_allows_to_subscribe_and_to_publish()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine);
        Assert.NotNull((await peer.SubscribeAsync("chat")).Subscribe);
        Assert.Equal("""{"channel":"chat","user":""}""", Shown((await stub.TakeAsync()).Json, "channel", "user"));
        await peer.PublishAsync("chat", """{"text":"ü"}""");
        Assert.Contains("\"data\":{\"text\":\"ü\"}", (await stub.TakeAsync()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_back_end_gives_a_subscription_what_it_is()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"info":{"role":"admin"},"data":[1],"override":{"force_recovery":{"value":true}}}}""";
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine);
        var subscribed = (await peer.SubscribeAsync("chat")).Subscribe!;
        Assert.True(subscribed.Recoverable);
        Assert.Equal("[1]", Encoding.UTF8.GetString(subscribed.Data.Span));
        Assert.Equal("""{"role":"admin"}""", Encoding.UTF8.GetString(peer.Connection.FindSubscription("chat")!.ChanInfo.Span));
    }

    [Theory]
    [InlineData("$private", 103u)]
    [InlineData("dialog#5,6", 103u)]
    [InlineData("unknown:x", 102u)]
    public async Task A_name_that_decides_itself_is_not_asked_about(string channel, uint error)
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine);
        Assert.Equal(error, (await peer.SubscribeAsync(channel)).Error!.Code);
        Assert.Empty(stub.Requests);
    }

    [Theory]
    [InlineData("""{"error":{"code":1000,"message":"custom error"}}""", 200, 1000u, 0u)]
    [InlineData("""{"disconnect":{"code":4500,"reason":"banned"}}""", 200, 0u, 4500u)]
    [InlineData("""{"result":{}}""", 201, 100u, 0u)]
    [InlineData("""{"result":{}}""", 500, 100u, 0u)]
    [InlineData("rubbish", 200, 100u, 0u)]
    [InlineData("{}", 404, 404u, 0u)]
    [InlineData("{}", 403, 0u, 4503u)]
    public async Task Checklist_119_Subscribe_and_publish_are_refused_as_the_back_end_says(string body, int status, uint error, uint closedWith)
    {
        await using var stub = await BackEndStub.StartAsync();
        (stub.Body, stub.Status) = (body, status);
        await using var engine = HookHarness.Start(stub, static options =>
        {
            AskForChannels(options);
            options.Proxies[0].Http.StatusToCodeTransforms.Add(new StatusTransformOptions { StatusCode = 404, ToError = { Code = 404, Message = "not found" } });
            options.Proxies[0].Http.StatusToCodeTransforms.Add(new StatusTransformOptions { StatusCode = 403, ToDisconnect = { Code = 4503, Reason = "out" } });
        });
        foreach (var ask in new Func<TestPeer, Task<Reply>>[] { static p => p.SubscribeAsync("chat"), static p => p.PublishAsync("chat", "1") })
        {
            var peer = await ConnectedAsync(engine);
            var reply = await ask(peer);
            Assert.Equal(closedWith, peer.ClosedWith?.Code ?? 0);
            if (closedWith == 0) Assert.Equal(error, reply.Error!.Code);
            Assert.Null(peer.Connection.FindSubscription("chat"));
        }
    }

    [Fact]
    public async Task A_back_end_changes_what_is_published_and_how()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine);
        await peer.SubscribeAsync("chat");
        stub.Body = """{"result":{"data":{"text":"***"},"tags":{"k":"v"},"idempotency_key":"once"}}""";
        await peer.SendAsync(Publish(3), Publish(4));
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count >= 3, "two answers and a publication");
        var pub = Assert.Single(peer.TakeAll(), static reply => reply.Push?.Pub is not null).Push!.Pub!;
        Assert.Equal("""{"text":"***"}""", Encoding.UTF8.GetString(pub.Data.Span));
        Assert.Equal("v", pub.Tags!["k"]);
        Assert.Equal(1u, pub.Offset);
        Assert.Equal(peer.Connection.Id.ToString(), pub.Info!.Client);

        // Says nothing of the payload: the client's own goes on.
        stub.Body = """{"result":{"skip_history":true}}""";
        Assert.NotNull((await peer.SubscribeAsync("other")).Subscribe);
        await peer.SendAsync(new Command { Id = 5, Publish = new PublishRequest { Channel = "other", Data = "2"u8.ToArray() } });
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count >= 2, "the answer and the publication");
        pub = Assert.Single(peer.TakeAll(), static reply => reply.Push?.Pub is not null).Push!.Pub!;
        Assert.Equal(0u, pub.Offset);
        Assert.Equal("2", Encoding.UTF8.GetString(pub.Data.Span));

        static Command Publish(uint id) => new() { Id = id, Publish = new PublishRequest { Channel = "chat", Data = """{"text":"bad"}"""u8.ToArray() } };
    }

    [Fact]
    public async Task What_a_back_end_publishes_instead_has_to_fit_its_channel()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"data":[1]}}""";
        await using var engine = HookHarness.Start(stub, static options =>
        {
            AskForChannels(options);
            options.Channel.WithoutNamespace.PublicationDataFormat = PublicationDataFormat.JsonObject;
        });
        var peer = await ConnectedAsync(engine);
        Assert.Equal(ProtocolErrors.Internal, (await peer.PublishAsync("chat", "{}")).Error);
    }

    [Fact]
    public async Task A_back_end_decides_over_keys()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"key":"other","data":{"v":2},"score":7,"tags":{"a":"b"}}}""";
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine);
        Assert.NotNull((await peer.AskAsync(Write(removed: false))).Publish);
        Assert.Equal("""{"channel":"board:1","key":"k"}""", Shown((await stub.TakeAsync()).Json, "channel", "key", "user"));
        var page = await engine.Node.State.ReadAsync("board:1", new Brokers.StateQuery(-1), TestContext.Current.CancellationToken);
        var entry = Assert.Single(page.Page.Entries).Publication;
        Assert.Equal(("other", 7L, """{"v":2}"""), (entry.Key, entry.Score, Encoding.UTF8.GetString(entry.Data.Span)));
        stub.Body = """{"error":{"code":1001,"message":"no"}}""";
        Assert.Equal(1001u, (await peer.AskAsync(Write(removed: true))).Error!.Code);
        stub.Body = $$$"""{"result":{"key":"{{{new string('k', 256)}}}"}}""";
        Assert.Equal(107u, (await peer.AskAsync(Write(removed: false))).Error!.Code);

        static Command Write(bool removed) => new()
        {
            Id = 3,
            Publish = new PublishRequest { Channel = "board:1", Type = PublishType.Map, Key = "k", Data = removed ? default : "1"u8.ToArray(), Removed = removed },
        };
    }

    [Fact]
    public async Task A_back_end_answers_calls()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"data":{"sum":3}}}""";
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine);
        Assert.Equal("""{"sum":3}""", Encoding.UTF8.GetString((await peer.AskAsync(Call("sum"))).Rpc!.Data.Span));
        Assert.Equal("""{"method":"sum","user":"","data":[1,2]}""", Shown((await stub.TakeAsync()).Json, "method", "user", "data"));
        stub.Body = $$"""{"result":{"data":{{new string('[', 32)}}0{{new string(']', 32)}} } }""";
        Assert.Equal(65, (await peer.AskAsync(Call("sum"))).Rpc!.Data.Length);
        stub.Body = $$"""{"result":{"data":{{new string('[', 33)}}{{new string(']', 33)}} } }""";   // more than the JSON wire carries
        Assert.Equal(100u, (await peer.AskAsync(Call("sum"))).Error!.Code);
        stub.Body = "{}";
        Assert.True((await peer.AskAsync(Call("sum"))).Rpc!.Data.IsEmpty);
        Assert.Equal(108u, (await peer.AskAsync(Call("off:sum"))).Error!.Code);
        Assert.Equal(104u, (await peer.AskAsync(Call("unknown:sum"))).Error!.Code);

        static Command Call(string method) => new() { Id = 4, Rpc = new RpcRequest { Method = method, Data = "[1,2]"u8.ToArray() } };
    }

    [Fact]
    public async Task Binary_payloads_travel_in_base64_where_the_proxy_says_so_and_are_107_where_it_does_not()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"b64data":"AAEC"}}""";
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine, Wire.Protobuf);
        var call = new Command { Id = 4, Rpc = new RpcRequest { Method = "x", Data = new byte[] { 9, 8 } } };
        Assert.Equal(107u, (await peer.AskAsync(call)).Error!.Code);
        Assert.Empty(stub.Requests);

        await using var binary = HookHarness.Start(stub, static options =>
        {
            AskForChannels(options);
            options.Proxies[0].BinaryEncoding = true;
        });
        var other = await ConnectedAsync(binary, Wire.Protobuf);
        Assert.Equal([0, 1, 2], (await other.AskAsync(call)).Rpc!.Data.ToArray());
        Assert.Equal("""{"encoding":"binary","protocol":"protobuf","b64data":"CQg="}""", Shown((await stub.TakeAsync()).Json, "encoding", "protocol", "b64data", "data"));
    }

    [Fact]
    public async Task An_expiring_subscription_is_renewed_by_the_back_end_or_ends_with_2501()
    {
        await using var stub = await BackEndStub.StartAsync();
        var now = DateTimeOffset.Parse("2026-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        stub.Body = $$"""{"result":{"expire_at":{{now + 30}} } }""";
        await using var engine = HookHarness.Start(stub, AskForChannels);
        var peer = await ConnectedAsync(engine);
        Assert.False((await peer.SubscribeAsync("chat")).Subscribe!.Expires);
        await stub.TakeAsync();
        peer.Send(new Command { Id = 8, SubRefresh = new SubRefreshRequest { Channel = "news", Token = "x" } });
        Assert.Equal(103u, peer.Take().Error!.Code);
        stub.Status = 503;
        engine.Time.Advance(TimeSpan.FromSeconds(55.2));
        Assert.Equal("chat", (string?)(await stub.TakeAsync()).Json["channel"]);
        stub.Status = 200;
        stub.Body = """{"result":{"expired":true}}""";
        await engine.PassUntilAsync(TimeSpan.FromSeconds(85.1), () => peer.Received.Count > 0, "the unsubscribe push");
        Assert.Equal(2501u, peer.Take().Push!.Unsubscribe!.Code);
    }

    private static string Shown(System.Text.Json.Nodes.JsonObject json, params string[] members)
    {
        var shown = new System.Text.Json.Nodes.JsonObject();
        foreach (var member in members)
        {
            if (json[member] is { } value) shown[member] = value.DeepClone();
        }
        return shown.ToJsonString();
    }
}
