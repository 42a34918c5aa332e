using System.Buffers;
using System.Text;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Json;

/// <summary>Data inside of messages on the JSON wire: any JSON value, passed through as it is.</summary>
public sealed class EmbeddedDataTests
{
    [Theory]
    [InlineData("5")]
    [InlineData("-0.5e-7")]
    [InlineData("1e400")]
    [InlineData("\"x\"")]
    [InlineData("\"\\ud800\"")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[ ]")]
    [InlineData("{ \"b\" : 1 , \"a\" : [ 1 , \"é\" ] , \"b\" : 2 }")]
    public void Data_passes_through_as_it_is(string data)
    {
        foreach (string space in new[] { "", " ", "\t" })
        {
            var request = Codec.ReadCommand($$$"""{"id":1,"rpc":{"data":{{{space}}}{{{data}}}{{{space}}},"method":"m"}}""").Rpc!;
            Assert.Equal((data, "m"), (Encoding.UTF8.GetString(request.Data.Span), request.Method));
        }
        Assert.Equal($$$"""{"id":1,"rpc":{"data":{{{data}}}}}""", Codec.Json(new Reply { Id = 1, Rpc = new RpcResult { Data = Codec.Bytes(data) } }));
    }

    [Fact]
    public void Data_is_a_slice_of_the_frame()
    {
        byte[] frame = Codec.Bytes("""{"id":1,"publish":{"data":"before"}}""");
        var data = Codec.ReadCommand(Wire.Json, frame).Publish!.Data;
        frame.AsSpan().Replace((byte)'b', (byte)'B');
        Assert.Equal("\"Before\"", Encoding.UTF8.GetString(data.Span));
    }

    [Theory]
    [InlineData("{\n\"a\"\n:\r\n[\n1\n,\n2\n]\n}\n", "{\"a\":[1,2]}")]
    [InlineData("\n\n5", "5")]
    [InlineData("\"a\\nb\"\n", "\"a\\nb\"")]
    public void Line_breaks_are_left_out(string data, string written)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(WireCodec.TryWritePublication(Wire.Json, "c", 0, new Publication { Data = Codec.Bytes(data) }, output));
        Assert.Equal("""{"push":{"channel":"c","pub":{"data":?}}}""".Replace("?", written, StringComparison.Ordinal), Encoding.UTF8.GetString(output.WrittenSpan));
    }

    public static TheoryData<string> NotJson =>
    [
        "x", "{", "{\"a\":1", "{\"a\":1}}", "1 2", "{}{}", "\"\n\"", "'a'", "[1,]", "01", "nul", " ", "\n", "\u0001", "\"\t\"", "/**/1",
    ];

    [Theory]
    [MemberData(nameof(NotJson))]
    public void What_is_not_one_JSON_value_cannot_be_written(string data)
    {
        AssertNotWritable(Codec.Bytes(data));
        Assert.Throws<ArgumentException>(() => Codec.Json(new Command { Id = 1, Rpc = new RpcRequest { Data = Codec.Bytes(data) } }));
    }

    [Fact]
    public void Binary_data_and_invalid_UTF_8_cannot_be_written()
    {
        AssertNotWritable([0xFF]);
        AssertNotWritable([0]);
        AssertNotWritable([(byte)'"', 0xC3, (byte)'"']);
        AssertNotWritable([(byte)'"', 0xED, 0xA0, 0x80, (byte)'"']);
    }

    [Fact]
    public void Data_on_Protobuf_may_be_anything()
    {
        var reply = Codec.ReadReply(Wire.Protobuf, Codec.Write(Wire.Protobuf, new Reply { Id = 1, Rpc = new RpcResult { Data = new byte[] { 0xFF, 0 } } }));
        Assert.Equal("FF00", Convert.ToHexString(reply.Rpc!.Data.Span));
    }

    [Theory]
    [InlineData("""{"id":1,"rpc":{"data":?}}""")]
    [InlineData("""{"id":1,"connect":{"subs":{"a":{"data":?}}}}""")]
    public void A38_Data_nests_up_to_its_limit(string command)
    {
        foreach (var (open, close) in new[] { ("[", "]"), ("{\"a\":", "}") })
        {
            Codec.ReadCommand(command.Replace("?", Nest(ProtocolLimits.EmbeddedDepthMax), StringComparison.Ordinal));
            Codec.AssertMalformed(command.Replace("?", Nest(ProtocolLimits.EmbeddedDepthMax + 1), StringComparison.Ordinal));
            Codec.AssertMalformed(command.Replace("?", Nest(100_000), StringComparison.Ordinal));

            string Nest(int depth) => string.Concat(Enumerable.Repeat(open, depth - 1)) + "[1]" + string.Concat(Enumerable.Repeat(close, depth - 1));
        }
    }

    [Fact]
    public void A38_Data_that_nests_too_deep_cannot_be_written()
    {
        string deepest = new string('[', ProtocolLimits.EmbeddedDepthMax) + new string(']', ProtocolLimits.EmbeddedDepthMax);
        var subscribed = new SubscribeResult { Publications = [new Publication { Info = new ClientInfo { ConnInfo = Codec.Bytes(deepest) } }] };
        var reply = new Reply { Push = new Push { Connect = new ConnectPush { Subs = new() { ["a"] = subscribed } } } };
        MessageComparison.AssertSame(reply, Codec.ReadReply(Codec.Json(reply)));
        AssertNotWritable(Codec.Bytes($"[{deepest}]"));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"x\":")]
    [InlineData("{\"id\":1,\"x\":[")]
    public void A38_Unknown_members_that_nest_without_end_are_malformed(string start)
    {
        Codec.AssertMalformed($$$"""{"x":{{{string.Concat(Enumerable.Repeat(start, 100_000))}}}""");
        Codec.AssertMalformed(string.Concat(Enumerable.Repeat(start, 100_000)));
    }

    private static void AssertNotWritable(byte[] data)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("before"u8);
        var publication = new Publication { Data = data };
        Assert.False(WireCodec.TryWritePublication(Wire.Json, "c", 0, publication, output));
        Assert.False(WireCodec.TryWriteReply(Wire.Json, new Reply { Id = 1, Rpc = new RpcResult { Data = data } }, output));
        Assert.False(WireCodec.TryWriteReply(Wire.Json, new Reply { Id = 1, History = new HistoryResult { Publications = [new(), publication] } }, output));
        Assert.False(WireCodec.TryWritePush(Wire.Json, new Push { Join = new JoinPush { Info = new ClientInfo { ChanInfo = data } } }, output));
        Assert.Equal("before"u8, output.WrittenSpan);
        Assert.True(WireCodec.TryWritePublication(Wire.Protobuf, "c", 0, publication, output));
    }
}
