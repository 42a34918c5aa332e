using System.Text;
using Starling.Server.Bench.Frames;
using Starling.WebSockets;

namespace Starling.Server.Tests.Bench;

public sealed class FrameTests
{
    [Theory]
    [InlineData(new byte[] { 0x81, 0x05 }, Opcode.Text, true, 2, 5)]
    [InlineData(new byte[] { 0x82, 0x7D }, Opcode.Binary, true, 2, 125)]
    [InlineData(new byte[] { 0x82, 0x7E, 0x01, 0x00 }, Opcode.Binary, true, 4, 256)]
    [InlineData(new byte[] { 0x01, 0x7E, 0xFF, 0xFF }, Opcode.Text, false, 4, 65535)]
    [InlineData(new byte[] { 0x80, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0 }, Opcode.Continuation, true, 10, 65536)]
    [InlineData(new byte[] { 0x88, 0x00 }, Opcode.Close, true, 2, 0)]
    internal void Every_form_of_length_is_read(byte[] bytes, Opcode kind, bool isFinal, int headerLength, int payloadLength)
    {
        Assert.True(FrameHeader.TryRead(bytes, out var header));
        Assert.Equal(new FrameHeader(kind, isFinal, headerLength, payloadLength), header);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0x81 })]
    [InlineData(new byte[] { 0x81, 0x7E, 0x01 })]
    [InlineData(new byte[] { 0x81, 0x7F, 0, 0, 0, 0, 0, 1, 0 })]
    public void A_header_that_has_not_come_completely_waits(byte[] bytes) => Assert.False(FrameHeader.TryRead(bytes, out _));

    [Theory]
    [InlineData(new byte[] { 0x81, 0x85 })]
    [InlineData(new byte[] { 0x81, 0x7F, 0x80, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x81, 0x7F, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF })]
    public void What_no_server_may_send_ends_the_run(byte[] bytes) =>
        Assert.Throws<InvalidDataException>(() => FrameHeader.TryRead(bytes, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65535)]
    [InlineData(65536)]
    public void A_masked_frame_unmasks_to_its_payload(int length)
    {
        var payload = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26))));
        var frame = new byte[length + MaskedFrame.HeaderBytesMax];

        var written = MaskedFrame.Write(frame, Opcode.Text, payload);

        frame[1] &= 0x7F;   // read as a server's frame whose payload begins with the mask
        Assert.True(FrameHeader.TryRead(frame, out var header));
        Assert.Equal(length, header.PayloadLength);
        Assert.Equal(header.Length + 4, written);
        var mask = frame.AsSpan(header.HeaderLength, 4).ToArray();
        var unmasked = frame.AsSpan(header.HeaderLength + 4, length).ToArray().Select((one, i) => (byte)(one ^ mask[i % 4]));
        Assert.Equal(payload, unmasked);
        Assert.All(mask, one => Assert.NotEqual(0, one));   // a zero mask lets some servers skip the work
    }
}
