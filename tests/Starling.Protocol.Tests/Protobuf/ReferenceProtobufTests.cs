using System.Collections;
using Google.Protobuf;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Protobuf;

/// <summary>The hand-written Protobuf codec against code generated from the protocol's tables.</summary>
public sealed class ReferenceProtobufTests
{
    private const int Rounds = 3000;

    [Fact]
    public void The_reference_reads_every_field_of_the_commands_we_write()
    {
        var generator = new MessageGenerator(new Random(11)) { DataIsJson = false };
        for (int i = 0; i < Rounds; i++)
        {
            var command = generator.Command();
            byte[] frame = Codec.Write(Wire.Protobuf, command);
            var reference = Reference.Command.Parser.ParseDelimitedFrom(new MemoryStream(frame));
            AssertSame(command, reference);
            MessageComparison.AssertSame(command, Codec.ReadCommand(Wire.Protobuf, Delimited(reference)));
        }
    }

    [Fact]
    public void The_reference_reads_every_field_of_the_replies_we_write()
    {
        var generator = new MessageGenerator(new Random(12)) { DataIsJson = false };
        for (int i = 0; i < Rounds; i++)
        {
            var reply = generator.Reply();
            byte[] frame = Codec.Write(Wire.Protobuf, reply);
            var reference = Reference.Reply.Parser.ParseDelimitedFrom(new MemoryStream(frame));
            AssertSame(reply, reference);
            MessageComparison.AssertSame(reply, Codec.ReadReply(Wire.Protobuf, Delimited(reference)));
        }
    }

    [Fact]
    public void What_we_write_has_the_size_the_reference_gives_it()
    {
        var generator = new MessageGenerator(new Random(13)) { DataIsJson = false };
        for (int i = 0; i < Rounds; i++)
        {
            byte[] frame = Codec.Write(Wire.Protobuf, generator.Reply());
            var reference = Reference.Reply.Parser.ParseDelimitedFrom(new MemoryStream(frame));
            // The order of a map's entries is free, the size is not.
            Assert.Equal(Delimited(reference).Length, frame.Length);
        }
    }

    [Fact]
    public void Whatever_the_reference_refuses_we_refuse()
    {
        var generator = new MessageGenerator(new Random(14));
        var random = new Random(15);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] frame = Codec.Write(Wire.Protobuf, generator.Command());
            frame[random.Next(frame.Length)] = (byte)random.Next(256);
            if (frame.Length < 2 || Reference(frame)) continue;
            refused++;
            var reader = new CommandReader(Wire.Protobuf, frame);
            ReadStatus status;
            while ((status = reader.Read(out _)) == ReadStatus.Unit)
            {
                // Reading to the end of what we take.
            }
            Assert.Equal(ReadStatus.Malformed, status);
        }
        Assert.True(refused > 1000, $"Only {refused} frames were broken.");

        static bool Reference(byte[] frame)
        {
            try
            {
                var stream = new MemoryStream(frame);
                while (stream.Position < stream.Length)
                {
                    Tests.Reference.Command.Parser.ParseDelimitedFrom(stream);
                }
                return true;
            }
            catch (InvalidProtocolBufferException)
            {
                return false;
            }
        }
    }

    [Fact]
    public void Emulation_and_connect_requests_are_read_as_the_reference_writes_them()
    {
        byte[] body = new Reference.EmulationRequest { Node = "n", Session = "s", Data = ByteString.CopyFrom(1, 2, 3) }.ToByteArray();
        Assert.True(WireCodec.TryReadEmulationRequest(Wire.Protobuf, body, out var emulation));
        Assert.Equal(("n", "s", "010203"), (emulation.Node, emulation.Session, Convert.ToHexString(emulation.Data.Span)));

        body = new Reference.ConnectRequest { Token = "t", Headers = { ["a"] = "b" } }.ToByteArray();
        Assert.True(WireCodec.TryReadConnectRequest(Wire.Protobuf, body, out var connect));
        Assert.Equal(("t", "b"), (connect.Token, connect.Headers!["a"]));

        Assert.False(WireCodec.TryReadEmulationRequest(Wire.Protobuf, new byte[] { 0x0A, 0x05 }, out _));
        Assert.False(WireCodec.TryReadConnectRequest(Wire.Protobuf, new byte[] { 0x0A, 0x05 }, out _));
    }

    [Fact]
    public void A_bare_push_is_written_without_a_length()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var push = new Push { Disconnect = new DisconnectPush { Code = 3501, Reason = "bad request" } };
        Assert.True(WireCodec.TryWritePush(Wire.Protobuf, push, output));
        AssertSame(push, Tests.Reference.Push.Parser.ParseFrom(output.WrittenSpan));
    }

    private static byte[] Delimited(IMessage message)
    {
        var stream = new MemoryStream();
        message.WriteDelimitedTo(stream);
        return stream.ToArray();
    }

    /// <summary>Compares our message with the reference's by the names of their properties.</summary>
    private static void AssertSame(object? ours, object? theirs, string path = "message")
    {
        switch (ours)
        {
            case null or ICollection { Count: 0 }:
                Assert.True(theirs is null or ICollection { Count: 0 }, $"{path} is set.");
                break;
            case string or ValueType when ours is not ReadOnlyMemory<byte>:
                Assert.Equal(ours is Enum ? Convert.ToInt64(ours, null) : ours, ours is Enum ? Convert.ToInt64(theirs, null) : theirs);
                break;
            case ReadOnlyMemory<byte> bytes:
                Assert.Equal(Convert.ToHexString(bytes.Span), Convert.ToHexString(((ByteString)theirs!).Span));
                break;
            case IDictionary map:
                Assert.Equal(map.Count, ((IDictionary)theirs!).Count);
                foreach (DictionaryEntry entry in map) AssertSame(entry.Value, ((IDictionary)theirs)[entry.Key], $"{path}[{entry.Key}]");
                break;
            case IList list:
                Assert.Equal(list.Count, ((IList)theirs!).Count);
                for (int i = 0; i < list.Count; i++) AssertSame(list[i], ((IList)theirs)[i], $"{path}[{i}]");
                break;
            default:
                Assert.NotNull(theirs);
                foreach (var property in ours.GetType().GetProperties().Where(property => property.CanWrite))
                {
                    var counterpart = theirs.GetType().GetProperty(property.Name);
                    Assert.True(counterpart is not null, $"The reference has no {path}.{property.Name}.");
                    AssertSame(property.GetValue(ours), counterpart.GetValue(theirs), $"{path}.{property.Name}");
                }
                break;
        }
    }
}
