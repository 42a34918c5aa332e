using System.Buffers;
using System.Buffers.Text;
using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Presence;

/// <summary>Who was present in a channel at a moment, with the reply that says so per wire, encoded at most once.</summary>
internal sealed class PresenceSnapshot(PresenceList list, long takenMs)
{
    /// <summary>Length, field and id; on JSON the id with its name.</summary>
    private const int HeadBytesMax = 24;

    private byte[]? _json;
    private byte[]? _protobuf;

    public PresenceList List => list;

    /// <summary>In milliseconds of the node's wheel.</summary>
    public long TakenMs => takenMs;

    /// <summary>The result as the protocol has it.</summary>
    public PresenceResult Result
    {
        get
        {
            var clients = new Dictionary<string, ClientInfo>(list.Clients.Count);
            foreach (var client in list.Clients) clients[client.Client] = client;
            return new PresenceResult { Presence = clients };
        }
    }

    /// <summary>Bytes of the reply that gives the list, up to a few; 0 when it has no form on the wire (3506).</summary>
    public int Length(Wire wire) => Body(wire).Length;

    /// <summary>Writes the reply that gives the list as one unit.</summary>
    public void WriteReply(uint id, Wire wire, IBufferWriter<byte> output)
    {
        var body = Body(wire);
        var room = output.GetSpan(body.Length + HeadBytesMax);
        int head;
        if (wire == Wire.Json)
        {
            // {"id":1, and the rest of {"presence":…
            "{\"id\":"u8.CopyTo(room);
            Utf8Formatter.TryFormat(id, room[6..], out var digits);
            room[6 + digits] = (byte)',';
            head = 7 + digits;
            body = body[1..];
        }
        else
        {
            Span<byte> idField = stackalloc byte[HeadBytesMax];
            idField[0] = 1 << 3;   // field 1, a varint
            var idLength = 1 + WriteVarint(idField[1..], id);
            head = WriteVarint(room, (uint)(idLength + body.Length));
            idField[..idLength].CopyTo(room[head..]);
            head += idLength;
        }
        body.CopyTo(room[head..]);
        output.Advance(head + body.Length);
    }

    /// <summary>The reply without its id and, on Protobuf, without its length.</summary>
    private ReadOnlySpan<byte> Body(Wire wire)
    {
        ref var slot = ref wire == Wire.Json ? ref _json : ref _protobuf;
        return Volatile.Read(ref slot) ?? Encode(wire, ref slot);   // two at once encode the same bytes
    }

    private byte[] Encode(Wire wire, ref byte[]? slot)
    {
        var buffer = new ArrayBufferWriter<byte>();
        byte[] body = [];
        if (WireCodec.TryWriteReply(wire, new Reply { Presence = Result }, buffer))
        {
            var unit = buffer.WrittenSpan;
            body = (wire == Wire.Json ? unit : unit[(unit.IndexOfAnyInRange((byte)0, (byte)0x7F) + 1)..]).ToArray();
        }
        Volatile.Write(ref slot, body);
        return body;
    }

    private static int WriteVarint(Span<byte> into, uint value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7) into[length++] = (byte)(value | 0x80);
        into[length++] = (byte)value;
        return length;
    }
}
