using System.Text;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Tests.Connections;

/// <summary>Subscriptions the server makes: at connect, by its API, the personal channel (protocol 4.4).</summary>
public sealed class ServerSubscriptionTests
{
    private static void Recovering(StarlingOptions options)
    {
        options.Channel.WithoutNamespace.HistorySize = 1000;
        options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(1);
        options.Channel.WithoutNamespace.ForceRecovery = true;
    }

    private static void Give(EngineHarness engine, string user, params string[] channels) =>
        engine.Handlers.Connecting = _ => ValueTask.FromResult(ConnectingResult.Accept(
            user, subscriptions: channels.ToDictionary(static name => name, static name => new ServerSubscription { Data = Encoding.UTF8.GetBytes($"\"{name}\"") })));

    private static ConnectResult Connect(TestPeer peer, Dictionary<string, SubscribeRequest>? subs = null)
    {
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Subs = subs } });
        return peer.Take().Connect!;
    }

    private static string[] Data(IEnumerable<Publication>? publications) =>
        [.. (publications ?? []).Select(static pub => Encoding.UTF8.GetString(pub.Data.Span))];

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task Checklist_42_Channels_given_at_connect_are_in_the_reply_and_deliver(Wire wire)
    {
        await using var engine = new EngineHarness();
        Give(engine, "42", "news", "alerts");
        var peer = engine.Open(wire);
        var reply = Connect(peer);
        Assert.Equal(["alerts", "news"], reply.Subs!.Keys.Order());
        Assert.Equal("\"news\"", Encoding.UTF8.GetString(reply.Subs["news"].Data.Span));
        engine.Publish("news", "1");
        Assert.Equal(["1"], peer.TakePublications());
    }

    [Fact]
    public async Task Checklist_74_I2_They_recover_through_the_positions_of_the_connect_request()
    {
        await using var engine = new EngineHarness(Recovering);
        Give(engine, "42", "news");
        var first = engine.Open();
        var opened = Connect(first).Subs!["news"];
        Assert.True(opened is { Recoverable: true, Positioned: true });
        engine.Publish("news", "1");
        first.Drop();
        engine.Publish("news", "2");
        engine.Publish("news", "3");
        var second = engine.Open();
        var result = Connect(second, new() { ["news"] = new SubscribeRequest { Recover = true, Offset = 1, Epoch = opened.Epoch } }).Subs!["news"];
        Assert.True(result is { Recovered: true, WasRecovering: true, Offset: 1 });
        Assert.Equal(["2", "3"], Data(result.Publications));
        engine.Publish("news", "4");
        Assert.Equal(["4"], second.TakePublications());
    }

    [Fact]
    public async Task Checklist_71_A_lost_position_ends_the_connection_with_3010()
    {
        await using var engine = new EngineHarness(Recovering);
        Give(engine, "42", "news");
        var peer = engine.Open();
        Connect(peer);
        engine.Node.Channels.Find("news")!.LosePosition("another", 7);
        Assert.Equal(3010u, peer.ClosedWith?.Code);
    }

    [Fact]
    public async Task Checklist_43_More_than_the_limit_closes_with_3505()
    {
        await using var engine = new EngineHarness(static options => options.Client.ChannelLimit = 2);
        Give(engine, "42", "a", "b", "c");
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        Assert.Equal(3505u, peer.ClosedWith?.Code);
        Assert.Equal(0, engine.Node.Channels.Count);
    }

    [Fact]
    public async Task A_given_channel_of_an_unknown_namespace_fails_the_connect_with_102()
    {
        await using var engine = new EngineHarness();
        Give(engine, "42", "good", "nowhere:x");
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        Assert.Equal(102u, peer.Take().Error!.Code);
        Assert.Equal(0, engine.Node.Channels.Count);
    }

    [Fact]
    public async Task A_client_may_ask_for_what_it_could_subscribe_to_and_the_rest_is_passed_over()
    {
        await using var engine = new EngineHarness(static options =>
        {
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
            options.Channel.WithoutNamespace.AllowSubscribeForClient = true;
            options.Channel.WithoutNamespace.AllowSubscribeForAnonymous = true;
            options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "closed" });
        });
        var peer = engine.Open();
        var reply = Connect(peer, new() { ["open"] = new(), ["$private"] = new(), ["closed:x"] = new() });
        Assert.Equal(["open"], reply.Subs!.Keys);
    }

    [Fact]
    public async Task Asking_for_an_unknown_namespace_closes_with_3501()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Subs = new() { ["nowhere:x"] = new() } } });
        Assert.Equal(3501u, peer.ClosedWith?.Code);
    }

    [Theory]
    [InlineData("", "#42")]
    [InlineData("own", "own:#42")]
    public async Task Checklist_47_A_user_is_subscribed_to_their_personal_channel(string ns, string channel)
    {
        await using var engine = new EngineHarness(options => Personal(options, ns));
        Give(engine, "42");
        var peer = engine.Open();
        Assert.Equal([channel], Connect(peer).Subs!.Keys);
        engine.Publish(channel, "1");
        Assert.Equal(["1"], peer.TakePublications());
    }

    [Fact]
    public async Task Checklist_47_An_anonymous_client_has_no_personal_channel()
    {
        await using var engine = new EngineHarness(static options => Personal(options, ""));
        Assert.Null(Connect(engine.Open()).Subs);
    }

    [Theory]
    [InlineData("ann#42")]
    [InlineData("ann,bob")]
    [InlineData("x#")]
    public async Task A73_A_user_whose_id_reads_as_a_list_has_no_personal_channel_that_others_could_enter_and_the_operator_is_told(string user)
    {
        await using var engine = new EngineHarness(static options => Personal(options, "own"));
        Give(engine, user, "news");
        for (var i = 0; i < 3; i++) Assert.Equal(["news"], Connect(engine.Open()).Subs!.Keys);
        Assert.StartsWith("1 times", Assert.Single(engine.Log.Warnings, IsAboutIt), StringComparison.Ordinal);
        engine.Time.Advance(TimeSpan.FromSeconds(11));
        Connect(engine.Open());
        Assert.StartsWith("3 times", engine.Log.Warnings.Last(IsAboutIt), StringComparison.Ordinal);

        static bool IsAboutIt(string line) => line.Contains("has no personal channel", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A73_A_list_of_users_lets_nobody_in_who_is_anonymous()
    {
        await using var engine = new EngineHarness(static options =>
        {
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
            options.Channel.WithoutNamespace.AllowUserLimitedChannels = true;
        });
        var peer = engine.Connect();
        foreach (var channel in new[] { "room#", "room#ann,", "room#ann,,bob" })
        {
            peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel } });
            Assert.Equal(103u, peer.Take().Error?.Code);
        }
    }

    [Fact]
    public async Task With_a_single_connection_the_older_one_of_the_user_ends_with_3504()
    {
        await using var engine = new EngineHarness(static options =>
        {
            Personal(options, "own");
            options.Client.SubscribeToUserPersonalChannel.SingleConnection = true;
        });
        Give(engine, "42");
        var older = engine.Open();
        Connect(older);
        var newer = engine.Open();
        Connect(newer);
        Assert.Equal((3504u, null), (older.ClosedWith!.Value.Code, newer.ClosedWith));
    }

    [Fact]
    public async Task An_optimistic_subscribe_to_a_given_channel_is_answered_with_105_behind_the_connect_reply()
    {
        await using var engine = new EngineHarness(Recovering);
        Give(engine, "42", "news");
        var peer = engine.Open();
        await peer.SendAsync(
            new Command { Id = 1, Connect = new ConnectRequest() },
            new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "news" } });
        Assert.NotNull(peer.Take().Connect);
        Assert.Equal(105u, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_60_The_api_subscribes_from_a_position_on_and_what_was_missed_follows_the_push()
    {
        await using var engine = new EngineHarness(Recovering);
        Give(engine, "42");
        for (var i = 1; i <= 500; i++) engine.Publish("news", $"{i}");
        var peer = engine.Open();
        Connect(peer);
        var orders = new UserOrders(engine.Node);
        Assert.Null(await orders.SubscribeAsync(new OrderTarget("42", "", ""), "news", new ServerSubscription(), new StreamPosition { Offset = 100 }));
        var push = peer.Take().Push!.Subscribe!;
        Assert.True(push is { Positioned: true, Recoverable: true, Offset: 100, Epoch.Length: 8 });
        Assert.Equal(Enumerable.Range(101, 400).Select(static i => $"{i}"), peer.TakePublications());
        engine.Publish("news", "501");
        Assert.Equal(["501"], peer.TakePublications());
    }

    [Fact]
    public async Task An_override_wins_over_the_namespace()
    {
        await using var engine = new EngineHarness(static options =>
        {
            Recovering(options);
            options.Channel.WithoutNamespace.ForceRecovery = false;
        });
        var asked = new SubscriptionOverride { ForceRecovery = true };
        engine.Handlers.Connecting = _ => ValueTask.FromResult(ConnectingResult.Accept("42", subscriptions: new Dictionary<string, ServerSubscription>
        {
            ["plain"] = new(),
            ["kept"] = new() { Override = asked },
        }));
        var subs = Connect(engine.Open()).Subs!;
        Assert.False(subs["plain"].Recoverable);
        Assert.True(subs["kept"].Recoverable);
    }

    private static void Personal(StarlingOptions options, string ns)
    {
        options.Client.SubscribeToUserPersonalChannel.Enabled = true;
        options.Client.SubscribeToUserPersonalChannel.PersonalChannelNamespace = ns;
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "own", Presence = true });
    }
}
