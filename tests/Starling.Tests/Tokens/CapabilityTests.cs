using Starling.Access;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Tokens;

/// <summary>What tokens allow beyond the options of a namespace: the claims <c>caps</c> and <c>allow</c> (decision 0019).</summary>
public sealed class CapabilityTests
{
    /// <summary>Nobody may do anything, in a channel that has everything.</summary>
    private static EngineHarness Strict(Action<StarlingOptions>? configure = null) => TokenConnectTests.WithTokens(options =>
    {
        var channel = options.Channel.WithoutNamespace;
        (channel.HistorySize, channel.HistoryTtl, channel.Presence, channel.JoinLeave) = (10, TimeSpan.FromMinutes(1), true, true);
        configure?.Invoke(options);
    });

    private static TestPeer Ann(EngineHarness engine, string caps, string more = "")
    {
        var peer = TokenConnectTests.Connect(engine, $$"""{"sub":"42","caps":{{caps}}{{more}} }""");
        peer.Received.Clear();
        return peer;
    }

    /// <summary>The code of the answer; 0 for success.</summary>
    private static uint Ask(TestPeer peer, Command command)
    {
        peer.Received.Clear();
        command.Id = 7;
        peer.Send(command);
        return peer.TakeAll().Single(static reply => reply.Id == 7).Error?.Code ?? 0;
    }

    private static uint Subscribe(TestPeer peer, string channel, string token = "") =>
        Ask(peer, new Command { Subscribe = new SubscribeRequest { Channel = channel, Token = token.Length == 0 ? "" : TestTokens.Hmac(token) } });

    private static uint Publish(TestPeer peer, string channel) =>
        Ask(peer, new Command { Publish = new PublishRequest { Channel = channel, Data = "1"u8.ToArray() } });

    private static uint History(TestPeer peer, string channel) => Ask(peer, new Command { History = new HistoryRequest { Channel = channel, Limit = 1 } });

    /// <summary>Publish, presence, its figures, history.</summary>
    private static uint[] Use(TestPeer peer, string channel) =>
    [
        Publish(peer, channel),
        Ask(peer, new Command { Presence = new PresenceRequest { Channel = channel } }),
        Ask(peer, new Command { PresenceStats = new PresenceStatsRequest { Channel = channel } }),
        History(peer, channel),
    ];

    [Theory]
    [InlineData("[]", 103u, 103u, 103u, 103u)]
    [InlineData("""["sub"]""", 0u, 103u, 103u, 103u)]
    [InlineData("""["pub"]""", 103u, 0u, 103u, 103u)]
    [InlineData("""["prs"]""", 103u, 103u, 0u, 103u)]
    [InlineData("""["hst"]""", 103u, 103u, 103u, 0u)]
    [InlineData("""["pub","hst"]""", 103u, 0u, 103u, 0u)]
    [InlineData("""["*"]""", 0u, 0u, 0u, 0u)]
    public async Task A75_A_capability_allows_what_it_names_and_nothing_else(string allow, uint subscribe, uint publish, uint presence, uint history)
    {
        await using var engine = Strict();
        var peer = Ann(engine, $$"""[{"channels":["a","b"],"allow":{{allow}}}]""");
        uint[] use = [publish, presence, presence, history];
        Assert.Equal(subscribe, Subscribe(peer, "a"));
        Assert.Equal(use, Use(peer, "a"));
        Assert.Equal(use, Use(peer, "b"));   // not subscribed
        Assert.Equal([103u, 103u, 103u, 103u], Use(peer, "c"));
        Assert.Equal(103u, Subscribe(peer, "c"));
    }

