using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Drivers;

/// <summary>The JSON hub protocol of SignalR on a WebSocket that was opened without negotiation: messages end with the
/// record separator, several may share a frame. Hub methods as in <c>bench/peers/signalr</c>.</summary>
internal sealed class SignalRDriver : BenchDriver
{
    private const byte Separator = 0x1E;

    public override string DefaultPath => "/hub";

    /// <summary>The server drops a client that was silent for 30 s; the client libraries send a ping every 15 s.</summary>
    public override TimeSpan? KeepAliveInterval => TimeSpan.FromSeconds(15);

    public override void Open(BenchConnection connection)
    {
        connection.Compose().Add("{\"protocol\":\"json\",\"version\":1}\u001e"u8);
        connection.SendComposed();
    }

    public override void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            var end = message.IndexOf(Separator);
            if (end < 0)
            {
                connection.Fail("a message without its end"u8);
                return;
            }
            OnHubMessage(connection, message[..end]);
            message = message[(end + 1)..];
        }
    }

    public override void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("{\"type\":1,\"target\":\"Publish\",\"arguments\":[\""u8).Add(room).Add("\","u8)
            .Add(payload).Add("]}\u001e"u8);
        connection.SendComposed();
    }

    public override void Echo(BenchConnection connection, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("{\"type\":1,\"invocationId\":\""u8).Add(++connection.NextId)
            .Add("\",\"target\":\"Echo\",\"arguments\":["u8).Add(payload).Add("]}\u001e"u8);
        connection.SendComposed();
    }

    public override void KeepAlive(BenchConnection connection)
    {
        connection.Compose().Add("{\"type\":6}\u001e"u8);
        connection.SendComposed();
    }

    private static void OnHubMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        if (Payload.TryFind(message, out var number))
        {
            connection.OnPayload(number);
        }
        else if (message.SequenceEqual("{}"u8))
        {
            OnHandshakeAccepted(connection);
        }
        else if (message.IndexOf("\"error\""u8) >= 0 || message.StartsWith("{\"type\":7"u8))
        {
            connection.Fail(message);
        }
        else if (message.StartsWith("{\"type\":3"u8) && !connection.IsReady)
        {
            connection.MarkReady();   // the completion of Join
        }
    }

    private static void OnHandshakeAccepted(BenchConnection connection)
    {
        if (connection.Room is not { } room)
        {
            connection.MarkReady();
            return;
        }
        connection.Compose().Add("{\"type\":1,\"invocationId\":\"0\",\"target\":\"Join\",\"arguments\":[\""u8)
            .Add(room.Name).Add("\"]}\u001e"u8);
        connection.SendComposed();
    }
}
