using System.Buffers;
using System.Text;

namespace Starling.Protocol.Tests.Samples;

/// <summary>Short ways to write and read in tests.</summary>
internal static class Codec
{
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Write(Wire wire, Command command)
    {
        var output = new ArrayBufferWriter<byte>();
        WireCodec.WriteCommand(wire, command, output);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Write(Wire wire, Reply reply)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(WireCodec.TryWriteReply(wire, reply, output));
        return output.WrittenSpan.ToArray();
    }

    public static string Json(Command command) => Encoding.UTF8.GetString(Write(Wire.Json, command));

    public static string Json(Reply reply) => Encoding.UTF8.GetString(Write(Wire.Json, reply));

    public static string Hex(Reply reply) => Convert.ToHexString(Write(Wire.Protobuf, reply));

    /// <summary>The only command of a frame.</summary>
    public static Command ReadCommand(Wire wire, byte[] frame)
    {
        var reader = new CommandReader(wire, frame);
        Assert.Equal(ReadStatus.Unit, reader.Read(out var command));
        Assert.Equal(frame.Length, reader.Consumed);
        Assert.Equal(ReadStatus.End, reader.Read(out var none));
        Assert.Null(none);
        return command!;
    }

    public static Command ReadCommand(string json) => ReadCommand(Wire.Json, Bytes(json));

    /// <summary>The only reply of a frame.</summary>
    public static Reply ReadReply(Wire wire, byte[] frame)
    {
        var reader = new ReplyReader(wire, frame);
        Assert.Equal(ReadStatus.Unit, reader.Read(out var reply));
        Assert.Equal(frame.Length, reader.Consumed);
        Assert.Equal(ReadStatus.End, reader.Read(out var none));
        Assert.Null(none);
        return reply!;
    }

    public static Reply ReadReply(string json) => ReadReply(Wire.Json, Bytes(json));

    public static void AssertMalformed(Wire wire, byte[] frame)
    {
        var reader = new CommandReader(wire, frame);
        Assert.Equal(ReadStatus.Malformed, reader.Read(out var command));
        Assert.Null(command);
        Assert.Equal(0, reader.Consumed);
        Assert.Equal(ReadStatus.Malformed, reader.Read(out _));
    }

    public static void AssertMalformed(string json) => AssertMalformed(Wire.Json, Bytes(json));

    /// <summary>A Protobuf unit: the message, given as hexadecimal text with spaces, behind its length.</summary>
    public static byte[] Unit(string hex)
    {
        byte[] message = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.True(message.Length < 128, "Longer units need a longer length.");
        return [(byte)message.Length, .. message];
    }
}