    [Theory]
    [InlineData("exact", "news", "news", true)]
    [InlineData("", "news", "news", true)]
    [InlineData("exact", "news", "news2", false)]
    [InlineData("exact", "*", "news", false)]
    [InlineData("exact", "News", "news", false)]
    [InlineData("wildcard", "news", "news", true)]
    [InlineData("wildcard", "news", "news2", false)]
    [InlineData("wildcard", "*", "anything", true)]
    [InlineData("wildcard", "team.*.news", "team.7.news", true)]
    [InlineData("wildcard", "team.*.news", "team..news", true)]
    [InlineData("wildcard", "team.*.news", "team.news", false)]
    [InlineData("wildcard", "team.*.news", "team.7.news.x", false)]
    [InlineData("wildcard", "team.*.news", "team.7.news.news", true)]
    [InlineData("wildcard", "a*ba*b", "ababab", true)]
    [InlineData("wildcard", "ab*ba", "aba", false)]
    [InlineData("wildcard", "a**b", "ab", true)]
    [InlineData("wildcard", "n.ws", "news", false)]
    [InlineData("wildcard", "new?", "news", false)]
    [InlineData("regex", "team[0-9]+", "team77", true)]
    [InlineData("regex", "team[0-9]+", "team77x", false)]
    [InlineData("regex", "team[0-9]+", "xteam77", false)]
    [InlineData("regex", "a|ab", "ab", true)]
    [InlineData("regex", "a|b", "bc", false)]
    [InlineData("regex", "a|b", "xb", false)]
    [InlineData("regex", "(?i)NEWS", "news", true)]
    public async Task Channels_are_meant_by_the_whole_name(string match, string channels, string channel, bool isMeant)
    {
        await using var engine = Strict();
        var peer = Ann(engine, $$"""[{"channels":["{{channels}}"],"match":"{{match}}","allow":["pub"]}]""");
        Assert.Equal(isMeant ? 0u : 103u, Publish(peer, channel));
    }

    [Fact]
    public async Task Without_match_a_name_is_a_name_and_entries_add_up()
    {
        await using var engine = Strict();
        var peer = Ann(engine, """[{"channels":["*"],"allow":["*"]},{"channels":["a"],"allow":["pub"]},{"channels":["a"],"allow":["hst"]},{"channels":["b*"],"match":"wildcard","allow":["prs"],"later":{"x":[1]}}]""");
        Assert.Equal([0u, 103u, 103u, 0u], Use(peer, "a"));
        Assert.Equal([103u, 0u, 0u, 103u], Use(peer, "b1"));
    }

    [Fact]
    public async Task Capabilities_take_nothing_away()
    {
        await using var engine = Strict(static options =>
        {
            var channel = options.Channel.WithoutNamespace;
            (channel.AllowSubscribeForClient, channel.AllowPublishForClient) = (true, true);
            (channel.AllowHistoryForClient, channel.AllowPresenceForSubscriber) = (true, true);
        });
        var peer = Ann(engine, """[{"channels":["a"],"allow":[]},{"channels":["other"],"allow":["*"]}]""");
        Assert.Equal(0u, Subscribe(peer, "a"));
        Assert.Equal([0u, 0u, 0u, 0u], Use(peer, "a"));
    }

    [Fact]
    public async Task They_make_no_namespace_and_no_name_and_nothing_a_channel_does_not_have()
    {
        await using var engine = TokenConnectTests.WithTokens();
        var peer = Ann(engine, """[{"channels":["*"],"match":"wildcard","allow":["*"]}]""");
        Assert.Equal(102u, Subscribe(peer, "nowhere:a"));
        Assert.Equal([102u, 102u, 102u, 102u], Use(peer, "nowhere:a"));
        Assert.Equal([107u, 107u, 107u, 107u], Use(peer, "n\u00e4ws"));
        Assert.Equal([0u, 108u, 108u, 108u], Use(peer, "a"));
    }

    [Theory]
    [InlineData("""{"channels":["room#43"],"allow":["*"]}""")]
    [InlineData("""{"channels":["*"],"match":"wildcard","allow":["*"]}""")]
    [InlineData("""{"channels":["room#.*"],"match":"regex","allow":["*"]}""")]
    public async Task A75_The_channel_of_other_users_stays_closed(string capability)
    {
        await using var engine = Strict(static options => options.Channel.WithoutNamespace.AllowUserLimitedChannels = true);
        var peer = Ann(engine, $"[{capability}]");
        Assert.Equal(103u, Subscribe(peer, "room#43"));
        Assert.Equal([103u, 103u, 103u, 103u], Use(peer, "room#43"));
        Assert.Equal(0u, Subscribe(peer, "room#42,43"));
    }

    [Theory]
    [InlineData("$secret", "exact", true)]
    [InlineData("$*", "wildcard", true)]
    [InlineData("""\\$secret""", "regex", true)]
    [InlineData("*", "wildcard", false)]
    [InlineData("*secret", "wildcard", false)]
    [InlineData(".*", "regex", false)]
    [InlineData("secret", "exact", false)]
    [InlineData("$Secret", "exact", false)]
    public async Task A73_A_private_channel_is_opened_only_by_what_means_one(string channels, string match, bool isMeant)
    {
        await using var engine = Strict();
        var peer = Ann(engine, $$"""[{"channels":["{{channels}}"],"match":"{{match}}","allow":["*"]}]""");
        Assert.Equal(isMeant ? 0u : 103u, Subscribe(peer, "$secret"));
        Assert.Equal(isMeant ? 0u : 103u, History(peer, "$secret"));
    }

