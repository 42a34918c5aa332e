using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Drivers;

/// <summary>Socket.IO protocol 5 over the WebSocket transport of Engine.IO 4: one packet per frame, its first digit is the
/// Engine.IO type (0 open, 2 ping, 3 pong, 4 message), the second the Socket.IO type (0 connect, 2 event, 3 acknowledgement,
/// 4 connect error). Events as in <c>bench/peers/node/socket-io.js</c>.</summary>
internal sealed class SocketIoDriver : BenchDriver
{
    public override string DefaultPath => "/socket.io/?EIO=4&transport=websocket";

    public override void Open(BenchConnection connection)
    {
        // The server speaks first: its open packet.
    }

    public override void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        if (Payload.TryFind(message, out var number))
        {
            connection.OnPayload(number);
        }
        else if (message.SequenceEqual("2"u8))
        {
            Send(connection, "3"u8);
        }
        else if (message.StartsWith("0"u8))
        {
            Send(connection, "40"u8);
        }
        else if (message.StartsWith("40"u8))
        {
            OnConnected(connection);
        }
        else if (message.StartsWith("43"u8))
        {
            connection.MarkReady();   // the acknowledgement of join
        }
        else
        {
            connection.Fail(message);
        }
    }

    public override void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("42[\"publish\",\""u8).Add(room).Add("\","u8).Add(payload).Add("]"u8);
        connection.SendComposed();
    }

    public override void Echo(BenchConnection connection, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("42"u8).Add(++connection.NextId).Add("[\"echo\","u8).Add(payload).Add("]"u8);
        connection.SendComposed();
    }

    private static void OnConnected(BenchConnection connection)
    {
        if (connection.Room is not { } room)
        {
            connection.MarkReady();
            return;
        }
        connection.Compose().Add("420[\"join\",\""u8).Add(room.Name).Add("\"]"u8);
        connection.SendComposed();
    }

    private static void Send(BenchConnection connection, ReadOnlySpan<byte> packet)
    {
        connection.Compose().Add(packet);
        connection.SendComposed();
    }
}
