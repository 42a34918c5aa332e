using System.Text;
using System.Text.Json.Nodes;
using Starling.Protocol;

namespace Starling.Tests.Hooks;

/// <summary>A back end says who a client is, and how long it stays (protocol 7.2).</summary>
public sealed class ConnectHookTests
{
    [Fact]
    public async Task A_back_end_names_the_user_and_what_the_connection_is()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """
            {"result":{"user":"56","info":{"role":
              "admin"},"b64data":"eyJhIjoxfQ==","channels":["news"],"meta":{"tier":3},
              "subs":{"inbox":{"info":{"x":1},"override":{"presence":{"value":true}}}},"unknown":[1,2]}}
            """;
        await using var engine = HookHarness.Start(stub, static o => o.AskForConnect());
        var peer = engine.Open();
        var connected = (await peer.ConnectAsync(new ConnectRequest { Name = "js", Version = "5.8", Data = """{"k":1}"""u8.ToArray() })).Connect!;
        Assert.Equal("56", peer.Connection.User);
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(connected.Data.Span));
        Assert.Equal(["inbox", "news"], connected.Subs!.Keys.Order());
        Assert.Contains("admin", Encoding.UTF8.GetString(peer.Connection.ConnInfo.Span), StringComparison.Ordinal);
        Assert.Equal("""{"tier":3}""", Encoding.UTF8.GetString(peer.Connection.Grant!.Meta.Span));
        var asked = (await stub.TakeAsync()).Json;
        Assert.Equal(
            JsonNode.Parse($$"""{"client":"{{peer.Connection.Id}}","transport":"websocket","protocol":"json","encoding":"json","name":"js","version":"5.8","data":{"k":1} }""")!.ToJsonString(),
            asked.ToJsonString());
    }

    [Theory]
    [InlineData("{}", true, 0u, "")]
    [InlineData("{}", false, 3501u, null)]
    [InlineData("""{"result":null}""", false, 3501u, null)]
    [InlineData("""{"result":{}}""", false, 0u, "")]
    [InlineData("""{"result":{"user":"7"}}""", false, 0u, "7")]
    public async Task Checklist_121_An_empty_reply_does_not_authenticate(string body, bool allowsAnonymous, uint closedWith, string? user)
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = body;
        await using var engine = HookHarness.Start(stub, o =>
        {
            o.AskForConnect();
            o.Client.AllowAnonymousConnectWithoutToken = allowsAnonymous;
        });
        var peer = engine.Open();
        var reply = await peer.ConnectAsync();
        Assert.Equal(closedWith, peer.ClosedWith?.Code ?? 0);
        Assert.Equal(user, reply.Connect is null ? null : peer.Connection.User);
    }

    [Theory]
    [InlineData("""{"error":{"code":1000,"message":"no","temporary":true}}""", 1000u, 0u)]
    [InlineData("""{"disconnect":{"code":4500,"reason":"banned"},"error":{"code":1000},"result":{"user":"1"}}""", 0u, 4500u)]
    [InlineData("""{"error":{"code":400,"message":"first"},"result":{"user":"1"}}""", 400u, 0u)]
    [InlineData("""{"error":{"code":2000,"message":"no"}}""", 100u, 0u)]
    [InlineData("""{"error":{"code":103,"message":"no"}}""", 100u, 0u)]
    [InlineData("""{"disconnect":{"code":3500,"reason":"no"}}""", 100u, 0u)]
    [InlineData("""{"result":[]}""", 100u, 0u)]
    [InlineData("""{"result":{"user":7}}""", 100u, 0u)]
    [InlineData("""{"result":{"user":"7"}} trailing""", 100u, 0u)]
    [InlineData("[]", 100u, 0u)]
    [InlineData("", 100u, 0u)]
    [InlineData("""{"result":{"user":"7","expire_at":1}}""", 110u, 0u)]
    public async Task Checklist_119_Errors_disconnects_and_rubbish(string body, uint error, uint closedWith)
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = body;
        await using var engine = HookHarness.Start(stub, static o => o.AskForConnect());
        var peer = engine.Open();
        var reply = await peer.ConnectAsync();
        Assert.Equal(error, reply.Error?.Code ?? 0);
        Assert.Equal(closedWith, peer.ClosedWith?.Code ?? 0);
    }

    [Fact]
    public async Task A_token_is_judged_without_the_back_end()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"user":"7"}}""";
        await using var engine = HookHarness.Start(stub, static o => o.AskForConnect());
        var peer = engine.Open();
        await peer.ConnectAsync(new ConnectRequest { Token = "anything" });
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
        Assert.Empty(stub.Requests);
    }

    [Fact]
    public async Task A_handler_of_the_application_wins()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = HookHarness.Start(stub, static o => o.AskForConnect());
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("9"));
        var peer = engine.Open();
        Assert.NotNull((await peer.ConnectAsync()).Connect);
        Assert.Equal("9", peer.Connection.User);
        Assert.Empty(stub.Requests);
    }

    [Fact]
    public async Task An_expiring_connection_is_renewed_by_the_back_end_and_its_client_not_bothered()
    {
        await using var stub = await BackEndStub.StartAsync();
        var now = DateTimeOffset.Parse("2026-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        stub.Body = $$"""{"result":{"user":"7","expire_at":{{now + 30}} } }""";
        await using var engine = HookHarness.Start(stub, static o =>
        {
            o.AskForConnect();
            o.AskForRefresh();
        });
        var peer = engine.Open();
        Assert.False((await peer.ConnectAsync()).Connect!.Expires);
        await stub.TakeAsync();
        stub.Body = $$"""{"result":{"expire_at":{{now + 100}},"info":{"v":2} } }""";
        engine.Time.Advance(TimeSpan.FromSeconds(30.2));   // no more, or the back end's time is over too
        Assert.Equal("7", (string?)(await stub.TakeAsync()).Json["user"]);
        await TestKit.Eventually.IsTrueAsync(() => peer.Connection.ConnInfo.Length > 0, "the new information");
        stub.Body = $$"""{"result":{"expire_at":{{now + 200}} } }""";
        var until = peer.Connection.Grant!.ExpiresMs;
        await engine.PassUntilAsync(TimeSpan.FromSeconds(70), () => peer.Connection.Grant!.ExpiresMs > until, "the second renewal");
        stub.Body = """{"result":{"expired":true}}""";
        await engine.PassUntilAsync(TimeSpan.FromSeconds(100), () => peer.ClosedWith is not null, "the end");
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
        Assert.Equal("""{"v":2}""", Encoding.UTF8.GetString(peer.Connection.ConnInfo.Span));   // the second renewal said nothing of it
    }

    [Fact]
    public async Task Checklist_122_A_failing_back_end_prolongs_the_connection_by_a_minute_and_is_asked_again()
    {
        await using var stub = await BackEndStub.StartAsync();
        var now = DateTimeOffset.Parse("2026-01-01T00:00:00Z", System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds();
        stub.Body = $$"""{"result":{"user":"7","expire_at":{{now + 30}} } }""";
        await using var engine = HookHarness.Start(stub, static o =>
        {
            o.AskForConnect();
            o.AskForRefresh();
        });
        var peer = engine.Open();
        await peer.ConnectAsync();
        await stub.TakeAsync();
        stub.Status = 500;
        var until = peer.Connection.Grant!.ExpiresMs;
        engine.Time.Advance(TimeSpan.FromSeconds(30.2));   // no more, or the back end's time is over too
        await stub.TakeAsync();
        await TestKit.Eventually.IsTrueAsync(() => peer.Connection.Grant!.ExpiresMs > until, "another minute");
        engine.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Null(peer.ClosedWith);
        Assert.Empty(stub.Requests);
        stub.Status = 200;
        stub.Body = "{}";
        await engine.PassUntilAsync(TimeSpan.FromSeconds(1.2), () => peer.ClosedWith is not null, "the end");
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
    }

    [Fact]
    public async Task A_handler_for_renewal_wins_too()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = HookHarness.Start(stub, static o => o.AskForRefresh());
        engine.Handlers.Connecting = _ => ValueTask.FromResult(ConnectingResult.Accept("9", expiresAt: engine.Time.GetUtcNow().AddSeconds(30)));
        engine.Handlers.Refreshing = _ => ValueTask.FromResult(RefreshingResult.Accept(engine.Time.GetUtcNow().AddSeconds(60)));
        var peer = engine.Open();
        Assert.True((await peer.ConnectAsync()).Connect!.Expires);
        peer.Send(new Command { Id = 5, Refresh = new RefreshRequest { Token = "x" } });
        Assert.Equal(60u, peer.Take().Refresh!.Ttl);
        Assert.Empty(stub.Requests);
    }

    [Fact]
    public async Task A_client_has_no_say_where_a_back_end_renews()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = HookHarness.Start(stub, static o => o.AskForRefresh());
        var peer = engine.Open();
        await peer.ConnectAsync();
        peer.Send(new Command { Id = 5, Refresh = new RefreshRequest { Token = "x" } });
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }
}
