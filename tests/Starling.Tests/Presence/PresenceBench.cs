using Starling.Brokers;
using Starling.Presence;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Presence;

/// <summary>A node whose channels know who is there. A client's token is its user.</summary>
internal static class PresenceBench
{
    public const string Room = "room";

    public static EngineHarness Start(Action<ChannelOptions>? configure = null, Broker? broker = null, bool isInsecure = true)
    {
        var engine = new EngineHarness(
            options =>
            {
                options.Client.Insecure = isInsecure;
                options.Client.PingInterval = TimeSpan.Zero;   // nobody here answers pings
                var room = options.Channel.WithoutNamespace;
                room.Presence = true;
                room.JoinLeave = true;
                room.ForcePushJoinLeave = true;
                configure?.Invoke(room);
            },
            broker);
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token));
        return engine;
    }

    public static TestPeer ConnectAs(this EngineHarness engine, string user, Wire wire = Wire.Json)
    {
        var peer = engine.Open(wire);
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = user } });
        Assert.NotNull(peer.Take().Connect);
        return peer;
    }

    /// <summary>A client that is in the room; what it heard of its own coming is taken.</summary>
    public static TestPeer EnterAs(this EngineHarness engine, string user, Wire wire = Wire.Json)
    {
        var peer = engine.ConnectAs(user, wire);
        peer.Subscribe();
        peer.TakeAll();
        return peer;
    }

    public static void Subscribe(this TestPeer peer, bool joinLeave = false)
    {
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = Room, JoinLeave = joinLeave } });
        Assert.NotNull(peer.Take().Subscribe);
    }

    public static void Unsubscribe(this TestPeer peer)
    {
        peer.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = Room } });
        Assert.Contains(peer.TakeAll(), static reply => reply.Unsubscribe is not null);
    }

    /// <summary>The client closes for good.</summary>
    public static void Leave(this TestPeer peer) => peer.Connection.OnClosed(Departure.Final);

    public static string Client(this TestPeer peer) => peer.Connection.Id.ToString();

    /// <summary>Joins and leaves that have come, as <c>+user</c> and <c>-user</c>.</summary>
    public static string[] TakeMembership(this TestPeer peer) =>
        [.. peer.TakeAll().Select(static reply => reply.Push).OfType<Push>().Select(static push => push switch
        {
            { Join: { } join } => "+" + join.Info!.User,
            { Leave: { } leave } => "-" + leave.Info!.User,
            _ => "",
        }).Where(static text => text.Length > 0)];

    /// <summary>Asks who is there.</summary>
    public static Reply AskPresence(this TestPeer peer)
    {
        peer.Send(new Command { Id = 9, Presence = new PresenceRequest { Channel = Room } });
        return peer.TakeAll().Single(static reply => reply.Id == 9);
    }

    /// <summary>The users that are there, in alphabetical order.</summary>
    public static string[] Users(this TestPeer peer) => [.. peer.AskPresence().Presence!.Presence!.Values.Select(static info => info.User).Order()];

    public static (uint Clients, uint Users) Count(this TestPeer peer)
    {
        peer.Send(new Command { Id = 8, PresenceStats = new PresenceStatsRequest { Channel = Room } });
        var stats = peer.TakeAll().Single(static reply => reply.Id == 8).PresenceStats!;
        return (stats.NumClients, stats.NumUsers);
    }
}
