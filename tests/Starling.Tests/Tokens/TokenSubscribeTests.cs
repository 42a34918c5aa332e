using System.Text;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Tokens;

/// <summary>What a subscription token gets a client (protocol 3.6, 4.1).</summary>
public sealed class TokenSubscribeTests
{
    private static Reply? Subscribe(TestPeer peer, string channel, string token = "")
    {
        peer.Received.Clear();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel, Token = token } });
        return peer.Received.TryDequeue(out var reply) ? reply : null;
    }

    private static TestPeer Ann(EngineHarness engine) => TokenConnectTests.Connect(engine, """{"sub":"42"}""");

    [Fact]
    public async Task A_token_opens_its_channel_private_or_not()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine);
        var result = Subscribe(peer, "$secret", TestTokens.Hmac("""{"sub":"42","channel":"$secret","info":{"role":"host"},"data":[1]}"""))!.Subscribe!;
        Assert.Equal("[1]", Encoding.UTF8.GetString(result.Data.Span));
        Assert.Equal("""{"role":"host"}""", Encoding.UTF8.GetString(peer.Connection.FindSubscription("$secret")!.ChanInfo.Span));
        engine.Publish("$secret", "1");
        Assert.Equal(["1"], peer.TakePublications());
        Assert.NotNull(Subscribe(peer, "open", TestTokens.Hmac("""{"sub":"42","channel":"open"}"""))!.Subscribe);
    }

    [Fact]
    public async Task Checklist_52_A_private_channel_without_token_yields_103_whatever_its_namespace_allows()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => o.Channel.WithoutNamespace.AllowSubscribeForClient = true);
        var peer = Ann(engine);
        Assert.NotNull(Subscribe(peer, "open")!.Subscribe);
        Assert.Equal(103u, Subscribe(peer, "$open")!.Error!.Code);
    }

    [Fact]
    public async Task Checklist_53_An_expired_token_yields_109_and_an_invalid_one_103_though_the_channel_is_open()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => o.Channel.WithoutNamespace.AllowSubscribeForClient = true);
        var peer = Ann(engine);
        Assert.Equal(109u, Subscribe(peer, "a", TestTokens.Hmac($$"""{"sub":"42","channel":"a","exp":{{TestTokens.Now}}}"""))!.Error!.Code);
        Assert.Equal(103u, Subscribe(peer, "a", TestTokens.Hmac("""{"sub":"42","channel":"a"}""", secret: "not the secret of this server, but long"))!.Error!.Code);
        Assert.Equal(110u, Subscribe(peer, "a", TestTokens.Hmac($$"""{"sub":"42","channel":"a","expire_at":{{TestTokens.Now}}}"""))!.Error!.Code);
        Assert.Null(peer.ClosedWith);
    }

    [Theory]
    [InlineData("""{"sub":"42","channel":"b"}""")]
    [InlineData("""{"sub":"43","channel":"a"}""")]
    [InlineData("""{"channel":"a"}""")]
    [InlineData("""{"sub":"42","channel":"a","client":"someone-else"}""")]
    public async Task Checklist_54_A63_A_token_for_another_channel_user_or_client_closes_with_3500(string claims)
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine);
        Assert.Null(Subscribe(peer, "a", TestTokens.Hmac(claims)));
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_54_A_token_for_this_client_and_one_for_anonymous_users_are_good()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => o.Client.AllowAnonymousConnectWithoutToken = true);
        var ann = Ann(engine);
        Assert.NotNull(Subscribe(ann, "a", TestTokens.Hmac($$"""{"sub":"42","channel":"a","client":"{{ann.Connection.Id}}"}"""))!.Subscribe);
        Assert.NotNull(Subscribe(engine.Connect(), "a", TestTokens.Hmac("""{"channel":"a"}"""))!.Subscribe);
    }

    [Fact]
    public async Task A63_A_connection_token_is_no_subscription_token()
    {
        await using var engine = TokenConnectTests.WithTokens();
        Assert.Equal(103u, Subscribe(Ann(engine), "a", TestTokens.Hmac("""{"sub":"42"}"""))!.Error!.Code);
    }

    [Theory]
    [InlineData("$Secret")]
    [InlineData("$secret ")]
    [InlineData("$$secret")]
    [InlineData("%24secret")]
    [InlineData("$secre\u200bt")]
    [InlineData("\uff04secret")]
    public async Task A73_A_spelling_of_a_private_channel_that_is_not_its_name_opens_nothing(string spelling)
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine);
        var reply = Subscribe(peer, spelling, TestTokens.Hmac("""{"sub":"42","channel":"$secret"}"""));
        Assert.True(peer.ClosedWith == Disconnects.InvalidToken || reply?.Error?.Code is 103 or 107);
        engine.Publish("$secret", "1");
        Assert.Empty(peer.TakePublications());
    }

    [Fact]
    public async Task Subscription_tokens_may_have_keys_of_their_own()
    {
        const string other = "the secret of subscription tokens, long enough";
        await using var engine = TokenConnectTests.WithTokens(static o => (o.Client.SubscriptionToken.Enabled, o.Client.SubscriptionToken.HmacSecretKey) = (true, other));
        var peer = Ann(engine);
        Assert.Equal(103u, Subscribe(peer, "a", TestTokens.Hmac("""{"sub":"42","channel":"a"}"""))!.Error!.Code);
        Assert.NotNull(Subscribe(peer, "a", TestTokens.Hmac("""{"sub":"42","channel":"a"}""", secret: other))!.Subscribe);
    }

    [Fact]
    public async Task The_token_may_override_options_of_the_namespace()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => (o.Channel.WithoutNamespace.HistorySize, o.Channel.WithoutNamespace.HistoryTtl) = (10, TimeSpan.FromMinutes(1)));
        var reply = Subscribe(Ann(engine), "a", TestTokens.Hmac("""{"sub":"42","channel":"a","override":{"force_recovery":{"value":true}}}"""))!.Subscribe!;
        Assert.True(reply.Recoverable);
    }

    [Fact]
    public async Task The_application_is_asked_after_the_token_and_may_add_or_refuse()
    {
        await using var engine = TokenConnectTests.WithTokens();
        engine.Handlers.Subscribing = static context => ValueTask.FromResult(context.IsTokenVerified && context.Channel == "a"
            ? SubscribingResult.Accept(data: "2"u8.ToArray())
            : SubscribingResult.Refuse(ProtocolErrors.PermissionDenied));
        var peer = Ann(engine);
        var result = Subscribe(peer, "a", TestTokens.Hmac("""{"sub":"42","channel":"a","info":1,"data":1}"""))!.Subscribe!;
        Assert.Equal("2", Encoding.UTF8.GetString(result.Data.Span));
        Assert.Equal("1", Encoding.UTF8.GetString(peer.Connection.FindSubscription("a")!.ChanInfo.Span));
        Assert.Equal(103u, Subscribe(peer, "b", TestTokens.Hmac("""{"sub":"42","channel":"b"}"""))!.Error!.Code);
        Assert.Equal(103u, Subscribe(peer, "c")!.Error!.Code);
    }
}
