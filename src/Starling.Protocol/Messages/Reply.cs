namespace Starling.Protocol;

/// <summary>What a server sends: the answer to a command (<see cref="Id"/> above 0), a push, or, with nothing set, a ping.</summary>
public sealed class Reply
{
    /// <summary>Number of the command this answers; 0 for pushes and pings.</summary>
    public uint Id { get; set; }

    /// <summary>Why the command failed; never together with a result.</summary>
    public ProtocolError? Error { get; set; }

    /// <summary>News the client did not ask for.</summary>
    public Push? Push { get; set; }

    /// <summary>Answer to <see cref="Command.Connect"/>.</summary>
    public ConnectResult? Connect { get; set; }

    /// <summary>Answer to <see cref="Command.Subscribe"/>.</summary>
    public SubscribeResult? Subscribe { get; set; }

    /// <summary>Answer to <see cref="Command.Unsubscribe"/>.</summary>
    public UnsubscribeResult? Unsubscribe { get; set; }

    /// <summary>Answer to <see cref="Command.Publish"/>.</summary>
    public PublishResult? Publish { get; set; }

    /// <summary>Answer to <see cref="Command.Presence"/>.</summary>
    public PresenceResult? Presence { get; set; }

    /// <summary>Answer to <see cref="Command.PresenceStats"/>.</summary>
    public PresenceStatsResult? PresenceStats { get; set; }

    /// <summary>Answer to <see cref="Command.History"/>.</summary>
    public HistoryResult? History { get; set; }

    /// <summary>Answer to <see cref="Command.Ping"/>.</summary>
    public PingResult? Ping { get; set; }

    /// <summary>Answer to <see cref="Command.Rpc"/>.</summary>
    public RpcResult? Rpc { get; set; }

    /// <summary>Answer to <see cref="Command.Refresh"/>.</summary>
    public RefreshResult? Refresh { get; set; }

    /// <summary>Answer to <see cref="Command.SubRefresh"/>.</summary>
    public SubRefreshResult? SubRefresh { get; set; }

    /// <summary>Whether this is the server's ping: neither an answer nor a push.</summary>
    public bool IsPing => Id == 0 && Push is null;
}
