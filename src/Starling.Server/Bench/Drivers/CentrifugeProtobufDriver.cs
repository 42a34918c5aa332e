using System.Text;
using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;
using Starling.WebSockets;

namespace Starling.Server.Bench.Drivers;

/// <summary>The Centrifuge protocol on the Protobuf wire: every unit after its length, an empty unit is a ping and its
/// answer. Writes and reads the few fields it needs by their numbers.</summary>
internal sealed class CentrifugeProtobufDriver : BenchDriver
{
    private const uint ConnectId = 1;
    private const uint SubscribeId = 2;
    private const byte BytesType = 2;   // wire type of strings, bytes and messages

    // Field numbers of Command and Reply.
    private const int CommandConnect = 4, CommandSubscribe = 5, CommandPublish = 7, CommandRpc = 13;
    private const int ReplyId = 1, ReplyError = 2;

    public override string DefaultPath => "/connection/websocket?format=protobuf";

    public override string? Subprotocol => "centrifuge-protobuf";

    public override Opcode MessageKind => Opcode.Binary;

    public override void Open(BenchConnection connection)
    {
        connection.NextId = SubscribeId + 1;
        var message = connection.Compose();
        Command(message, ConnectId, CommandConnect, FieldLength(5));
        Field(message, 4, "bench"u8);
        if (connection.Room is { } room)
        {
            Command(message, SubscribeId, CommandSubscribe, FieldLength(Utf8Length(room.Name)));
            Field(message, 1, room.Name);
        }
        connection.SendComposed();
    }

    public override void OnMessage(BenchConnection connection, ReadOnlySpan<byte> message)
    {
        while (TryReadVarint(ref message, out var length))
        {
            if (length > message.Length)
            {
                connection.Fail("a unit is longer than its frame"u8);
                return;
            }
            OnUnit(connection, message[..(int)length]);
            message = message[(int)length..];
        }
    }

    public override void Publish(BenchConnection connection, string room, ReadOnlySpan<byte> payload)
    {
        var message = connection.Compose();
        Command(message, connection.NextId++, CommandPublish, FieldLength(Utf8Length(room)) + FieldLength((uint)payload.Length));
        Field(message, 1, room);
        Field(message, 2, payload);
        connection.SendComposed();
    }

    public override void Echo(BenchConnection connection, ReadOnlySpan<byte> payload)
    {
        var message = connection.Compose();
        Command(message, connection.NextId++, CommandRpc, FieldLength((uint)payload.Length) + FieldLength(4));
        Field(message, 1, payload);
        Field(message, 2, "echo"u8);
        connection.SendComposed();
    }

    private static void OnUnit(BenchConnection connection, ReadOnlySpan<byte> unit)
    {
        if (unit.IsEmpty)
        {
            connection.Compose().AddVarint(0);
            connection.SendComposed();
        }
        else if (Payload.TryFind(unit, out var number))
        {
            connection.OnPayload(number);
        }
        else
        {
            OnReply(connection, unit);
        }
    }

    private static void OnReply(BenchConnection connection, ReadOnlySpan<byte> unit)
    {
        var rest = unit;
        uint id = 0;
        while (TryReadVarint(ref rest, out var tag))
        {
            if (!TryReadVarint(ref rest, out var value)) break;
            if (tag == ReplyId << 3) id = value;
            if (tag == (ReplyError << 3 | BytesType))
            {
                connection.Fail(rest[..(int)Math.Min(value, (uint)rest.Length)]);
                return;
            }
            if ((tag & 7) == BytesType) rest = rest[(int)Math.Min(value, (uint)rest.Length)..];
        }
        var last = connection.Room is null ? ConnectId : SubscribeId;
        if (!connection.IsReady && id == last) connection.MarkReady();
    }

    /// <summary>Writes everything of a command up to the fields of its request.</summary>
    private static void Command(MessageWriter message, uint id, int request, uint requestLength)
    {
        var idLength = 1 + (uint)MessageWriter.VarintLength(id);
        message.AddVarint(idLength + FieldLength(requestLength))
            .AddVarint(1 << 3).AddVarint(id)
            .AddVarint((uint)(request << 3 | BytesType)).AddVarint(requestLength);
    }

    private static void Field(MessageWriter message, int number, ReadOnlySpan<byte> value) =>
        message.AddVarint((uint)(number << 3 | BytesType)).AddVarint((uint)value.Length).Add(value);

    private static void Field(MessageWriter message, int number, string value) =>
        message.AddVarint((uint)(number << 3 | BytesType)).AddVarint(Utf8Length(value)).Add(value);

    private static uint FieldLength(uint valueLength) => 1 + (uint)MessageWriter.VarintLength(valueLength) + valueLength;

    private static uint Utf8Length(string text) => (uint)Encoding.UTF8.GetByteCount(text);

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out uint value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            if (i < 5) value |= (uint)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return true;
        }
        return false;
    }
}
