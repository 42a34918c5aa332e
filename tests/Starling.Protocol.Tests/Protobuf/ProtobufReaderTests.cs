using System.Text;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Protobuf;

/// <summary>The edges of the Protobuf wire, byte by byte.</summary>
public sealed class ProtobufReaderTests
{
    [Fact]
    public void A_zero_length_unit_is_a_ping_one_way_and_a_pong_the_other()
    {
        Assert.Equal("00", Convert.ToHexString(WireCodec.Ping(Wire.Protobuf).Span));
        Assert.Equal("00", Convert.ToHexString(WireCodec.Pong(Wire.Protobuf).Span));
        Assert.True(Codec.ReadReply(Wire.Protobuf, [0]).IsPing);
        Assert.Equal(CommandKind.Pong, Codec.ReadCommand(Wire.Protobuf, [0]).Kind);
    }

    [Fact]
    public void Units_follow_each_other_behind_their_lengths()
    {
        var reader = new CommandReader(Wire.Protobuf, Convert.FromHexString("0208010002080302"));
        Assert.Equal(ReadStatus.Unit, reader.Read(out var command));
        Assert.Equal(1u, command!.Id);
        Assert.Equal(ReadStatus.Unit, reader.Read(out command));
        Assert.Equal(0u, command!.Id);
        Assert.Equal(ReadStatus.Unit, reader.Read(out command));
        Assert.Equal(3u, command!.Id);
        Assert.Equal(ReadStatus.Malformed, reader.Read(out command));
        Assert.Null(command);
        Assert.Equal(7, reader.Consumed);
        Assert.Equal(ReadStatus.Malformed, reader.Read(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("01")]
    [InlineData("FFFFFFFF07")]
    [InlineData("FFFFFFFFFFFFFFFFFF01")]
    [InlineData("FFFFFFFFFFFFFFFFFF02")]
    [InlineData("8080808080808080808000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFF01")]
    public void A39_A_unit_longer_than_its_frame_is_malformed(string hex) => Codec.AssertMalformed(Wire.Protobuf, Convert.FromHexString(hex));

    [Theory]
    [InlineData("08", "the value is missing")]
    [InlineData("0880", "the value is cut off")]
    [InlineData("08 FFFFFFFF10", "33 bits in 32")]
    [InlineData("08 FFFFFFFFFFFFFFFFFF02", "65 bits")]
    [InlineData("08 8080808080808080808000", "eleven bytes")]
    [InlineData("0A 00", "a string for a number")]
    [InlineData("0D 01000000", "fixed32 for a varint")]
    [InlineData("09 0100000000000000", "fixed64 for a varint")]
    [InlineData("38 01", "a number for a message")]
    [InlineData("3A 02 0801", "a number for a string")]
    [InlineData("3A 05 0A01", "a message longer than what is there")]
    [InlineData("3A 02 0A05", "a string longer than its message")]
    [InlineData("3A 06 0AFFFFFFFF0F", "a string of 4 GiB")]
    [InlineData("3A 0B 0AFFFFFFFFFFFFFFFFFF01", "a string of 2^64 bytes")]
    [InlineData("3A 03 0A01FF", "invalid UTF-8")]
    [InlineData("3A 05 0A03EDA080", "an encoded surrogate")]
    [InlineData("3A 04 0A02C080", "an overlong NUL")]
    [InlineData("00 00", "field 0")]
    [InlineData("02 00", "field 0 with a length")]
    [InlineData("8080808010 00", "a field number above 2^29 - 1")]
    [InlineData("F3 07 F4 07", "a group")]
    [InlineData("F4 07", "the end of a group")]
    [InlineData("F6 07", "wire type 6")]
    [InlineData("F7 07", "wire type 7")]
    [InlineData("FA 07 05 00", "an unknown field longer than what is there")]
    [InlineData("F9 07 00", "an unknown fixed64 cut off")]
    [InlineData("FD 07 00", "an unknown fixed32 cut off")]
    [InlineData("F8 07 80", "an unknown varint cut off")]
    [InlineData("22 04 1A 02 0A 05", "a map entry cut off")]
    [InlineData("22 04 32 02 12 05", "a map value cut off")]
    public void A40_A_malformed_message_is_refused(string hex, string because) =>
        Assert.Equal((because, ReadStatus.Malformed), (because, new CommandReader(Wire.Protobuf, Codec.Unit(hex)).Read(out _)));

    [Fact]
    public void Every_cut_of_a_command_is_malformed()
    {
        byte[] frame = Codec.Write(Wire.Protobuf, new MessageGenerator(new Random(21)).Command());
        for (int length = 0; length < frame.Length; length++)
        {
            Codec.AssertMalformed(Wire.Protobuf, frame[..length]);
        }
    }

    [Fact]
    public void Unknown_fields_are_passed_over()
    {
        var command = Codec.ReadCommand(Wire.Protobuf, Codec.Unit(
            "F807 FFFFFFFFFFFFFFFFFF01  F907 0102030405060708  FA07 03 010203  FD07 01020304  10 05  1A 01 00  08 02  F8FFFFFF0F 01"));
        Assert.Equal(2u, command.Id);
    }

    [Fact]
    public void Numbers_may_take_more_bytes_than_needed() =>
        Assert.Equal(1u, Codec.ReadCommand(Wire.Protobuf, Codec.Unit("08 81808080808080808000")).Id);

    [Fact]
    public void A_repeated_message_merges_and_a_repeated_value_replaces()
    {
        var command = Codec.ReadCommand(Wire.Protobuf, Codec.Unit("08 01  3A 05 0A01 61 1200  08 02  3A 03 1201 62  3A 03 0A01 63"));
        Assert.Equal((2u, "c", "b"), (command.Id, command.Publish!.Channel, Encoding.UTF8.GetString(command.Publish.Data.Span)));
    }

    [Fact]
    public void Of_equal_map_keys_the_last_one_stays()
    {
        var headers = Codec.ReadCommand(Wire.Protobuf, Codec.Unit("22 18  32 06 0A0161 120131  32 06 0A0161 120132  32 06 120133 0A0162")).Connect!.Headers!;
        Assert.Equal(("2", "3", 2), (headers["a"], headers["b"], headers.Count));
    }

    [Fact]
    public void A_map_entry_may_lack_key_and_value()
    {
        var connect = Codec.ReadCommand(Wire.Protobuf, Codec.Unit("22 04  1A 00 32 00")).Connect!;
        Assert.Equal("", Assert.Single(connect.Headers!).Value);
        MessageComparison.AssertSame(new SubscribeRequest(), connect.Subs![""]);
    }

    [Theory]
    [InlineData(-1, "FFFFFFFFFFFFFFFFFF01")]
    [InlineData(int.MinValue, "80808080F8FFFFFFFF01")]
    [InlineData(int.MaxValue, "FFFFFFFF07")]
    public void A_negative_number_takes_ten_bytes(int limit, string varint)
    {
        var command = new Command { Id = 1, History = new HistoryRequest { Limit = limit } };
        byte[] frame = Codec.Write(Wire.Protobuf, command);
        Assert.EndsWith($"38{varint}", Convert.ToHexString(frame), StringComparison.Ordinal);
        Assert.Equal(limit, Codec.ReadCommand(Wire.Protobuf, frame).History!.Limit);
    }

    [Theory]
    [InlineData("80808080F8FFFFFFFF01", true)]
    [InlineData("FFFFFFFFF7FFFFFFFF01", false)]
    [InlineData("8080808008", false)]
    public void A42_A_32_bit_number_is_exact_or_refused(string varint, bool fits)
    {
        byte[] message = Convert.FromHexString("38" + varint);
        byte[] unit = [(byte)(message.Length + 2), 0x52, (byte)message.Length, .. message];
        Assert.Equal(fits ? ReadStatus.Unit : ReadStatus.Malformed, new CommandReader(Wire.Protobuf, unit).Read(out _));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(-1, "6801")]
    [InlineData(1, "6802")]
    [InlineData(long.MaxValue, "68FEFFFFFFFFFFFFFFFF01")]
    [InlineData(long.MinValue, "68FFFFFFFFFFFFFFFFFF01")]
    public void A_score_is_written_in_zigzag_form(long score, string field)
    {
        var reply = new Reply { Push = new Push { Pub = new Publication { Score = score } } };
        Assert.EndsWith($"22{field.Length / 2:X2}{field}", Codec.Hex(reply), StringComparison.Ordinal);
        Assert.Equal(score, Codec.ReadReply(Wire.Protobuf, Codec.Write(Wire.Protobuf, reply)).Push!.Pub!.Score);
    }

    [Fact]
    public void Bytes_are_slices_of_the_frame()
    {
        byte[] frame = Codec.Unit("3A 03 1201 62");
        var data = Codec.ReadCommand(Wire.Protobuf, frame).Publish!.Data;
        frame[^1] = (byte)'x';
        Assert.Equal((byte)'x', data.Span[0]);
    }
}
