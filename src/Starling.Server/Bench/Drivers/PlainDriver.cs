using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Drivers;

/// <summary>Bare JSON messages, one per frame: what an application on a plain WebSocket library defines for itself.</summary>
internal sealed class PlainDriver : BenchDriver
{
    public override string DefaultPath => "/";

    public override void Open(BenchConnection connection)
    {
        if (connection.Room is not { } room)
        {
            connection.MarkReady();
            return;
        }
        connection.Compose().Add("{\"type\":\"join\",\"room\":\""u8).Add(room.Name).Add("\"}"u8);
        connection.SendComposed();
    }

    public override void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        if (Payload.TryFind(message, out var number))
        {
            connection.OnPayload(number);
        }
        else if (message.StartsWith("{\"type\":\"joined\""u8))
        {
            connection.MarkReady();
        }
        else
        {
            connection.Fail(message);
        }
    }

    public override void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("{\"type\":\"publish\",\"room\":\""u8).Add(room).Add("\",\"data\":"u8).Add(payload).Add("}"u8);
        connection.SendComposed();
    }

    public override void Echo(BenchConnection connection, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("{\"type\":\"echo\",\"data\":"u8).Add(payload).Add("}"u8);
        connection.SendComposed();
    }
}
