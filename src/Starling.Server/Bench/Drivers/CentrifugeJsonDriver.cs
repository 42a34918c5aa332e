using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Drivers;

/// <summary>The Centrifuge protocol on the JSON wire: units separated by newlines, `{}` is a ping and its answer.</summary>
internal sealed class CentrifugeJsonDriver(Func<int, string>? tokenOf = null) : BenchDriver
{
    private const uint ConnectId = 1;
    private const uint SubscribeId = 2;

    public override string DefaultPath => "/connection/websocket";

    public override void Open(BenchConnection connection)
    {
        connection.NextId = SubscribeId + 1;
        var message = connection.Compose().Add("{\"id\":1,\"connect\":{\"name\":\"bench\""u8);
        if (tokenOf is not null) message.Add(",\"token\":\""u8).Add(tokenOf(connection.Index)).Add("\""u8);
        message.Add("}}"u8);
        if (connection.Room is { } room)
        {
            // In the same frame, as the client libraries do it.
            message.Add("\n{\"id\":2,\"subscribe\":{\"channel\":\""u8).Add(room.Name).Add("\"}}"u8);
        }
        connection.SendComposed();
    }

    public override void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        while (true)
        {
            var end = message.IndexOf((byte)'\n');
            OnUnit(connection, end < 0 ? message : message[..end]);
            if (end < 0) return;
            message = message[(end + 1)..];
        }
    }

    public override void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("{\"id\":"u8).Add(connection.NextId++).Add(",\"publish\":{\"channel\":\""u8).Add(room)
            .Add("\",\"data\":"u8).Add(payload).Add("}}"u8);
        connection.SendComposed();
    }

    public override void Echo(BenchConnection connection, ReadOnlySpan<byte> payload)
    {
        connection.Compose().Add("{\"id\":"u8).Add(connection.NextId++).Add(",\"rpc\":{\"method\":\"echo\",\"data\":"u8)
            .Add(payload).Add("}}"u8);
        connection.SendComposed();
    }

    private static void OnUnit(BenchConnection connection, ReadOnlySpan<byte> unit)
    {
        if (Payload.TryFind(unit, out var number))
        {
            connection.OnPayload(number);
            return;
        }
        if (unit.SequenceEqual("{}"u8))
        {
            connection.Compose().Add("{}"u8);
            connection.SendComposed();
            return;
        }
        if (unit.IndexOf("\"error\":"u8) >= 0 || unit.IndexOf("\"disconnect\":"u8) >= 0)
        {
            connection.Fail(unit);
            return;
        }
        if (connection.IsReady) return;   // the answer to a publish
        var last = connection.Room is null ? ConnectId : SubscribeId;
        if (unit.StartsWith(last == ConnectId ? "{\"id\":1,"u8 : "{\"id\":2,"u8)) connection.MarkReady();
    }
}
