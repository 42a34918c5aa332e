using System.Globalization;
using Starling.Server.Bench.Load;
using Starling.Server.Bench.Scenarios;
using Starling.WebSockets;

namespace Starling.Server.Bench.Drivers;

/// <summary>How one protocol joins a room, publishes, echoes and keeps a connection alive. One per run, called by the one
/// thread of the run.</summary>
internal abstract class BenchDriver
{
    /// <summary>The path and query used when the URL names none.</summary>
    public abstract string DefaultPath { get; }

    /// <summary>The WebSocket subprotocol to ask for.</summary>
    public virtual string? Subprotocol => null;

    public virtual Opcode MessageKind => Opcode.Text;

    /// <summary>How often the client must send something for the server to keep an otherwise silent connection.</summary>
    public virtual TimeSpan? KeepAliveInterval => null;

    public static BenchDriver Create(BenchProtocol protocol) => protocol switch
    {
        BenchProtocol.Json => new CentrifugeJsonDriver(),
        BenchProtocol.JsonToken => new CentrifugeJsonDriver(static index => GuardedServer.TokenOf(string.Create(CultureInfo.InvariantCulture, $"user-{index}"))),
        BenchProtocol.Protobuf => new CentrifugeProtobufDriver(),
        BenchProtocol.Plain => new PlainDriver(),
        BenchProtocol.SignalR => new SignalRDriver(),
        BenchProtocol.SocketIo => new SocketIoDriver(),
        _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
    };

    /// <summary>The upgrade is done: sends what opens the session and, if the connection has a room, joins it. The driver
    /// calls <see cref="BenchConnection.MarkReady"/> when the server has confirmed.</summary>
    public abstract void Open(BenchConnection connection);

    /// <summary>One whole WebSocket message came in.</summary>
    public abstract void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message);

    /// <summary>Publishes a payload (a JSON string) into a room.</summary>
    public abstract void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload);

    /// <summary>Asks the server to send the payload (a JSON string) back to this connection alone.</summary>
    public abstract void Echo(BenchConnection connection, ReadOnlySpan<byte> payload);

    /// <summary>Sends a sign of life.</summary>
    public virtual void KeepAlive(BenchConnection connection)
    {
    }
}

/// <summary>The protocols the load generator speaks.</summary>
internal enum BenchProtocol
{
    /// <summary>The Centrifuge protocol, JSON wire.</summary>
    Json,

    /// <summary>The same, each connection with a token of its own user, as <c>bench target --guarded</c> wants it.</summary>
    JsonToken,

    /// <summary>The Centrifuge protocol, Protobuf wire.</summary>
    Protobuf,

    /// <summary>Bare JSON messages as <c>bench/peers/node/ws.js</c> understands them.</summary>
    Plain,

    /// <summary>The JSON hub protocol of SignalR, without negotiation.</summary>
    SignalR,

    /// <summary>Socket.IO 4 over the WebSocket transport of Engine.IO.</summary>
    SocketIo,
}
