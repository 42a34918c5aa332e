using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Json;

public sealed class JsonFramingTests
{
    [Theory]
    [InlineData("{\"id\":1}\n{\"id\":2}")]
    [InlineData("{\"id\":1}\n{\"id\":2}\n")]
    [InlineData("{\"id\":1}\r\n{\"id\":2}\r\n")]
    [InlineData(" { \"id\" : 1 } \n\t{ \"id\" : 2 }\t")]
    public void Units_are_separated_by_a_newline_and_may_end_with_one(string frame)
    {
        var reader = new CommandReader(Wire.Json, Codec.Bytes(frame));
        Assert.Equal(ReadStatus.Unit, reader.Read(out var first));
        Assert.Equal(frame.IndexOf('\n', StringComparison.Ordinal) + 1, reader.Consumed);
        Assert.Equal(ReadStatus.Unit, reader.Read(out var second));
        Assert.Equal(frame.Length, reader.Consumed);
        Assert.Equal((1u, 2u), (first!.Id, second!.Id));
        Assert.Equal(ReadStatus.End, reader.Read(out _));
        Assert.Equal(ReadStatus.End, reader.Read(out _));
    }

    [Theory]
    [InlineData("{\"id\":1}\n\n")]
    [InlineData("{\"id\":1}\n\n{\"id\":2}")]
    [InlineData("{\"id\":1}\n {\"id\":2")]
    [InlineData("{\"id\":1}\n[]")]
    [InlineData("{\"id\":1}\n\0")]
    public void What_comes_before_a_malformed_unit_is_read_and_nothing_after_it(string frame)
    {
        var reader = new CommandReader(Wire.Json, Codec.Bytes(frame));
        Assert.Equal(ReadStatus.Unit, reader.Read(out var command));
        Assert.Equal(1u, command!.Id);
        Assert.Equal(ReadStatus.Malformed, reader.Read(out command));
        Assert.Null(command);
        Assert.Equal(9, reader.Consumed);
        Assert.Equal(ReadStatus.Malformed, reader.Read(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData(" ")]
    [InlineData("\n{}")]
    [InlineData("\uFEFF{}")]
    [InlineData("{}{}")]
    [InlineData("{} {}")]
    [InlineData("{},")]
    [InlineData("{\"id\":1}x")]
    [InlineData("{\"id\":1")]
    [InlineData("{\"id\":}")]
    [InlineData("{\"id\"}")]
    [InlineData("{\"id\":1,}")]
    [InlineData("{,}")]
    [InlineData("{'id':1}")]
    [InlineData("{id:1}")]
    [InlineData("{\"id\":1}//")]
    [InlineData("{/**/}")]
    [InlineData("{\"id\":01}")]
    [InlineData("{\"\":\"\u0001\"}")]
    [InlineData("{\"id\":1,\n\"ping\":{}}")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("\"x\"")]
    [InlineData("[{}]")]
    [InlineData("}")]
    public void What_is_not_one_object_is_malformed(string frame) => Codec.AssertMalformed(frame);

    [Fact]
    public void Invalid_UTF_8_is_malformed_wherever_it_stands()
    {
        byte[] frame = Codec.Bytes("{\"id\":1,\"rpc\":{\"data\":\"?\"}}");
        frame[Array.IndexOf(frame, (byte)'?')] = 0xFF;
        Codec.AssertMalformed(Wire.Json, frame);
    }

    [Fact]
    public void Every_cut_of_a_command_is_malformed()
    {
        string json = """{"id":7,"connect":{"token":"té","data":{"a":[1,true,null,"x"]},"subs":{"a":{"offset":5}},"headers":{"k":"v"}}}""";
        byte[] frame = Codec.Bytes(json);
        for (int length = 0; length < frame.Length; length++)
        {
            Codec.AssertMalformed(Wire.Json, frame[..length]);
        }
    }

    [Fact]
    public void An_empty_object_is_a_ping_one_way_and_a_pong_the_other()
    {
        Assert.Equal("{}"u8, WireCodec.Ping(Wire.Json).Span);
        Assert.Equal("{}"u8, WireCodec.Pong(Wire.Json).Span);
        Assert.True(Codec.ReadReply("{}").IsPing);
        Assert.Equal(CommandKind.Pong, Codec.ReadCommand("{}").Kind);
        Assert.Equal("{}", Codec.Json(new Reply()));
        Assert.Equal("{}", Codec.Json(new Command()));
    }

    [Fact]
    public void A_frame_without_replies_is_at_its_end()
    {
        var reader = new ReplyReader(Wire.Json, default);
        Assert.Equal(ReadStatus.End, reader.Read(out _));
    }

    [Fact]
    public void Blank_lines_between_replies_are_passed_over()
    {
        var reader = new ReplyReader(Wire.Json, Codec.Bytes("\n{\"id\":1}\n\r\n \n{\"id\":2}\n\n"));
        Assert.Equal(ReadStatus.Unit, reader.Read(out var reply));
        Assert.Equal(1u, reply!.Id);
        Assert.Equal(ReadStatus.Unit, reader.Read(out reply));
        Assert.Equal(2u, reply!.Id);
        Assert.Equal(ReadStatus.End, reader.Read(out _));
    }

    [Fact]
    public void A_default_reader_finds_nothing() => Assert.Equal(ReadStatus.Malformed, default(CommandReader).Read(out _));
}
