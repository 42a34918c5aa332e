using System.Buffers;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests;

/// <summary>The hot path allocates nothing but the messages; a lie about a length allocates nothing at all.</summary>
public sealed class AllocationTests
{
    public static TheoryData<Wire> Wires => [Wire.Json, Wire.Protobuf];

    [Theory]
    [MemberData(nameof(Wires))]
    public void Writing_allocates_nothing(Wire wire)
    {
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        var publication = new Publication
        {
            Data = Codec.Bytes("{\"text\":\"" + new string('x', 2000) + "\"}"),
            Offset = 5,
            Tags = new() { ["a"] = "b\n" },
            Info = new ClientInfo { User = "é", Client = "c", ConnInfo = Codec.Bytes("{}") },
        };
        var rpc = new Reply { Id = 5, Rpc = new RpcResult { Data = Codec.Bytes("{\"a\":[1,2,3]}") } };
        var history = new Reply { Id = 6, History = new HistoryResult { Publications = [publication, publication], Epoch = "e", Offset = 6 } };
        Assert.InRange(Allocated(Write), 0, 0);

        void Write()
        {
            output.ResetWrittenCount();
            WireCodec.TryWritePublication(wire, "chat:1", 0, publication, output);
            WireCodec.TryWriteReply(wire, rpc, output);
            WireCodec.TryWriteReply(wire, history, output);
        }
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public void Reading_allocates_the_messages_alone(Wire wire)
    {
        var data = Codec.Bytes("{\"text\":\"" + new string('x', 2000) + "\",\"more\":[1,2,{\"a\":null}]}");
        byte[] publish = Codec.Write(wire, new Command { Id = 1, Publish = new PublishRequest { Channel = "chat:1", Data = data } });
        byte[] rpc = Codec.Write(wire, new Command { Id = 1, Rpc = new RpcRequest { Method = "method", Data = data } });
        // A command has 12 references, its request two or three fields, and there is one short string.
        Assert.InRange(Allocated(() => new CommandReader(wire, publish).Read(out _)), 1, 128 + 64 + 40);
        Assert.InRange(Allocated(() => new CommandReader(wire, rpc).Read(out _)), 1, 128 + 48 + 40);
    }

    [Theory]
    [InlineData("FFFFFFFF07")]
    [InlineData("0B 3A 09 12 FFFFFFFF07 00 00 00")]
    [InlineData("0B 3A 09 0A FFFFFFFF07 00 00 00")]
    [InlineData("0B 22 09 1A FFFFFFFF07 00 00 00")]
    public void A39_A_declared_length_allocates_nothing(string hex)
    {
        byte[] frame = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Codec.AssertMalformed(Wire.Protobuf, frame);
        Assert.InRange(Allocated(() => new CommandReader(Wire.Protobuf, frame).Read(out _)), 0, 1024);
    }

    /// <summary>Bytes one run allocates, after enough runs for the compiler to have settled.</summary>
    private static long Allocated(Action run)
    {
        for (int i = 0; i < 50; i++) run();
        long least = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
