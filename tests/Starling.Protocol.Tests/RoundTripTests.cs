using System.Buffers;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests;

/// <summary>What is written comes back: all messages, all fields, both wires, seeded.</summary>
public sealed class RoundTripTests
{
    private const int Rounds = 3000;

    public static TheoryData<Wire> Wires => [Wire.Json, Wire.Protobuf];

    [Theory]
    [MemberData(nameof(Wires))]
    public void A_command_reads_back_as_it_was_written(Wire wire)
    {
        var generator = new MessageGenerator(new Random(1));
        for (int i = 0; i < Rounds; i++)
        {
            var command = generator.Command();
            MessageComparison.AssertSame(command, Codec.ReadCommand(wire, Codec.Write(wire, command)));
        }
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public void A_reply_reads_back_as_it_was_written(Wire wire)
    {
        var generator = new MessageGenerator(new Random(2));
        for (int i = 0; i < Rounds; i++)
        {
            var reply = generator.Reply();
            MessageComparison.AssertSame(reply, Codec.ReadReply(wire, Codec.Write(wire, reply)));
        }
    }

    [Fact]
    public void Protobuf_carries_any_bytes()
    {
        var generator = new MessageGenerator(new Random(3)) { DataIsJson = false };
        for (int i = 0; i < Rounds; i++)
        {
            var reply = generator.Reply();
            MessageComparison.AssertSame(reply, Codec.ReadReply(Wire.Protobuf, Codec.Write(Wire.Protobuf, reply)));
        }
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public void Many_units_in_one_frame_come_one_after_the_other(Wire wire)
    {
        var generator = new MessageGenerator(new Random(4));
        for (int round = 0; round < 200; round++)
        {
            var commands = Enumerable.Range(0, 1 + (round % 20)).Select(_ => generator.Command()).ToList();
            var frame = new ArrayBufferWriter<byte>();
            foreach (var command in commands)
            {
                if (wire == Wire.Json && frame.WrittenCount > 0) frame.Write("\n"u8);
                WireCodec.WriteCommand(wire, command, frame);
            }
            var reader = new CommandReader(wire, frame.WrittenMemory);
            foreach (var command in commands)
            {
                Assert.Equal(ReadStatus.Unit, reader.Read(out var read));
                MessageComparison.AssertSame(command, read);
            }
            Assert.Equal(ReadStatus.End, reader.Read(out _));
            Assert.Equal(frame.WrittenCount, reader.Consumed);
        }
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public void A_publication_is_written_like_the_reply_around_it(Wire wire)
    {
        var generator = new MessageGenerator(new Random(5));
        for (int i = 0; i < Rounds; i++)
        {
            var publication = generator.Message<Publication>();
            var reply = new Reply { Push = new Push { Id = i % 3, Channel = i % 2 == 0 ? "chat:1" : "", Pub = publication } };
            var output = new ArrayBufferWriter<byte>();
            Assert.True(WireCodec.TryWritePublication(wire, i % 2 == 0 ? "chat:1" : null, i % 3, publication, output));
            Assert.Equal(Codec.Write(wire, reply), output.WrittenSpan.ToArray());
        }
    }
}
