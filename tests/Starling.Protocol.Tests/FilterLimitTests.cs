using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests;

public sealed class FilterLimitTests
{
    public static TheoryData<Wire> Wires => [Wire.Json, Wire.Protobuf];

    [Theory]
    [MemberData(nameof(Wires))]
    public void A38_A_filter_nests_up_to_its_limit(Wire wire)
    {
        var deepest = Nested(ProtocolLimits.FilterDepthMax);
        MessageComparison.AssertSame(deepest, Codec.ReadCommand(wire, Codec.Write(wire, deepest)));
        Codec.AssertMalformed(wire, Codec.Write(wire, Nested(ProtocolLimits.FilterDepthMax + 1)));
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public void A39_A_filter_has_nodes_up_to_its_limit(Wire wire)
    {
        var largest = Wide(ProtocolLimits.FilterNodesMax);
        MessageComparison.AssertSame(largest, Codec.ReadCommand(wire, Codec.Write(wire, largest)));
        Codec.AssertMalformed(wire, Codec.Write(wire, Wide(ProtocolLimits.FilterNodesMax + 1)));
    }

    [Fact]
    public void A39_A_filter_has_no_nodes_that_are_not_there()
    {
        string nodes = string.Join(',', Enumerable.Repeat("null", ProtocolLimits.FilterNodesMax + 1));
        Codec.AssertMalformed($$"""{"id":1,"subscribe":{"channel":"a","tf":{"op":"or","nodes":[{{nodes}}]} } }""");
        Codec.AssertMalformed("""{"id":1,"subscribe":{"channel":"a","tf":{"op":"or","nodes":[null]} } }""");
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public void The_limit_counts_for_each_filter(Wire wire)
    {
        var subs = Enumerable.Range(0, 5).ToDictionary(number => $"{number}", _ => Wide(ProtocolLimits.FilterNodesMax).Subscribe!);
        var command = new Command { Id = 1, Connect = new ConnectRequest { Subs = subs } };
        MessageComparison.AssertSame(command, Codec.ReadCommand(wire, Codec.Write(wire, command)));
    }

    [Fact]
    public void A_filter_sent_in_pieces_does_not_outgrow_its_limit()
    {
        byte[] one = Codec.Write(Wire.Protobuf, Wide(ProtocolLimits.FilterNodesMax))[2..];   // without the length of the unit
        byte[] message = [.. one, .. one];
        byte[] frame = [(byte)(message.Length | 0x80), (byte)(message.Length >> 7), .. message];
        Assert.Equal(ProtocolLimits.FilterNodesMax - 1, Codec.ReadCommand(Wire.Protobuf, frame).Subscribe!.Tf!.Nodes!.Count);
    }

    [Fact]
    public void A38_A_filter_that_nests_without_end_is_malformed()
    {
        string open = string.Concat(Enumerable.Repeat("{\"nodes\":[", 100_000));
        Codec.AssertMalformed($$"""{"id":1,"subscribe":{"tf":{{open}}""");
    }

    private static Command Nested(int depth)
    {
        var filter = new FilterNode { Key = "innermost" };
        for (int i = 1; i < depth; i++) filter = new FilterNode { Op = "not", Nodes = [filter] };
        return new Command { Id = 1, Subscribe = new SubscribeRequest { Tf = filter } };
    }

    private static Command Wide(int nodes) => new()
    {
        Id = 1,
        Subscribe = new SubscribeRequest { Tf = new FilterNode { Op = "or", Nodes = [.. Enumerable.Range(1, nodes - 1).Select(_ => new FilterNode())] } },
    };
}
