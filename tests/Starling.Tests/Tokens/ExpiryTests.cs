using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Starling.Cluster;
using Starling.Protocol;
using Starling.Tests.Connections;
using Starling.Tests.State;

namespace Starling.Tests.Tokens;

/// <summary>How long connections and subscriptions stay, and how they are renewed (protocol 4.2).</summary>
public sealed class ExpiryTests
{
    private const long Now = TestTokens.Now;

    private static TestPeer Ann(EngineHarness engine, string more = "")
    {
        var peer = TokenConnectTests.Connect(engine, $$"""{"sub":"42"{{more}} }""");
        peer.Received.Clear();
        return peer;
    }

    private static void Refresh(TestPeer peer, string claims) =>
        peer.Send(new Command { Id = 9, Refresh = new RefreshRequest { Token = claims.Length == 0 ? "" : TestTokens.Hmac(claims) } });

    private static void SubRefresh(TestPeer peer, string channel, string claims) => peer.Send(new Command
    {
        Id = 9,
        SubRefresh = new SubRefreshRequest { Channel = channel, Token = claims.Length == 0 ? "" : TestTokens.Hmac(claims) },
    });

    private static TestPeer Subscribed(EngineHarness engine, string more)
    {
        var peer = Ann(engine);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a", Token = TestTokens.Hmac($$"""{"sub":"42","channel":"a"{{more}} }""") } });
        Assert.NotNull(peer.Received.Peek().Subscribe);
        return peer;
    }

    [Fact]
    public async Task Checklist_92_A64_Without_refresh_the_connection_closes_with_3005_after_ttl_and_grace_and_gets_nothing_more()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => o.Channel.WithoutNamespace.AllowSubscribeForClient = true);
        var peer = Ann(engine, $$""","exp":{{Now + 60}},"channels":["a"]""");
        engine.Time.Advance(TimeSpan.FromSeconds(84));
        engine.Publish("a", "1");
        Assert.Equal(["1"], peer.TakePublications());
        Assert.Null(peer.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
        engine.Publish("a", "2");
        Assert.Empty(peer.TakePublications());
    }

    [Fact]
    public async Task A64_A69_A_connection_by_a_cookie_ends_with_the_cookie_for_its_client_cannot_renew_it()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => o.Channel.WithoutNamespace.AllowSubscribeForClient = true);
        engine.Handlers.TakesHttpUser = true;
        var peer = ByCookie(engine, Now + 60);
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() }, new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a" } });
        Assert.False(peer.Take().Connect!.Expires);   // it is not told to renew
        Assert.NotNull(peer.Take().Subscribe);
        engine.Time.Advance(TimeSpan.FromSeconds(59));
        engine.Publish("a", "1");
        Assert.Equal(["1"], peer.TakePublications());
        Assert.Null(peer.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
        engine.Publish("a", "2");
        Assert.Empty(peer.TakePublications());
    }

    [Fact]
    public async Task A64_Who_came_with_a_cookie_and_renewed_by_a_token_has_time_to_renew_that()
    {
        await using var engine = TokenConnectTests.WithTokens();
        engine.Handlers.TakesHttpUser = true;
        var peer = ByCookie(engine, Now + 60);
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        peer.Received.Clear();
        Refresh(peer, $$"""{"sub":"42","exp":{{Now + 100}} }""");
        Assert.True(peer.Take().Refresh!.Expires);
        engine.Time.Advance(TimeSpan.FromSeconds(124));
        Assert.Null(peer.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(1.2));
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
    }

    /// <summary>A connection whose request was authenticated as a user until a time.</summary>
    private static TestPeer ByCookie(EngineHarness engine, long expiresAt)
    {
        var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, "42")], "Cookies"));
        var properties = new AuthenticationProperties { ExpiresUtc = DateTimeOffset.FromUnixTimeSeconds(expiresAt) };
        var request = new DefaultHttpContext { User = user };
        request.Features.Set<IAuthenticateResultFeature>(new Authenticated(AuthenticateResult.Success(new AuthenticationTicket(user, properties, "Cookies"))));
        return new TestPeer(engine.Node, Wire.Json, request);
    }

    private sealed class Authenticated(AuthenticateResult result) : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; } = result;
    }

    [Fact]
    public async Task Checklist_90_A_new_token_keeps_the_connection_and_changes_what_others_see()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine, $$""","exp":{{Now + 60}},"info":{"v":1}""");
        engine.Time.Advance(TimeSpan.FromSeconds(70));
        Refresh(peer, $$"""{"sub":"42","exp":{{Now + 170}},"info":{"v":2} }""");
        var result = peer.TakeAll().Single(static reply => reply.Refresh is not null).Refresh!;
        Assert.True(result.Expires);
        Assert.Equal(100u, result.Ttl);
        Assert.Equal(peer.Connection.Id.ToString(), result.Client);
        Assert.Equal("""{"v":2}""", Encoding.UTF8.GetString(peer.Connection.PublisherInfo(null).ConnInfo.Span));
        engine.Time.Advance(TimeSpan.FromSeconds(120));
        Assert.Null(peer.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
    }

    [Fact]
    public async Task A_new_token_without_end_lifts_the_expiry()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine, $$""","exp":{{Now + 60}}""");
        Refresh(peer, """{"sub":"42"}""");
        Assert.False(peer.Take().Refresh!.Expires);
        engine.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(peer.ClosedWith);
    }

    [Theory]
    [InlineData("", 3501u)]
    [InlineData("""{"sub":"42","exp":1767225599}""", 3005u)]
    [InlineData("""{"sub":"43"}""", 3500u)]
    [InlineData("{}", 3500u)]
    [InlineData("""{"sub":"42","channel":"a"}""", 3500u)]
    [InlineData("""{"sub":"42","channels":["b"]}""", 3010u)]
    [InlineData("""{"sub":"42"}""", 3010u)]
    [InlineData("""{"sub":"42","channels":["a","b"]}""", 3010u)]
    public async Task Checklist_91_A51_A_refresh_that_is_not_one_closes(string claims, uint code)
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine, $$""","exp":{{Now + 60}},"channels":["a"]""");
        Refresh(peer, claims);
        Assert.Equal(code, peer.ClosedWith?.Code);
    }

    [Fact]
    public async Task A_refresh_to_a_time_that_has_passed_yields_110_and_one_without_keys_closes_with_3501()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine);
        Refresh(peer, $$"""{"sub":"42","expire_at":{{Now}}}""");
        Assert.Equal(110u, peer.Take().Error!.Code);
        await using var open = new EngineHarness();
        var nobody = open.Connect();
        Refresh(nobody, "{}");
        Assert.Equal(Disconnects.BadRequest, nobody.ClosedWith);
    }

    [Fact]
    public async Task Checklist_93_A64_Without_sub_refresh_the_subscription_ends_with_2501_after_ttl_and_grace()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Subscribed(engine, $$""","exp":{{Now + 30}}""");
        var result = peer.Take().Subscribe!;
        Assert.True(result.Expires);
        Assert.Equal(30u, result.Ttl);
        engine.Time.Advance(TimeSpan.FromSeconds(54));
        Assert.DoesNotContain(peer.TakeAll(), static reply => reply.Push is not null);
        engine.Time.Advance(TimeSpan.FromSeconds(2.2));
        Assert.Equal(2501u, peer.TakeAll().Single(static reply => reply.Push is not null).Push!.Unsubscribe!.Code);
        engine.Publish("a", "1");
        Assert.Empty(peer.TakePublications());
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task A_sub_refresh_prolongs_and_changes_what_others_see()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Subscribed(engine, $$""","exp":{{Now + 30}}""");
        peer.Received.Clear();
        SubRefresh(peer, "a", $$"""{"sub":"42","channel":"a","exp":{{Now + 90}},"info":{"v":2} }""");
        Assert.Equal(90u, peer.Take().SubRefresh!.Ttl);
        Assert.Equal("""{"v":2}""", Encoding.UTF8.GetString(peer.Connection.FindSubscription("a")!.ChanInfo.Span));
        engine.Time.Advance(TimeSpan.FromSeconds(110));
        Assert.NotNull(peer.Connection.FindSubscription("a"));
        engine.Time.Advance(TimeSpan.FromSeconds(7.2));
        Assert.Null(peer.Connection.FindSubscription("a"));
    }

    [Fact]
    public async Task Checklist_94_A_sub_refresh_of_a_channel_that_is_not_subscribed_yields_103()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine);
        SubRefresh(peer, "a", """{"sub":"42","channel":"a"}""");
        Assert.Equal(103u, peer.Take().Error!.Code);
        Assert.Null(peer.ClosedWith);
    }

    [Theory]
    [InlineData("""{"sub":"42","channel":"b"}""")]
    [InlineData("""{"sub":"43","channel":"a"}""")]
    [InlineData("""{"sub":"42"}""")]
    public async Task A63_A_sub_refresh_with_a_token_for_something_else_closes_with_3500(string claims)
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Subscribed(engine, $$""","exp":{{Now + 30}}""");
        SubRefresh(peer, "a", claims);
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Fact]
    public async Task A_sub_refresh_without_token_yields_107_and_one_with_an_expired_token_ends_the_subscription_with_2501()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Subscribed(engine, $$""","exp":{{Now + 30}}""");
        peer.Received.Clear();
        SubRefresh(peer, "a", "");
        Assert.Equal(107u, peer.Take().Error!.Code);
        SubRefresh(peer, "a", $$"""{"sub":"42","channel":"a","exp":{{Now}}}""");
        Assert.Equal(2501u, peer.Take().Push!.Unsubscribe!.Code);
        Assert.Equal(109u, peer.Take().Error!.Code);
        Assert.Null(peer.Connection.FindSubscription("a"));
    }

    [Theory]
    [InlineData("board:1")]
    [InlineData("game:1")]
    [InlineData("cursors:1")]
    public async Task A64_A_subscription_to_keyed_state_ends_with_2501_after_the_tokens_time_and_grace_and_gets_nothing_more(string channel)
    {
        await using var engine = TokenConnectTests.WithTokens(StateHarness.Options);
        var peer = Loaded(engine, channel, out var live);
        Assert.Equal((false, 0u), (live.Expires, live.Ttl));   // its results never carry them
        engine.Time.Advance(TimeSpan.FromSeconds(54));
        engine.Write(channel, "k", "1");
        Assert.Equal(["1"], peer.TakePublications());
        engine.Time.Advance(TimeSpan.FromSeconds(2.2));
        Assert.Equal(2501u, peer.Take().Push!.Unsubscribe!.Code);
        engine.Write(channel, "k", "2");
        Assert.Empty(peer.Received);
        Assert.Null(peer.ClosedWith);
        peer.Send(StateRequest(channel, Now + 30));
        Assert.Equal(109u, peer.Take().Error!.Code);
        peer.Send(StateRequest(channel, Now + 90));
        Assert.NotNull(peer.Take().Subscribe);
    }

    [Fact]
    public async Task A64_A_sub_refresh_prolongs_a_subscription_to_keyed_state_by_its_new_token()
    {
        await using var engine = TokenConnectTests.WithTokens(StateHarness.Options);
        var peer = Loaded(engine, "board:1", out _);
        engine.Time.Advance(TimeSpan.FromSeconds(40));
        SubRefresh(peer, "board:1", $$"""{"sub":"42","channel":"board:1","exp":{{Now + 90}} }""");
        Assert.Equal(50u, peer.Take().SubRefresh!.Ttl);
        engine.Time.Advance(TimeSpan.FromSeconds(70));
        Assert.Empty(peer.Received);
        engine.Time.Advance(TimeSpan.FromSeconds(7.2));
        Assert.Equal(2501u, peer.Take().Push!.Unsubscribe!.Code);
    }

    [Fact]
    public async Task A64_What_the_application_grants_of_keyed_state_for_a_time_ends_with_it()
    {
        await using var engine = TokenConnectTests.WithTokens(StateHarness.Options);
        engine.Handlers.Subscribing = static _ => ValueTask.FromResult(SubscribingResult.Accept(expiresAt: DateTimeOffset.FromUnixTimeSeconds(Now + 30)));
        var peer = Ann(engine);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "board:1", Type = SubscriptionType.Map, Phase = MapPhase.State } });
        Assert.NotNull(peer.Take().Subscribe);
        engine.Time.Advance(TimeSpan.FromSeconds(56.2));
        Assert.Equal(2501u, peer.Take().Push!.Unsubscribe!.Code);
    }

    /// <summary>A client that has loaded a channel by a token of thirty seconds.</summary>
    private static TestPeer Loaded(EngineHarness engine, string channel, out SubscribeResult live)
    {
        var peer = Ann(engine);
        peer.Send(StateRequest(channel, Now + 30));
        live = peer.Take().Result();
        Assert.Equal(MapPhase.Live, live.Phase);
        return peer;
    }

    private static Command StateRequest(string channel, long expiresAt) => new()
    {
        Id = 3,
        Subscribe = new SubscribeRequest
        {
            Channel = channel,
            Type = SubscriptionType.Map,
            Phase = MapPhase.State,
            Token = TestTokens.Hmac($$"""{"sub":"42","channel":"{{channel}}","exp":{{expiresAt}} }"""),
        },
    };

    [Fact]
    public async Task A_server_side_subscription_that_expires_closes_with_3006()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine);
        var orders = new UserOrders(engine.Node);
        var grant = new ServerSubscription { ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(Now + 30) };
        Assert.Null(await orders.SubscribeAsync(new OrderTarget("42", "", ""), "a", grant, since: null));
        engine.Time.Advance(TimeSpan.FromSeconds(54));
        Assert.Null(peer.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(2.2));
        Assert.Equal(Disconnects.SubscriptionExpired, peer.ClosedWith);
    }

    [Fact]
    public async Task The_server_may_give_another_expiry_and_tells_the_client()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine, $$""","exp":{{Now + 60}}""");
        var orders = new UserOrders(engine.Node);
        orders.Refresh(new OrderTarget("42", "", ""), Now + 300, "7"u8.ToArray());
        var push = peer.Take().Push!.Refresh!;
        Assert.True(push.Expires);
        Assert.Equal(300u, push.Ttl);
        Assert.Equal("7", Encoding.UTF8.GetString(peer.Connection.ConnInfo.Span));
        engine.Time.Advance(TimeSpan.FromSeconds(200));
        Assert.Null(peer.ClosedWith);
        orders.Refresh(new OrderTarget("42", "", ""), Now + 200, info: null);
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
    }

    [Fact]
    public async Task An_application_with_tokens_of_its_own_lets_clients_in_for_a_time_and_renews_it()
    {
        await using var engine = new EngineHarness(static o => (o.Client.Insecure, o.Client.PingInterval) = (false, TimeSpan.Zero));
        engine.Handlers.Connecting = context => ValueTask.FromResult(ConnectingResult.Accept("42", expiresAt: engine.Time.GetUtcNow().AddSeconds(60)));
        engine.Handlers.Refreshing = context => ValueTask.FromResult(context.Token == "good"
            ? RefreshingResult.Accept(engine.Time.GetUtcNow().AddSeconds(60))
            : RefreshingResult.Close(Disconnects.InvalidToken));
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = "mine" } });
        Assert.Equal(60u, peer.Take().Connect!.Ttl);
        engine.Time.Advance(TimeSpan.FromSeconds(60));
        peer.Send(new Command { Id = 2, Refresh = new RefreshRequest { Token = "good" } });
        Assert.Contains(peer.TakeAll(), static reply => reply.Refresh is { Ttl: 60 });
        peer.Send(new Command { Id = 3, Refresh = new RefreshRequest { Token = "bad" } });
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }
}
