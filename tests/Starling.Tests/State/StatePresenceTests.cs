using System.Text;
using Starling.Brokers;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.State;

/// <summary>Presence as a map (protocol 4.12).</summary>
public sealed class StatePresenceTests
{
    private static readonly TimeSpan s_keyTtl = TimeSpan.FromSeconds(60);

    private static EngineHarness Start(Broker? broker = null) => new(broker: broker, configure: static options =>
    {
        options.Client.Insecure = true;
        options.Client.PingInterval = TimeSpan.FromHours(1);
        foreach (var (name, kind) in new[] { ("clients", ChannelSubscriptionType.MapClients), ("users", ChannelSubscriptionType.MapUsers) })
        {
            var ns = new ChannelNamespaceOptions { Name = name, SubscriptionType = kind };
            ns.Map.KeyTtl = s_keyTtl;
            options.Channel.Namespaces.Add(ns);
        }
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions
        {
            Name = "chat",
            MapClientsPresenceChannelPrefix = "clients:",
            MapUsersPresenceChannelPrefix = "users:",
        });
    });

    private static TestPeer Join(EngineHarness engine, string user)
    {
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token, info: Encoding.UTF8.GetBytes("{\"name\":1}")));
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = user } });
        Assert.NotNull(peer.Take().Connect);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "chat:1" } });
        Assert.NotNull(peer.Take().Subscribe);
        return peer;
    }

    private static async Task<IReadOnlyList<StateEntry>> EntriesAsync(EngineHarness engine, string channel) =>
        (await engine.Node.State.ReadAsync(channel, new StateQuery(-1), TestContext.Current.CancellationToken)).Page.Entries;

    private static async Task<string[]> KeysAsync(EngineHarness engine, string channel) =>
        [.. (await EntriesAsync(engine, channel)).Select(static entry => entry.Publication.Key).Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Checklist_112_A_key_stands_for_each_connection_and_goes_with_it()
    {
        await using var engine = Start();
        var watcher = engine.Connect();
        Assert.Null(watcher.Ask("clients:chat:1", MapPhase.State, static request => request.Type = SubscriptionType.MapClients).Error);
        var (alice, bob) = (Join(engine, "alice"), Join(engine, "bob"));
        var joined = watcher.TakeAll().Select(static reply => reply.Push!.Pub!).ToArray();
        Assert.Equal([alice.Connection.Id.ToString(), bob.Connection.Id.ToString()], joined.Select(static pub => pub.Key));
        Assert.True(joined[0] is { Info: { User: "alice", ConnInfo.Length: > 0 }, Data.Length: 0 });
        alice.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = "chat:1" } });
        bob.Drop();
        Assert.Equal([true, true], watcher.TakeAll().Select(static reply => reply.Push!.Pub!.Removed));
        Assert.Empty(await EntriesAsync(engine, "clients:chat:1"));
    }

    [Fact]
    public async Task A_user_is_one_key_whatever_the_number_of_connections_and_goes_when_it_is_not_renewed()
    {
        await using var engine = Start();
        var (first, second) = (Join(engine, "alice"), Join(engine, "alice"));
        Join(engine, "");
        var entry = Assert.Single(await EntriesAsync(engine, "users:chat:1"));
        Assert.True(entry.Publication is { Key: "alice", Data.Length: 0, Info: null });
        first.Drop();
        second.Drop();
        Assert.Equal(["alice"], await KeysAsync(engine, "users:chat:1"));
        engine.Time.Advance(s_keyTtl + TimeSpan.FromSeconds(1));
        Assert.Empty(await EntriesAsync(engine, "users:chat:1"));
    }

    [Fact]
    public async Task Entries_are_renewed_as_long_as_the_subscription_lives()
    {
        await using var engine = Start();
        var alice = Join(engine, "alice");
        engine.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal([alice.Connection.Id.ToString()], await KeysAsync(engine, "clients:chat:1"));
        Assert.Equal(["alice"], await KeysAsync(engine, "users:chat:1"));
    }

    [Fact]
    public void A_prefix_must_lead_to_a_namespace_of_its_kind()
    {
        var options = new StarlingOptions();
        options.Channel.WithoutNamespace.MapClientsPresenceChannelPrefix = "nowhere:";
        options.Channel.WithoutNamespace.MapUsersPresenceChannelPrefix = "users";
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "users", SubscriptionType = ChannelSubscriptionType.MapUsers });
        options.Channel.Namespaces[0].Map.KeyTtl = s_keyTtl;
        var failures = new StarlingOptionsValidator().Validate(null, options).Failures!.ToArray();
        Assert.Equal(2, failures.Count(static failure => failure.Contains("presence_channel_prefix", StringComparison.Ordinal)));
        options.Channel.WithoutNamespace.MapClientsPresenceChannelPrefix = "";
        options.Channel.WithoutNamespace.MapUsersPresenceChannelPrefix = "users:";
        Assert.True(new StarlingOptionsValidator().Validate(null, options).Succeeded);
    }

    [Fact]
    public async Task I6_Who_leaves_while_its_key_is_renewed_leaves_no_ghost()
    {
        var broker = new Interrupted();
        await using var engine = Start(broker);
        var alice = Join(engine, "alice");
        broker.BeforeWrite = () =>
        {
            broker.BeforeWrite = static () => { };
            alice.Drop();
        };
        engine.Time.Advance(TimeSpan.FromSeconds(30));   // all entries of a node are renewed within 25 s
        Assert.Null(engine.Node.Channels.Find("chat:1"));
        Assert.Empty(await KeysAsync(engine, "clients:chat:1"));
    }

    /// <summary>A broker at whose door something happens before it writes.</summary>
    private sealed class Interrupted() : FaultyBroker(new MemoryBroker(TimeProvider.System, global::Starling.Operations.RandomSource.System))
    {
        public Action BeforeWrite { get; set; } = static () => { };

        public override ValueTask<StateWriteResult> WriteStateAsync(
            string channel, StateWrite write, StateStorage storage, CancellationToken cancellationToken)
        {
            BeforeWrite();
            return base.WriteStateAsync(channel, write, storage, cancellationToken);
        }
    }
}