    [Fact]
    public async Task Nothing_makes_up_for_a_subscription_token_that_is_not_good()
    {
        await using var engine = Strict();
        var peer = Ann(engine, """[{"channels":["a"],"allow":["sub"]}]""");
        Assert.Equal(109u, Subscribe(peer, "a", $$"""{"sub":"42","channel":"a","exp":{{TestTokens.Now}}}"""));
        await using var other = Strict(static options => options.Client.SubscriptionToken.Enabled = true);   // without keys
        Assert.Equal(103u, Subscribe(Ann(other, """[{"channels":["a"],"allow":["sub"]}]"""), "a", """{"sub":"42","channel":"a"}"""));
    }

    [Fact]
    public async Task A_refresh_replaces_them()
    {
        await using var engine = Strict();
        var peer = Ann(engine, """[{"channels":["a"],"allow":["pub"]}]""");
        Assert.Equal(0u, Ask(peer, new Command { Refresh = new RefreshRequest { Token = TestTokens.Hmac("""{"sub":"42","caps":[{"channels":["b"],"allow":["pub"]}]}""") } }));
        Assert.Equal((103u, 0u), (Publish(peer, "a"), Publish(peer, "b")));
        Assert.Equal(0u, Ask(peer, new Command { Refresh = new RefreshRequest { Token = TestTokens.Hmac("""{"sub":"42"}""") } }));
        Assert.Equal((103u, 103u), (Publish(peer, "a"), Publish(peer, "b")));
    }

    [Fact]
    public async Task Who_moves_the_expiry_without_a_token_leaves_them_as_they_are()
    {
        await using var engine = Strict();
        var peer = Ann(engine, """[{"channels":["a"],"allow":["pub"]}]""");
        peer.Connection.Renew(TestTokens.Now + 60, info: null, token: null);
        Assert.Equal(0u, Publish(peer, "a"));
    }

