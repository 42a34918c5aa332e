using Starling.Brokers;
using Starling.Cluster;
using Starling.Protocol;
using Starling.Tests.Connections;
using Starling.Tests.State;
using Starling.Tokens;

namespace Starling.Tests.Tokens;

/// <summary>What was given is taken back before its time: connections, subscriptions and tokens.</summary>
public sealed class RevocationTests
{
    private const long Now = TestTokens.Now;

    private static TestPeer Open(EngineHarness engine, string claims)
    {
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = TestTokens.Hmac(claims) } });
        return peer;
    }

    private static void Revoke(EngineHarness engine, RevocationKind kind, string name) => Assert.Null(engine.Node.Revocations.Revoke(kind, name, until: 0));

    [Fact]
    public async Task A65_A_revoked_user_is_gone_at_once_and_every_token_made_before_is_refused()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => o.Channel.WithoutNamespace.AllowSubscribeForClient = true);
        var one = TokenConnectTests.Connect(engine, $$"""{"sub":"42","iat":{{Now - 10}},"channels":["a"]}""");
        var two = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        var other = TokenConnectTests.Connect(engine, $$"""{"sub":"43","iat":{{Now - 10}} }""");
        Revoke(engine, RevocationKind.User, "42");
        Assert.Equal(Disconnects.InvalidToken, one.ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, two.ClosedWith);
        Assert.Null(other.ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, $$"""{"sub":"42","iat":{{Now - 10}} }""").ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, $$"""{"sub":"42","iat":{{Now}} }""").ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, """{"sub":"42"}""").ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(2));
        TokenConnectTests.Connect(engine, $$"""{"sub":"42","iat":{{Now + 1}} }""");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(30)]
    public async Task A74_A65_A_token_that_an_issuer_ahead_of_time_has_made_is_taken_back_too_and_a_login_a_second_later_is_good(int ahead)
    {
        await using var engine = TokenConnectTests.WithTokens();
        var made = $$"""{"sub":"42","iat":{{Now + ahead}} }""";
        var older = $$"""{"sub":"42","iat":{{Now + ahead - 1}} }""";
        var peer = TokenConnectTests.Connect(engine, made);
        Revoke(engine, RevocationKind.User, "42");
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, made).ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, older).ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        TokenConnectTests.Connect(engine, $$"""{"sub":"42","iat":{{Now + ahead + 1}} }""");
        TokenConnectTests.Connect(engine, $$"""{"sub":"43","iat":{{Now + ahead}} }""");
    }

    [Fact]
    public async Task A74_A_subscription_token_from_ahead_of_time_is_taken_back_with_its_user()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        var made = TestTokens.Hmac($$"""{"sub":"42","channel":"$a","iat":{{Now + 20}} }""");
        peer.Received.Clear();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "$a", Token = made } });
        Assert.NotNull(peer.Take().Subscribe);
        Revoke(engine, RevocationKind.User, "42");
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var again = TokenConnectTests.Connect(engine, $$"""{"sub":"42","iat":{{Now + 21}} }""");
        again.Received.Clear();
        again.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "$a", Token = made } });
        Assert.Equal(103u, again.Take().Error!.Code);
    }

    [Fact]
    public async Task A65_A_revoked_token_is_refused_until_its_time_is_over_and_others_of_the_user_are_good()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => o.Client.Revocation.Ttl = TimeSpan.FromMinutes(10));
        const string claims = """{"sub":"42","jti":"stolen"}""";
        var thief = TokenConnectTests.Connect(engine, claims);
        var owner = TokenConnectTests.Connect(engine, """{"sub":"42","jti":"own"}""");
        Revoke(engine, RevocationKind.Token, "stolen");
        Assert.Equal(Disconnects.InvalidToken, thief.ClosedWith);
        Assert.Null(owner.ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, claims).ClosedWith);
        Assert.Equal(1, Remembered(engine));
        engine.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(0, Remembered(engine));
    }

    [Fact]
    public async Task A65_Logging_out_ends_every_connection_of_that_login_and_no_other()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var phone = TokenConnectTests.Connect(engine, """{"sub":"42","sid":"phone","jti":"1"}""");
        var phoneToo = TokenConnectTests.Connect(engine, """{"sub":"42","sid":"phone","jti":"2"}""");
        var desk = TokenConnectTests.Connect(engine, """{"sub":"42","sid":"desk"}""");
        Revoke(engine, RevocationKind.Session, "phone");
        Assert.Equal(Disconnects.InvalidToken, phone.ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, phoneToo.ClosedWith);
        Assert.Null(desk.ClosedWith);
        Assert.Equal(Disconnects.InvalidToken, Open(engine, """{"sub":"42","sid":"phone","jti":"3"}""").ClosedWith);
    }

    [Fact]
    public async Task I10_Nothing_that_waits_is_delivered_after_a_revocation_and_a_peer_that_does_not_go_is_cut_off()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42","channels":["a"]}""");
        peer.Received.Clear();
        peer.StopReading();
        engine.Publish("a", "1");   // its write is pending
        engine.Publish("a", "2");
        Revoke(engine, RevocationKind.User, "42");
        engine.Publish("a", "3");
        Assert.False(peer.WasAborted);
        engine.Time.Advance(TimeSpan.FromSeconds(0.95));
        Assert.True(peer.WasAborted);
        peer.ReadAgain();
        Assert.Equal(["1"], peer.TakePublications());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]   // it was being closed already, in which case replies are still written
    public async Task I10_No_reply_that_waits_is_delivered_after_a_revocation(bool isClosing)
    {
        await using var engine = TokenConnectTests.WithTokens();
        engine.Handlers.Rpc["x"] = static context => ValueTask.FromResult(RpcResult.Ok(context.Data));
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        peer.Received.Clear();
        peer.StopReading();
        for (var id = 2u; id < 5; id++) peer.Send(new Command { Id = id, Rpc = new RpcRequest { Method = "x", Data = "1"u8.ToArray() } });   // the write of the first is pending
        if (isClosing) peer.Connection.Disconnect(Disconnects.ForceReconnect);
        Revoke(engine, RevocationKind.User, "42");
        peer.ReadAgain();
        Assert.Equal([2u], peer.TakeAll().Select(static reply => reply.Id));
        Assert.Equal(isClosing ? Disconnects.ForceReconnect : Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Theory]
    [InlineData(-5)]
    [InlineData(20)]   // its issuer's clock is ahead
    public async Task A74_A_connect_that_is_being_decided_loses_against_a_revocation(int issued)
    {
        await using var engine = TokenConnectTests.WithTokens();
        var decision = new TaskCompletionSource<ConnectingResult>();
        engine.Handlers.Connecting = _ => new ValueTask<ConnectingResult>(decision.Task);
        var peer = Open(engine, $$"""{"sub":"42","iat":{{Now + issued}} }""");
        Revoke(engine, RevocationKind.User, "42");
        decision.SetResult(ConnectingResult.AcceptIdentity());
        await TestKit.Eventually.IsTrueAsync(() => peer.ClosedWith is not null, "the end of the connection");
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
        Assert.Empty(peer.Received);   // it was not even told that it was in
    }

    [Fact]
    public async Task A74_So_does_one_that_the_application_lets_in_without_a_token()
    {
        await using var engine = new EngineHarness();
        var decision = new TaskCompletionSource<ConnectingResult>();
        engine.Handlers.Connecting = _ => new ValueTask<ConnectingResult>(decision.Task);
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        Revoke(engine, RevocationKind.User, "42");
        decision.SetResult(ConnectingResult.Accept("42"));
        await TestKit.Eventually.IsTrueAsync(() => peer.ClosedWith is not null, "the end of the connection");
        Assert.Empty(peer.Received);
        // The next one is the application's to decide: it knows of the revocation.
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("42"));
        engine.Connect();
    }

    [Fact]
    public async Task A74_A_subscribe_that_is_being_decided_loses_against_the_servers_unsubscribe()
    {
        await using var engine = new EngineHarness();
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("42"));
        var decision = new TaskCompletionSource<SubscribingResult>();
        engine.Handlers.Subscribing = _ => new ValueTask<SubscribingResult>(decision.Task);
        var orders = new UserOrders(engine.Node);
        foreach (var ended in new[] { "a", "" })
        {
            decision = new TaskCompletionSource<SubscribingResult>();
            var peer = engine.Connect();
            peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a" } });
            orders.Unsubscribe(new OrderTarget("42", "", ""), ended, Unsubscribes.Server);
            decision.SetResult(SubscribingResult.Accept());
            await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the answer to subscribe");
            Assert.Equal(103u, peer.Take().Error!.Code);
            Assert.Equal(0, peer.Connection.SubscriptionCount);
            engine.Publish("a", "1");
            Assert.Empty(peer.TakePublications());
        }
    }

    [Fact]
    public async Task A74_An_unsubscribe_from_another_channel_does_not_disturb_it()
    {
        await using var engine = new EngineHarness();
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("42"));
        var decision = new TaskCompletionSource<SubscribingResult>();
        engine.Handlers.Subscribing = _ => new ValueTask<SubscribingResult>(decision.Task);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a" } });
        new UserOrders(engine.Node).Unsubscribe(new OrderTarget("42", "", ""), "b", Unsubscribes.Server);
        decision.SetResult(SubscribingResult.Accept());
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the answer to subscribe");
        Assert.NotNull(peer.Take().Subscribe);
    }

    [Theory]
    [InlineData("a", "token")]
    [InlineData("a", "login")]
    [InlineData("board:1", "token")]
    public async Task A74_A_subscribe_that_is_being_decided_loses_against_the_revocation_of_its_token(string channel, string revoked)
    {
        await using var engine = TokenConnectTests.WithTokens(StateHarness.Options);
        var decision = new TaskCompletionSource<SubscribingResult>();
        engine.Handlers.Subscribing = _ => new ValueTask<SubscribingResult>(decision.Task);
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        peer.Received.Clear();
        var token = TestTokens.Hmac($$"""{"sub":"42","channel":"{{channel}}","jti":"token","sid":"login"}""");
        var (type, phase) = channel == "a" ? (SubscriptionType.Stream, default) : (SubscriptionType.Map, MapPhase.State);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel, Type = type, Phase = phase, Token = token } });
        Revoke(engine, revoked == "token" ? RevocationKind.Token : RevocationKind.Session, revoked);
        decision.SetResult(SubscribingResult.Accept());
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the answer to subscribe");
        Assert.Equal(103u, peer.Take().Error!.Code);
        Assert.Equal(0, peer.Connection.SubscriptionCount);
        Assert.Null(peer.ClosedWith);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A74_A_renewal_that_is_being_decided_loses_against_the_revocation_of_its_token(bool asProved)
    {
        await using var engine = TokenConnectTests.WithTokens();
        var decision = new TaskCompletionSource<RefreshingResult>();
        engine.Handlers.Refreshing = _ => new ValueTask<RefreshingResult>(decision.Task);
        var peer = TokenConnectTests.Connect(engine, $$"""{"sub":"42","jti":"old","exp":{{Now + 60}} }""");
        peer.Send(new Command { Id = 2, Refresh = new RefreshRequest { Token = TestTokens.Hmac("""{"sub":"42","jti":"new"}""") } });
        Revoke(engine, RevocationKind.Token, "new");
        Assert.Null(peer.ClosedWith);
        decision.SetResult(asProved ? RefreshingResult.AcceptIdentity() : RefreshingResult.Accept(expiresAt: null));
        await TestKit.Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the end of the command");
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Theory]
    [InlineData("subscribe", 103u)]
    [InlineData("sub_refresh", 2000u)]
    [InlineData("refresh", 3500u)]
    public async Task A74_Whenever_during_a_command_its_token_is_revoked_nothing_stays_by_it(string command, uint lateCode)
    {
        var lastCode = 0u;
        for (var moment = 1; ; moment++)
        {
            await using var engine = TokenConnectTests.WithTokens();
            var peer = TokenConnectTests.Connect(engine, $$"""{"sub":"42","exp":{{Now + 60}} }""");
            var (old, fresh) = (TestTokens.Hmac($$"""{"sub":"42","channel":"a","jti":"old","exp":{{Now + 60}} }"""), """{"sub":"42","channel":"a","jti":"new"}""");
            if (command == "sub_refresh") peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a", Token = old } });
            peer.Received.Clear();
            var (looks, hasCome) = (0, false);
            engine.Time.WhenAsked = () =>
            {
                if (++looks != moment) return;
                hasCome = true;
                Revoke(engine, RevocationKind.Token, "new");   // each look at the clock is a moment between two steps of the command
            };
            peer.Send(command switch
            {
                "subscribe" => new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = "a", Token = TestTokens.Hmac(fresh) } },
                "sub_refresh" => new Command { Id = 3, SubRefresh = new SubRefreshRequest { Channel = "a", Token = TestTokens.Hmac(fresh) } },
                _ => new Command { Id = 3, Refresh = new RefreshRequest { Token = TestTokens.Hmac("""{"sub":"42","jti":"new"}""") } },
            });
            if (!hasCome) break;
            engine.Time.WhenAsked = static () => { };
            var replies = peer.TakeAll();
            Assert.DoesNotContain(replies, static reply => reply.Subscribe is not null || reply.SubRefresh is not null || reply.Refresh is not null);
            Assert.True(peer.ClosedWith is not null || peer.Connection.SubscriptionCount == 0);
            lastCode = peer.ClosedWith?.Code ?? replies[0].Push?.Unsubscribe?.Code ?? replies[0].Error!.Code;
        }
        Assert.Equal(lateCode, lastCode);   // as if it had come right behind the command
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A74_A_publish_that_is_being_decided_loses_against_a_revocation_and_nothing_is_stored(bool isKeyed)
    {
        await using var engine = TokenConnectTests.WithTokens(static options =>
        {
            StateHarness.Options(options);
            (options.Channel.WithoutNamespace.HistorySize, options.Channel.WithoutNamespace.HistoryTtl) = (10, TimeSpan.FromMinutes(1));
        });
        var decision = new TaskCompletionSource<PublishingResult>();
        engine.Handlers.Publishing = _ => new ValueTask<PublishingResult>(decision.Task);
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        peer.Send(new Command
        {
            Id = 2,
            Publish = isKeyed
                ? new PublishRequest { Channel = "board:1", Type = PublishType.Map, Key = "k", Data = "1"u8.ToArray() }
                : new PublishRequest { Channel = "a", Data = "1"u8.ToArray() },
        });
        Revoke(engine, RevocationKind.User, "42");
        decision.SetResult(PublishingResult.Accept());
        await TestKit.Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the end of the command");
        Assert.Equal(0, await StoredAsync(engine, isKeyed));
    }

    [Fact]
    public async Task What_a_client_published_before_it_left_by_itself_is_stored_when_the_application_accepts_it()
    {
        await using var engine = TokenConnectTests.WithTokens(static options =>
            (options.Channel.WithoutNamespace.HistorySize, options.Channel.WithoutNamespace.HistoryTtl) = (10, TimeSpan.FromMinutes(1)));
        var decision = new TaskCompletionSource<PublishingResult>();
        engine.Handlers.Publishing = _ => new ValueTask<PublishingResult>(decision.Task);
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        peer.Send(new Command { Id = 2, Publish = new PublishRequest { Channel = "a", Data = "1"u8.ToArray() } });
        peer.Drop();
        decision.SetResult(PublishingResult.Accept());
        await TestKit.Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the end of the command");
        Assert.Equal(1, await StoredAsync(engine, isKeyed: false));
    }

    [Fact]
    public async Task A65_A_revoked_subscription_token_ends_its_subscription_and_opens_none()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        peer.Received.Clear();
        var subscribe = new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "$a", Token = TestTokens.Hmac("""{"sub":"42","channel":"$a","jti":"s1"}""") } };
        peer.Send(subscribe);
        Assert.NotNull(peer.Take().Subscribe);
        Revoke(engine, RevocationKind.Token, "s1");
        Assert.Equal(2000u, peer.Take().Push!.Unsubscribe!.Code);
        peer.Send(subscribe);
        Assert.Equal(103u, peer.Take().Error!.Code);
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task A65_A_revoked_token_renews_nothing()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = TokenConnectTests.Connect(engine, $$"""{"sub":"42","jti":"old","exp":{{Now + 60}} }""");
        Revoke(engine, RevocationKind.Token, "new");
        peer.Send(new Command { Id = 2, Refresh = new RefreshRequest { Token = TestTokens.Hmac("""{"sub":"42","jti":"new"}""") } });
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Fact]
    public async Task A65_After_a_renewal_the_new_token_is_what_the_connection_stays_by()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = TokenConnectTests.Connect(engine, $$"""{"sub":"42","jti":"old","exp":{{Now + 60}} }""");
        peer.Send(new Command { Id = 2, Refresh = new RefreshRequest { Token = TestTokens.Hmac($$"""{"sub":"42","jti":"new","exp":{{Now + 90}} }""") } });
        Revoke(engine, RevocationKind.Token, "old");
        Assert.Null(peer.ClosedWith);
        Revoke(engine, RevocationKind.Token, "new");
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Fact]
    public async Task I7_The_table_is_bounded_and_who_revokes_more_is_told_while_connections_end_all_the_same()
    {
        await using var engine = TokenConnectTests.WithTokens(static o => (o.Client.Revocation.Limit, o.Client.Revocation.Ttl) = (100, TimeSpan.FromMinutes(1)));
        for (var i = 0; i < 100; i++) Revoke(engine, RevocationKind.Token, $"t{i}");
        Revoke(engine, RevocationKind.Token, "t5");   // known already
        var peer = TokenConnectTests.Connect(engine, """{"sub":"42"}""");
        Assert.Equal(106u, engine.Node.Revocations.Revoke(RevocationKind.User, "42", until: 0)?.Code);
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
        engine.Log.Errors.Clear();   // it says so, as it should
        engine.Time.Advance(TimeSpan.FromMinutes(2));
        Revoke(engine, RevocationKind.User, "42");
        Assert.Equal(1, Remembered(engine));
    }

    [Fact]
    public async Task A65_A_restart_forgets_nothing_when_there_is_a_file()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            const string odd = "user with \n lines, spaces and ü";
            await using (var first = TokenConnectTests.WithTokens(o => o.Client.Revocation.File = path))
            {
                Revoke(first, RevocationKind.Token, "stolen");
                Revoke(first, RevocationKind.User, odd);
                Assert.Null(first.Node.Revocations.Revoke(RevocationKind.Token, "over", until: Now));
            }
            await File.AppendAllTextAsync(path, "Token 1 9", TestContext.Current.CancellationToken);   // cut by a crash
            await using var second = TokenConnectTests.WithTokens(o => o.Client.Revocation.File = path);
            Assert.Equal(Disconnects.InvalidToken, Open(second, """{"sub":"42","jti":"stolen"}""").ClosedWith);
            Assert.True(second.Node.Revocations.IsRevoked(odd, new TokenStamp("", "", 0, 0)));
            Assert.Equal(2, Remembered(second));
            Assert.Equal(2, (await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task I7_Revocations_that_repeat_do_not_let_the_file_grow_and_the_last_one_counts()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            const int repeats = 4 * RevocationFile.SpareLines;
            await using (var first = TokenConnectTests.WithTokens(o => o.Client.Revocation.File = path))
            {
                Revoke(first, RevocationKind.Token, "stolen");
                for (var i = 0; i < repeats; i++)
                {
                    first.Time.Advance(TimeSpan.FromSeconds(1));
                    Revoke(first, RevocationKind.User, "42");
                }
                // As a crash would leave it.
                Assert.InRange((await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Length, 2, RevocationFile.SpareLines + 4);
            }
            await using var second = TokenConnectTests.WithTokens(o => o.Client.Revocation.File = path);
            Assert.True(second.Node.Revocations.IsRevoked("42", new TokenStamp("", "", Now + repeats, 0)));
            Assert.True(second.Node.Revocations.IsRevoked("43", new TokenStamp("stolen", "", 0, 0)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A65_A_revocation_that_could_not_be_written_is_complained_about_and_the_next_one_writes_it()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "revoked");
            await using (var first = TokenConnectTests.WithTokens(o => o.Client.Revocation.File = path))
            {
                for (var i = 0; i < RevocationFile.SpareLines + 2; i++) RevokeUntil(first, Now + 100);
                var obstacle = Directory.CreateDirectory(path + ".new");   // the file can not be written anew, which it is time for
                Assert.Equal(100u, first.Node.Revocations.Revoke(RevocationKind.Token, "stolen", until: Now + 10_000)?.Code);
                first.Log.Errors.Clear();   // it says so, as it should
                obstacle.Delete();
                RevokeUntil(first, Now + 100);
            }
            await using var second = TokenConnectTests.WithTokens(o => o.Client.Revocation.File = path);
            second.Time.Advance(TimeSpan.FromSeconds(9_000));
            Assert.True(second.Node.Revocations.IsRevoked("42", new TokenStamp("stolen", "", 0, 0)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static void RevokeUntil(EngineHarness engine, long until) => Assert.Null(engine.Node.Revocations.Revoke(RevocationKind.Token, "stolen", until));
    }

    private static async Task<int> StoredAsync(EngineHarness engine, bool isKeyed)
    {
        var token = TestContext.Current.CancellationToken;
        return isKeyed
            ? (await engine.Node.State.ReadAsync("board:1", new StateQuery(-1), token)).Page.Entries.Count
            : (await engine.Node.Broker.ReadHistoryAsync("a", new HistoryQuery(10, TimeSpan.FromMinutes(1)), token)).Publications.Count;
    }

    private static int Remembered(EngineHarness engine) => engine.Node.Revocations.Count;
}
