using System.Text;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Tokens;

/// <summary>What a connection token gets a client (protocol 3.5, 4.1).</summary>
public sealed class TokenConnectTests
{
    internal static EngineHarness WithTokens(Action<StarlingOptions>? configure = null) => new(options =>
    {
        options.Client.Insecure = false;
        options.Client.Token.HmacSecretKey = TestTokens.Secret;
        options.Client.PingInterval = TimeSpan.Zero;   // minutes pass here, and the peers do not answer
        configure?.Invoke(options);
    });

    internal static TestPeer Connect(EngineHarness engine, string claims)
    {
        var peer = Open(engine, TestTokens.Hmac(claims));
        Assert.NotNull(peer.Received.Peek().Connect);
        return peer;
    }

    private static TestPeer Open(EngineHarness engine, string token)
    {
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = token } });
        return peer;
    }

    [Fact]
    public async Task A_token_names_the_user_and_what_others_see()
    {
        await using var engine = WithTokens();
        var peer = Connect(engine, """{"sub":"42","info":{"name":"Ann"}}""");
        Assert.False(peer.Take().Connect!.Expires);
        Assert.Equal("42", peer.Connection.User);
        Assert.Equal("""{"name":"Ann"}""", Encoding.UTF8.GetString(peer.Connection.ConnInfo.Span));
    }

    [Fact]
    public async Task Checklist_36_An_expired_token_yields_109_and_nothing_more()
    {
        await using var engine = WithTokens();
        var peer = Open(engine, TestTokens.Hmac($$"""{"sub":"42","exp":{{TestTokens.Now - 1}}}"""));
        Assert.Equal(109u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a" } });
        Assert.Empty(peer.Received);
    }

    [Fact]
    public async Task Checklist_37_A_wrong_signature_closes_with_3500()
    {
        await using var engine = WithTokens();
        Assert.Equal(Disconnects.InvalidToken, Open(engine, TestTokens.Hmac("""{"sub":"42"}""", secret: "not the secret of this server, but long")).ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, "rubbish").ClosedWith);
    }

    [Fact]
    public async Task Checklist_38_A63_A_subscription_token_is_no_connection_token()
    {
        await using var engine = WithTokens();
        Assert.Equal(Disconnects.InvalidToken, Open(engine, TestTokens.Hmac("""{"sub":"42","channel":"a"}""")).ClosedWith);
    }

    [Fact]
    public async Task Checklist_39_Tokens_are_not_asked_for_where_anonymous_clients_may_connect_but_a_bad_one_is_still_bad()
    {
        await using var engine = WithTokens(static o => o.Client.AllowAnonymousConnectWithoutToken = true);
        Assert.Equal("", engine.Connect().Connection.User);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, "a.b.c").ClosedWith);
        await using var closed = WithTokens();
        Assert.Equal(Disconnects.BadRequest, Open(closed, "").ClosedWith);
    }

    [Fact]
    public async Task Checklist_40_Exp_produces_expires_and_a_ttl_that_matches_it()
    {
        await using var engine = WithTokens();
        var reply = Connect(engine, $$"""{"sub":"42","exp":{{TestTokens.Now + 300}}}""").Take().Connect!;
        Assert.True(reply.Expires);
        Assert.Equal(300u, reply.Ttl);
        Assert.Equal(31_536_000u, Connect(engine, """{"sub":"42","exp":1000000000000000000}""").Take().Connect!.Ttl);
    }

    [Fact]
    public async Task Checklist_41_An_expire_at_of_0_produces_no_expires_and_one_in_the_past_yields_110()
    {
        await using var engine = WithTokens();
        Assert.False(Connect(engine, $$"""{"sub":"42","exp":{{TestTokens.Now + 300}},"expire_at":0}""").Take().Connect!.Expires);
        Assert.Equal(60u, Connect(engine, $$"""{"sub":"42","exp":{{TestTokens.Now + 300}},"expire_at":{{TestTokens.Now + 60}}}""").Take().Connect!.Ttl);
        Assert.Equal(110u, Open(engine, TestTokens.Hmac($$"""{"sub":"42","expire_at":{{TestTokens.Now}}}""")).Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_42_Channels_of_the_token_are_in_the_reply_and_subs_win_over_them()
    {
        await using var engine = WithTokens();
        Assert.Equal(["a", "b"], Connect(engine, """{"sub":"42","channels":["a","b"]}""").Take().Connect!.Subs!.Keys.Order(StringComparer.Ordinal));
        var peer = Connect(engine, """{"sub":"42","channels":["a"],"subs":{"$c":{"data":{"x":1}}}}""");
        var subs = peer.Take().Connect!.Subs!;
        Assert.Equal("""{"x":1}""", Encoding.UTF8.GetString(Assert.Single(subs).Value.Data.Span));
        engine.Publish("$c", "1");
        Assert.Equal(["1"], peer.TakePublications());
    }

    [Fact]
    public async Task An_unknown_namespace_among_the_tokens_channels_yields_102()
    {
        await using var engine = WithTokens();
        Assert.Equal(102u, Open(engine, TestTokens.Hmac("""{"sub":"42","channels":["nowhere:a"]}""")).Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_43_More_channels_in_the_token_than_allowed_close_with_3505()
    {
        await using var engine = WithTokens(static o => o.Client.ChannelLimit = 2);
        Assert.Equal(Disconnects.ChannelLimit, Open(engine, TestTokens.Hmac("""{"sub":"42","channels":["a","b","c"]}""")).ClosedWith);
    }

    [Fact]
    public async Task Checklist_44_A_users_connections_are_limited()
    {
        await using var engine = WithTokens(static o => o.Client.UserConnectionLimit = 1);
        Connect(engine, """{"sub":"42"}""");
        Assert.Equal(Disconnects.ConnectionLimit, Open(engine, TestTokens.Hmac("""{"sub":"42"}""")).ClosedWith);
    }

    [Fact]
    public async Task Checklist_47_A_token_gives_the_personal_channel_too()
    {
        await using var engine = WithTokens(static o => o.Client.SubscribeToUserPersonalChannel.Enabled = true);
        Assert.Equal(["#42"], Connect(engine, """{"sub":"42"}""").Take().Connect!.Subs!.Keys);
        Assert.Null(Connect(engine, "{}").Take().Connect!.Subs);
    }

    [Fact]
    public async Task Anonymous_tokens_can_be_disallowed()
    {
        await using var engine = WithTokens(static o => o.Client.DisallowAnonymousConnectionTokens = true);
        Assert.Equal(Disconnects.PermissionDenied, Open(engine, TestTokens.Hmac("{}")).ClosedWith);
        Connect(engine, """{"sub":"42"}""");
    }

    [Fact]
    public async Task A57_Without_keys_every_token_is_refused_also_where_anonymous_clients_may_connect()
    {
        await using var engine = WithTokens(static o =>
        {
            o.Client.Token.HmacSecretKey = "";
            o.Client.AllowAnonymousConnectWithoutToken = true;
        });
        Assert.Equal(Disconnects.InvalidToken, Open(engine, TestTokens.Hmac("""{"sub":"42"}""", secret: "")).ClosedWith);
    }

    [Fact]
    public async Task A71_Keys_that_cannot_be_had_yield_a_temporary_error()
    {
        await using var engine = WithTokens(static o => o.Client.Token.JwksPublicEndpoint = "http://127.0.0.1:1/keys");
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var peer = engine.Open();
        await peer.SendAsync(new Command { Id = 1, Connect = new ConnectRequest { Token = TestTokens.Rsa("{}", key, kid: "k") } });
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the answer to connect");
        Assert.True(peer.Take().Error is { Code: 100, Temporary: true });
    }

    [Fact]
    public async Task The_application_is_asked_after_the_token_and_sees_whom_it_proved()
    {
        await using var engine = WithTokens();
        var asked = new List<ConnectionIdentity?>();
        engine.Handlers.Connecting = context =>
        {
            asked.Add(context.Identity);
            return ValueTask.FromResult(context.Identity is { User: "blocked" } ? ConnectingResult.Close(Disconnects.PermissionDenied) : ConnectingResult.AcceptIdentity());
        };
        Assert.Equal("42", Connect(engine, """{"sub":"42","info":1}""").Connection.User);
        Assert.Equal(Disconnects.PermissionDenied, Open(engine, TestTokens.Hmac("""{"sub":"blocked"}""")).ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, "a.b.c").ClosedWith);
        Assert.Equal(["42", "blocked"], asked.Select(static one => one?.User));
        // Nothing proved who this is: it does not get in as nobody.
        Assert.Equal(Disconnects.BadRequest, Open(engine, "").ClosedWith);
    }

    [Fact]
    public async Task What_the_token_says_for_back_ends_reaches_handlers_and_no_client()
    {
        await using var engine = WithTokens();
        var meta = "";
        engine.Handlers.Rpc["who"] = context =>
        {
            meta = Encoding.UTF8.GetString(context.Meta.Span);
            return ValueTask.FromResult(RpcResult.Ok("1"u8.ToArray()));
        };
        var peer = Connect(engine, """{"sub":"42","meta":{"plan":"gold"}}""");
        peer.Send(new Command { Id = 2, Rpc = new RpcRequest { Method = "who" } });
        Assert.Equal("""{"plan":"gold"}""", meta);
        Assert.True(peer.Connection.PublisherInfo(null).ConnInfo.IsEmpty);
    }
}