    [Fact]
    public async Task The_application_that_lets_a_client_in_as_somebody_else_does_not_pass_them_on()
    {
        await using var engine = Strict();
        const string Caps = """[{"channels":["a"],"allow":["pub"]}]""";
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.AcceptIdentity());
        Assert.Equal(0u, Publish(Ann(engine, Caps), "a"));
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Identity!.User));
        Assert.Equal(0u, Publish(Ann(engine, Caps), "a"));
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("43"));
        Assert.Equal(103u, Publish(Ann(engine, Caps), "a"));
    }

    [Fact]
    public async Task Where_the_application_decides_it_decides_alone()
    {
        await using var engine = Strict();
        engine.Handlers.Subscribing = static _ => ValueTask.FromResult(SubscribingResult.Refuse(ProtocolErrors.PermissionDenied));
        engine.Handlers.Publishing = static _ => ValueTask.FromResult(PublishingResult.Refuse(ProtocolErrors.PermissionDenied));
        engine.Handlers.ReadingHistory = static _ => ValueTask.FromResult(ReadingResult.Refuse(ProtocolErrors.PermissionDenied));
        var peer = Ann(engine, """[{"channels":["a"],"allow":["*"]}]""");
        Assert.Equal((103u, 103u, 103u), (Subscribe(peer, "a"), Publish(peer, "a"), History(peer, "a")));
    }

    [Fact]
    public async Task Channels_asked_for_with_the_connect_may_be_had_by_a_capability()
    {
        await using var engine = Strict();
        var peer = engine.Open();
        var token = TestTokens.Hmac("""{"sub":"42","caps":[{"channels":["a","$a"],"allow":["sub"]},{"channels":["*"],"match":"wildcard","allow":["pub"]}]}""");
        var asked = new Dictionary<string, SubscribeRequest> { ["a"] = new(), ["b"] = new(), ["$a"] = new(), ["$b"] = new() };
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = token, Subs = asked } });
        Assert.Equal(["$a", "a"], peer.Take().Connect!.Subs!.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("[]", false, false)]
    [InlineData("""["hst"]""", true, false)]
    [InlineData("""["prs"]""", false, true)]
    public async Task Reading_the_history_makes_a_subscription_recoverable_and_reading_presence_tells_who_comes(string allow, bool isRecoverable, bool isTold)
    {
        await using var engine = Strict();
        var request = new SubscribeRequest { Channel = "a", Recoverable = true, JoinLeave = true };
        var byConnection = Ann(engine, $$"""[{"channels":["a"],"allow":["sub"]},{"channels":["a"],"allow":{{allow}}}]""");
        var bySubscription = Ann(engine, "[]");
        foreach (var (peer, token) in new[] { (byConnection, ""), (bySubscription, TestTokens.Hmac($$"""{"sub":"42","channel":"a","allow":{{allow}}}""")) })
        {
            request.Token = token;
            peer.Send(new Command { Id = 2, Subscribe = request });
            Assert.Equal(isRecoverable, peer.TakeAll().Single(static reply => reply.Id == 2).Subscribe!.Recoverable);
            Assert.Equal(isTold, peer.Connection.FindSubscription("a")!.WantsJoinLeave);
        }
    }

    [Theory]
    [InlineData("[]", 103u, 103u, 103u)]
    [InlineData("""["sub"]""", 103u, 103u, 103u)]
    [InlineData("""["pub"]""", 0u, 103u, 103u)]
    [InlineData("""["prs"]""", 103u, 0u, 103u)]
    [InlineData("""["hst"]""", 103u, 103u, 0u)]
    [InlineData("""["*"]""", 0u, 0u, 0u)]
    public async Task A75_A_subscription_token_allows_things_in_its_channel_while_the_subscription_lasts(string allow, uint publish, uint presence, uint history)
    {
        await using var engine = Strict();
        var peer = Ann(engine, "null");
        Assert.Equal(0u, Subscribe(peer, "$a", $$"""{"sub":"42","channel":"$a","allow":{{allow}}}"""));
        Assert.Equal([publish, presence, presence, history], Use(peer, "$a"));
        Assert.Equal([103u, 103u, 103u, 103u], Use(peer, "a"));
        Ask(peer, new Command { Unsubscribe = new UnsubscribeRequest { Channel = "$a" } });
        Assert.Equal([103u, 103u, 103u, 103u], Use(peer, "$a"));
    }

    [Fact]
    public async Task A_new_subscription_token_replaces_what_the_old_one_allowed()
    {
        await using var engine = Strict();
        var peer = Ann(engine, "null");
        Assert.Equal(0u, Subscribe(peer, "a", """{"sub":"42","channel":"a","allow":["pub"]}"""));
        Assert.Equal(0u, Ask(peer, new Command { SubRefresh = new SubRefreshRequest { Channel = "a", Token = TestTokens.Hmac("""{"sub":"42","channel":"a","allow":["hst"]}""") } }));
        Assert.Equal([103u, 103u, 103u, 0u], Use(peer, "a"));
    }

    [Fact]
    public async Task Publishing_includes_writing_and_removing_keys()
    {
        await using var engine = TokenConnectTests.WithTokens(static options => options.Channel.Namespaces.Add(new ChannelNamespaceOptions
        {
            Name = "map",
            SubscriptionType = ChannelSubscriptionType.Map,
        }));
        foreach (var (caps, code) in new[] { ("""[{"channels":["map:a"],"allow":["pub"]}]""", 0u), ("""[{"channels":["map:a"],"allow":["sub","prs","hst"]}]""", 103u) })
        {
            var peer = Ann(engine, caps);
            Assert.Equal(code, Ask(peer, new Command { Publish = new PublishRequest { Channel = "map:a", Type = PublishType.Map, Key = "k", Data = "1"u8.ToArray() } }));
            Assert.Equal(code, Ask(peer, new Command { Publish = new PublishRequest { Channel = "map:a", Type = PublishType.Map, Key = "k", Removed = true } }));
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("\"pub\"")]
    [InlineData("7")]
    [InlineData("""["pub"]""")]
    [InlineData("[[]]")]
    [InlineData("[{}]")]
    [InlineData("[null]")]
    [InlineData("""[{"channels":["a"]}]""")]
    [InlineData("""[{"allow":["pub"]}]""")]
    [InlineData("""[{"channels":"a","allow":["pub"]}]""")]
    [InlineData("""[{"channels":["a"],"allow":"pub"}]""")]
    [InlineData("""[{"channels":["a"],"allow":["publish"]}]""")]
    [InlineData("""[{"channels":["a"],"allow":["PUB"]}]""")]
    [InlineData("""[{"channels":[""],"allow":["pub"]}]""")]
    [InlineData("""[{"channels":[7],"allow":["pub"]}]""")]
    [InlineData("""[{"channels":["a"],"match":"glob","allow":["pub"]}]""")]
    [InlineData("""[{"channels":["a"],"match":7,"allow":["pub"]}]""")]
    [InlineData("""[{"channels":["a"],"channels":["b"],"allow":["pub"]}]""")]
    [InlineData("""[{"channels":["a"],"allow":["pub"],"allow":["*"]}]""")]
    [InlineData("""[{"channels":["a"],"allow":["pub"],"match":"exact","match":"wildcard"}]""")]
    [InlineData("""[{"channels":["("],"match":"regex","allow":["pub"]}]""")]
    [InlineData("""[{"channels":["a)|(?:.*"],"match":"regex","allow":["pub"]}]""")]
    [InlineData("""[{"channels":["(a)\\1"],"match":"regex","allow":["pub"]}]""")]
    [InlineData("""[{"channels":["a(?=b)"],"match":"regex","allow":["pub"]}]""")]
    [InlineData("""[{"channels":["(a{0,1000}){0,1000}"],"match":"regex","allow":["pub"]}]""")]
    public async Task Caps_that_are_none_make_the_token_none(string caps)
    {
        await using var engine = Strict();
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = TestTokens.Hmac($$"""{"sub":"42","caps":{{caps}}}""") } });
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("\"pub\"")]
    [InlineData("""["publish"]""")]
    [InlineData("[7]")]
    public async Task A_subscription_token_whose_allow_is_none_is_none(string allow)
    {
        await using var engine = Strict();
        Assert.Equal(103u, Subscribe(Ann(engine, "null"), "a", $$"""{"sub":"42","channel":"a","allow":{{allow}}}"""));
    }

    [Fact]
    public void There_are_bounds_to_entries_channels_expressions_and_their_length()
    {
        static bool Fits(int entries, int channels, ChannelMatch match, int length) => Capabilities.TryCreate(
            [.. Enumerable.Repeat(new Capability([.. Enumerable.Repeat(new string('a', length), channels)], match, ChannelRights.All), entries)], new ExpressionTable()) is not null;

        Assert.True(Fits(Capabilities.EntriesMax, 1, ChannelMatch.Exact, Capabilities.NameBytesMax));
        Assert.False(Fits(Capabilities.EntriesMax + 1, 1, ChannelMatch.Exact, 1));
        Assert.False(Fits(1, 1, ChannelMatch.Exact, Capabilities.NameBytesMax + 1));
        Assert.True(Fits(2, Capabilities.ChannelsMax / 2, ChannelMatch.Wildcard, 1));
        Assert.False(Fits(2, (Capabilities.ChannelsMax / 2) + 1, ChannelMatch.Wildcard, 1));
        Assert.True(Fits(2, Capabilities.ExpressionsMax / 2, ChannelMatch.Expression, Capabilities.ExpressionBytesMax));
        Assert.False(Fits(2, (Capabilities.ExpressionsMax / 2) + 1, ChannelMatch.Expression, 1));
        Assert.False(Fits(1, 1, ChannelMatch.Expression, Capabilities.ExpressionBytesMax + 1));
        // Bytes, not characters.
        Assert.Null(Capabilities.TryCreate([new Capability([new string('\u00e4', (Capabilities.NameBytesMax / 2) + 1)], ChannelMatch.Exact, ChannelRights.All)], new ExpressionTable()));
    }

    [Fact]
    public void An_expression_is_built_once_for_all_tokens_and_those_used_last_are_kept()
    {
        var table = new ExpressionTable();
        var first = table.Find("a0");
        Assert.NotNull(first);
        for (var i = 1; i < ExpressionTable.KeptMax; i++) Assert.NotNull(table.Find($"a{i}"));
        Assert.Same(first, table.Find("a0"));
        var second = table.Find("a1");
        for (var i = 0; i < ExpressionTable.KeptMax - 2; i++) Assert.NotNull(table.Find($"b{i}"));
        Assert.Same(first, table.Find("a0"));
        Assert.Same(second, table.Find("a1"));
        Assert.NotNull(table.Find("c"));
        Assert.NotNull(table.Find("d"));
        Assert.Equal(ExpressionTable.KeptMax, table.Count);
        Assert.Null(table.Find("("));
    }

    [Fact]
    public async Task Caps_beyond_the_bounds_make_the_token_none()
    {
        await using var engine = Strict();
        var names = string.Join(',', Enumerable.Range(0, Capabilities.ChannelsMax + 1).Select(static i => $"\"c{i}\""));
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = TestTokens.Hmac($$"""{"sub":"42","caps":[{"channels":[{{names}}],"allow":["pub"]}]}""") } });
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }
}
