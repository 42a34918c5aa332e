namespace Starling.Protocol;

/// <summary>What a client sends: an id and one request.</summary>
public sealed class Command
{
    /// <summary>Number of the command, chosen by the client, at least 1; 0 for <see cref="Send"/> and for a pong.</summary>
    public uint Id { get; set; }

    /// <summary>Opens the session; the first command of a connection.</summary>
    public ConnectRequest? Connect { get; set; }

    /// <summary>Subscribes to a channel.</summary>
    public SubscribeRequest? Subscribe { get; set; }

    /// <summary>Ends a subscription.</summary>
    public UnsubscribeRequest? Unsubscribe { get; set; }

    /// <summary>Publishes into a channel.</summary>
    public PublishRequest? Publish { get; set; }

    /// <summary>Asks who is in a channel.</summary>
    public PresenceRequest? Presence { get; set; }

    /// <summary>Asks how many are in a channel.</summary>
    public PresenceStatsRequest? PresenceStats { get; set; }

    /// <summary>Asks for past publications.</summary>
    public HistoryRequest? History { get; set; }

    /// <summary>A ping of the client's own; official clients never send it.</summary>
    public PingRequest? Ping { get; set; }

    /// <summary>A message to the server that gets no reply.</summary>
    public SendRequest? Send { get; set; }

    /// <summary>A call to the server.</summary>
    public RpcRequest? Rpc { get; set; }

    /// <summary>Renews the connection's token.</summary>
    public RefreshRequest? Refresh { get; set; }

    /// <summary>Renews a subscription's token, or tracks keys of a shared poll subscription.</summary>
    public SubRefreshRequest? SubRefresh { get; set; }

    /// <summary>Which request counts. Several may be set on the wire; the first in the protocol's precedence wins.
    /// A command with id 0 is a <see cref="CommandKind.Send"/> or a <see cref="CommandKind.Pong"/>, whatever else it holds.</summary>
    public CommandKind Kind
    {
        get
        {
            if (Id == 0) return Send is null ? CommandKind.Pong : CommandKind.Send;
            if (Connect is not null) return CommandKind.Connect;
            if (Subscribe is not null) return CommandKind.Subscribe;
            if (Unsubscribe is not null) return CommandKind.Unsubscribe;
            if (Publish is not null) return CommandKind.Publish;
            if (Presence is not null) return CommandKind.Presence;
            if (PresenceStats is not null) return CommandKind.PresenceStats;
            if (History is not null) return CommandKind.History;
            if (Rpc is not null) return CommandKind.Rpc;
            if (Send is not null) return CommandKind.Send;
            if (Refresh is not null) return CommandKind.Refresh;
            if (SubRefresh is not null) return CommandKind.SubRefresh;
            return Ping is not null ? CommandKind.Ping : CommandKind.None;
        }
    }
}

/// <summary>The request a <see cref="Command"/> carries.</summary>
public enum CommandKind
{
    /// <summary>An id above 0 and no request: a protocol violation.</summary>
    None,

    /// <summary>The answer to a server's ping.</summary>
    Pong,

    /// <summary><see cref="Command.Connect"/>.</summary>
    Connect,

    /// <summary><see cref="Command.Subscribe"/>.</summary>
    Subscribe,

    /// <summary><see cref="Command.Unsubscribe"/>.</summary>
    Unsubscribe,

    /// <summary><see cref="Command.Publish"/>.</summary>
    Publish,

    /// <summary><see cref="Command.Presence"/>.</summary>
    Presence,

    /// <summary><see cref="Command.PresenceStats"/>.</summary>
    PresenceStats,

    /// <summary><see cref="Command.History"/>.</summary>
    History,

    /// <summary><see cref="Command.Rpc"/>.</summary>
    Rpc,

    /// <summary><see cref="Command.Send"/>.</summary>
    Send,

    /// <summary><see cref="Command.Refresh"/>.</summary>
    Refresh,

    /// <summary><see cref="Command.SubRefresh"/>.</summary>
    SubRefresh,

    /// <summary><see cref="Command.Ping"/>.</summary>
    Ping,
}
