using Starling.Brokers;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.State;

/// <summary>Clients that write and remove keys (protocol 4.12).</summary>
public sealed class StatePublishTests
{
    private static EngineHarness Start(Action<ChannelMapOptions> configure) => StateHarness.Start(options =>
    {
        options.Client.Insecure = false;
        options.Client.AllowAnonymousConnectWithoutToken = true;
        options.Channel.Namespaces.ForEach(ns =>
        {
            (ns.AllowSubscribeForClient, ns.AllowSubscribeForAnonymous) = (true, true);
            configure(ns.Map);
        });
    });

    private static TestPeer Connect(EngineHarness engine, string user)
    {
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token));
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = user } });
        Assert.NotNull(peer.Take().Connect);
        return peer;
    }

    private static uint Publish(TestPeer peer, string key, string? json, string channel = "board:1", PublishType type = PublishType.Map)
    {
        peer.Send(new Command
        {
            Id = 8,
            Publish = new PublishRequest { Channel = channel, Type = type, Key = key, Data = json is null ? default : System.Text.Encoding.UTF8.GetBytes(json), Removed = json is null },
        });
        return peer.TakeAll().Single(static reply => reply.Id == 8).Error?.Code ?? 0;
    }

    private static async Task<string[]> KeysAsync(EngineHarness engine, string channel = "board:1") =>
        [.. (await engine.Node.State.ReadAsync(channel, new StateQuery(-1), TestContext.Current.CancellationToken)).Page.Entries.Select(static entry => entry.Publication.Key)];

    [Fact]
    public async Task A_client_writes_and_removes_keys_and_others_see_who_wrote()
    {
        await using var engine = Start(static map => (map.AllowPublishForClient, map.AllowRemoveForClient) = (true, true));
        var (writer, watcher) = (Connect(engine, "alice"), Connect(engine, "bob"));
        watcher.Load("board:1");
        Assert.Equal(0u, Publish(writer, "a", "{\"x\":1}"));
        Assert.Equal(0u, Publish(writer, "a", null));
        Assert.Equal(0u, Publish(writer, "a", null));   // to remove an absent key succeeds
        var pushes = watcher.TakeAll().Select(static reply => reply.Push!.Pub!).ToArray();
        Assert.Equal(2, pushes.Length);
        Assert.True(pushes[0] is { Key: "a", Info.User: "alice", Offset: 1 });
        Assert.True(pushes[1] is { Key: "a", Removed: true, Info: null, Offset: 2 });
    }

    [Theory]
    [InlineData("alice", false, 103, 103)]
    [InlineData("alice", true, 0, 103)]
    [InlineData("", true, 103, 103)]
    public async Task Writing_and_removing_are_permitted_apart(string user, bool subscribed, uint publish, uint remove)
    {
        await using var engine = Start(static map => map.AllowPublishForSubscriber = true);
        var peer = Connect(engine, user);
        if (subscribed) peer.Load("board:1");
        Assert.Equal((publish, remove), (Publish(peer, "a", "1"), Publish(peer, "a", null)));
    }

    [Fact]
    public async Task Checklist_110_The_namespace_chooses_the_key_whatever_was_sent()
    {
        await using var byUser = Start(static map => (map.AllowPublishForClient, map.AllowPublishForAnonymous, map.ClientKey) = (true, true, ChannelMapClientKey.UserId));
        Assert.Equal(0u, Publish(Connect(byUser, "alice"), "bob", "1"));
        Assert.Equal(103u, Publish(Connect(byUser, ""), "bob", "1"));
        Assert.Equal(["alice"], await KeysAsync(byUser));
        await using var byClient = Start(static map => (map.AllowPublishForClient, map.ClientKey) = (true, ChannelMapClientKey.ClientId));
        var peer = Connect(byClient, "alice");
        Assert.Equal(0u, Publish(peer, "", "1"));
        Assert.Equal([peer.Connection.Id.ToString()], await KeysAsync(byClient));
    }

    [Fact]
    public async Task What_makes_no_sense_is_107()
    {
        await using var engine = Start(static map => map.AllowPublishForClient = true);
        var peer = Connect(engine, "alice");
        Assert.Equal(107u, Publish(peer, "", "1"));
        Assert.Equal(107u, Publish(peer, "a", ""));
        Assert.Equal(107u, Publish(peer, "a", "1", "room"));
        Assert.Equal(107u, Publish(peer, "a", "1", type: PublishType.Stream));
        Assert.Equal(102u, Publish(peer, "a", "1", "nowhere:1"));
    }

    [Theory]
    [InlineData('k', 255, 0)]
    [InlineData('k', 256, 107)]
    [InlineData('é', 127, 0)]
    [InlineData('é', 128, 107)]
    [InlineData('k', 60_000, 107)]
    public async Task A_key_has_255_bytes_at_most_whoever_writes(char of, int length, uint expected)
    {
        await using var engine = Start(static map => (map.AllowPublishForClient, map.AllowRemoveForClient) = (true, true));
        var (peer, key) = (Connect(engine, "alice"), new string(of, length));
        Assert.Equal((expected, expected), (Publish(peer, key, "1"), Publish(peer, key, null)));
        var written = await engine.Node.State.WriteAsync("board:1", new StateWrite(key, new Publication { Data = "1"u8.ToArray() }), TestContext.Current.CancellationToken);
        Assert.Equal(expected, written.Error?.Code ?? 0);
        await using var byUser = Start(static map => (map.AllowPublishForClient, map.ClientKey) = (true, ChannelMapClientKey.UserId));
        Assert.Equal(expected, Publish(Connect(byUser, key), "a", "1"));
    }

    [Fact]
    public async Task A_full_channel_is_106()
    {
        await using var engine = Start(static map => (map.AllowPublishForClient, map.KeysMax) = (true, 1));
        var peer = Connect(engine, "alice");
        Assert.Equal(0u, Publish(peer, "a", "1"));
        Assert.Equal(106u, Publish(peer, "b", "1"));
        Assert.Equal(0u, Publish(peer, "a", "2"));
    }

    [Fact]
    public async Task The_applications_handler_decides_and_is_told_the_key()
    {
        await using var engine = Start(static _ => { });
        var asked = new List<string>();
        engine.Handlers.Publishing = context =>
        {
            asked.Add($"{context.Key} {context.IsRemoval} {context.Data.Length}");
            return ValueTask.FromResult(context.Key == "forbidden"
                ? PublishingResult.Refuse(new ProtocolError(400, "no"))
                : PublishingResult.Accept("2"u8.ToArray(), new Dictionary<string, string> { ["t"] = "x" }));
        };
        var peer = Connect(engine, "alice");
        Assert.Equal(400u, Publish(peer, "forbidden", "1"));
        Assert.Equal(0u, Publish(peer, "a", "1"));
        Assert.Equal(0u, Publish(peer, "b", null));
        Assert.Equal(["forbidden False 1", "a False 1", "b True 0"], asked);
        var entry = Assert.Single((await engine.Node.State.ReadAsync("board:1", new StateQuery(-1), TestContext.Current.CancellationToken)).Page.Entries);
        Assert.Equal(("2", "x"), (StateHarness.Text(entry.Publication), entry.Publication.Tags!["t"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_clients_own_key_goes_with_its_subscription(bool unsubscribes)
    {
        await using var engine = Start(static map =>
            (map.AllowPublishForSubscriber, map.ClientKey, map.RemoveClientOnUnsubscribe) = (true, ChannelMapClientKey.ClientId, true));
        var (peer, watcher) = (Connect(engine, "alice"), Connect(engine, "bob"));
        peer.Load("board:1");
        Assert.Equal(0u, Publish(peer, "", "1"));
        watcher.Load("board:1");
        Assert.Single(await KeysAsync(engine));
        peer.Ask("board:1", MapPhase.State);   // 105 changes nothing
        Assert.Single(await KeysAsync(engine));
        if (unsubscribes) peer.Send(new Command { Id = 9, Unsubscribe = new UnsubscribeRequest { Channel = "board:1" } });
        else peer.Drop();
        Assert.Empty(await KeysAsync(engine));
        Assert.True(watcher.Take().Push!.Pub is { Removed: true });
    }

    [Fact]
    public async Task Clients_are_told_for_how_long_to_gather_writes()
    {
        await using var engine = Start(static map => map.PublishDebounce = TimeSpan.FromMilliseconds(150));
        Assert.Equal(150u, Connect(engine, "alice").Load("board:1").Live.PublishDebounce);
    }
}
