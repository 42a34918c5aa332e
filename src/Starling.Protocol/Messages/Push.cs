namespace Starling.Protocol;

/// <summary>News from the server: exactly one of its message properties is set. Unidirectional transports carry it bare.</summary>
public sealed class Push
{
    /// <summary>Numeric channel id agreed on at subscribe, above 0; then <see cref="Channel"/> is omitted. 0 means none.</summary>
    public long Id { get; set; }

    /// <summary>The channel; empty for messages outside channels.</summary>
    public string Channel { get; set; } = "";

    /// <summary>A publication.</summary>
    public Publication? Pub { get; set; }

    /// <summary>Somebody joined the channel.</summary>
    public JoinPush? Join { get; set; }

    /// <summary>Somebody left the channel.</summary>
    public LeavePush? Leave { get; set; }

    /// <summary>The server ended a subscription.</summary>
    public UnsubscribePush? Unsubscribe { get; set; }

    /// <summary>A message outside channels.</summary>
    public MessagePush? Message { get; set; }

    /// <summary>A new server-side subscription.</summary>
    public SubscribePush? Subscribe { get; set; }

    /// <summary>The session is open; unidirectional transports only.</summary>
    public ConnectPush? Connect { get; set; }

    /// <summary>The server ends the connection; not sent on a bidirectional WebSocket, whose close frame says it.</summary>
    public DisconnectPush? Disconnect { get; set; }

    /// <summary>The connection's expiry changed.</summary>
    public RefreshPush? Refresh { get; set; }
}

/// <summary>Somebody joined a channel.</summary>
public sealed class JoinPush
{
    /// <summary>Who.</summary>
    public ClientInfo? Info { get; set; }
}

/// <summary>Somebody left a channel.</summary>
public sealed class LeavePush
{
    /// <summary>Who.</summary>
    public ClientInfo? Info { get; set; }
}

/// <summary>The server ended a subscription.</summary>
public sealed class UnsubscribePush
{
    /// <summary>Code in 2000–2999; below 2500 final, from 2500 on the client subscribes again.</summary>
    public uint Code { get; set; }

    /// <summary>The reason in words.</summary>
    public string Reason { get; set; } = "";
}

/// <summary>A message outside channels.</summary>
public sealed class MessagePush
{
    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }
}

/// <summary>A new server-side subscription exists.</summary>
public sealed class SubscribePush
{
    /// <summary>Whether the client should keep its position and recover.</summary>
    public bool Recoverable { get; set; }

    /// <summary>Epoch of the channel's stream.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>Offset in the channel's stream.</summary>
    public ulong Offset { get; set; }

    /// <summary>Whether the subscription has a position.</summary>
    public bool Positioned { get; set; }

    /// <summary>Custom data.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }
}

/// <summary>The session of a unidirectional connection is open.</summary>
public sealed class ConnectPush
{
    /// <summary>Connection id.</summary>
    public string Client { get; set; } = "";

    /// <summary>Version of the server, informative.</summary>
    public string Version { get; set; } = "";

    /// <summary>Custom data.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>Server-side subscriptions by channel.</summary>
    public Dictionary<string, SubscribeResult>? Subs { get; set; }

    /// <summary>Whether the connection expires.</summary>
    public bool Expires { get; set; }

    /// <summary>Seconds until the connection expires.</summary>
    public uint Ttl { get; set; }

    /// <summary>Seconds between the server's pings; 0 for none.</summary>
    public uint Ping { get; set; }

    /// <summary>Whether the client must answer pings; never on unidirectional transports.</summary>
    public bool Pong { get; set; }

    /// <summary>Secret of the session.</summary>
    public string Session { get; set; } = "";

    /// <summary>Id of the server node.</summary>
    public string Node { get; set; } = "";

    /// <summary>Server time, Unix milliseconds; 0 when not configured.</summary>
    public long Time { get; set; }
}

/// <summary>The server ends the connection.</summary>
public sealed class DisconnectPush
{
    /// <summary>A code as in <see cref="Disconnects"/>.</summary>
    public uint Code { get; set; }

    /// <summary>The reason in words.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Whether to connect again; for old clients, new ones decide by the code's range.</summary>
    public bool Reconnect { get; set; }
}

/// <summary>The connection's expiry changed.</summary>
public sealed class RefreshPush
{
    /// <summary>Whether the connection expires.</summary>
    public bool Expires { get; set; }

    /// <summary>Seconds until it does.</summary>
    public uint Ttl { get; set; }
}
