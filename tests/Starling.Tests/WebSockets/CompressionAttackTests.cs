using System.Text;
using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

public sealed class CompressionAttackTests
{
    private static readonly byte[] s_hello = "Hello"u8.ToArray();

    private static async Task<TestConnection> FeedAsync(params TestFrame[] frames)
    {
        var connection = new TestConnection(TestConnection.WithDeflate);
        await connection.FeedAsync(frames);
        return connection;
    }

    [Theory]
    [InlineData("f2 48 cd c9 c9 07 00", "7.2.3.1: one compressed block")]
    [InlineData("00 05 00 fa ff 48 65 6c 6c 6f 00", "7.2.3.3: a stored block")]
    [InlineData("f3 48 cd c9 c9 07 00 00", "7.2.3.4: BFINAL set")]
    [InlineData("f2 48 05 00 00 00 ff ff ca c9 c9 07 00", "7.2.3.5: two blocks")]
    [InlineData("f3 48 cd c9 c9 07 00", "BFINAL set and nothing behind it")]
    [InlineData("00 00 00 ff ff 00 00 00 ff ff f2 48 cd c9 c9 07 00", "empty stored blocks first")]
    [InlineData("02 00 00 00 ff ff f2 48 cd c9 c9 07 00", "an empty fixed block first")]
    public async Task A31_The_examples_of_RFC_7692_decode(string hex, string which)
    {
        var payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var whole = await FeedAsync(TestFrame.Text(payload).Compressed());
        Assert.Equal(["Text:Hello"], whole.Handler.Events);
        var fragmented = new TestConnection(TestConnection.WithDeflate);
        for (var i = 0; i < payload.Length; i++)
        {
            await fragmented.FeedAsync(new TestFrame
            {
                Opcode = i == 0 ? 1 : 0,
                Rsv = i == 0 ? 4 : 0,
                Fin = i == payload.Length - 1,
                Payload = [payload[i]],
            });
        }
        Assert.Equal(["Text:Hello"], fragmented.Handler.Events);
        Assert.NotEmpty(which);
    }

    [Fact]
    public async Task A31_A_final_block_may_be_followed_by_more()
    {
        var connection = await FeedAsync(TestFrame.Text([.. Deflated.Final(s_hello), .. Deflated.Message(s_hello)]).Compressed());
        Assert.Equal(["Text:HelloHello"], connection.Handler.Events);
    }

    [Fact]
    public async Task A31_Empty_messages_and_plain_messages_mix_with_compressed_ones()
    {
        var connection = await FeedAsync(
            TestFrame.Text([0]).Compressed(), TestFrame.Text([]).Compressed(), TestFrame.Text("plain"), TestFrame.Text([]), TestFrame.Text(Deflated.Message(s_hello)).Compressed());
        Assert.Equal(["Text:", "Text:", "Text:plain", "Text:", "Text:Hello"], connection.Handler.Events);
    }

    [Fact]
    public async Task A31_Endless_empty_blocks_cost_what_they_weigh()
    {
        // 60,000 bytes of empty fixed blocks: ten bits each, no output.
        var bits = string.Concat(Enumerable.Repeat("0100000000", 48_000));
        var payload = Enumerable.Range(0, 60_000).Select(i => (byte)Enumerable.Range(0, 8).Sum(n => (bits[i * 8 + n] - '0') << n)).ToArray();
        var connection = await FeedAsync(TestFrame.Binary([.. payload, 0]).Compressed());
        Assert.Equal(["Binary:"], connection.Handler.Events);
    }

    [Theory]
    [InlineData(640 * 1024, null)]
    [InlineData(640 * 1024 + 1, 1009)]
    [InlineData(6_000_000, 1009)]
    public async Task A32_Inflated_a_message_may_have_the_limit_and_not_a_byte_more(int size, int? code)
    {
        var connection = await FeedAsync(TestFrame.Binary(Deflated.Message(new byte[size])).Compressed());
        Assert.Equal(code is null ? 1 : 0, connection.Handler.Events.Count);
        if (code is not null) connection.AssertFailed(code.Value);
    }

    [Fact]
    public async Task A33_A_bomb_spread_over_fragments_closes_with_1009()
    {
        var bomb = Deflated.Message(new byte[6_000_000]);
        var connection = await FeedAsync([.. bomb.Chunk(100).Select((part, i) => new TestFrame
        {
            Opcode = i == 0 ? 2 : 0, Rsv = i == 0 ? 4 : 0, Fin = (i + 1) * 100 >= bomb.Length, Payload = part,
        })]);
        connection.AssertFailed(1009);
    }

    [Fact]
    public async Task A33_A_message_that_reaches_back_into_the_one_before_closes_with_1007()
    {
        var random = new Random(33);
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(_ => (char)random.Next('a', 'z'))));
        var messages = Deflated.Stream([text, text]);
        Assert.True(messages[1].Length < 20);   // it is little but a reference to the first
        var connection = await FeedAsync([.. messages.Select(message => TestFrame.Text(message).Compressed())]);
        Assert.Single(connection.Handler.Events);
        connection.AssertFailed(1007);
    }

    [Fact]
    public void A36_Compression_is_chosen_per_message_and_a_plain_frame_stays_plain()
    {
        var secret = Encoding.UTF8.GetBytes("token=" + new string('s', 1000));
        var plain = SimpleParser.ParseAll(FrameWriter.Prepare(Opcode.Text, secret))[0];
        Assert.Equal(0, plain.Rsv);
        Assert.Equal(secret, plain.Payload);
        var compressed = SimpleParser.ParseAll(FrameWriter.PrepareCompressed(Opcode.Text, secret)!)[0];
        Assert.Equal(4, compressed.Rsv);
        Assert.Equal(secret, Deflated.Inflate(compressed.Payload));
    }

    [Theory]
    [InlineData("ff ff ff", "a reserved block type")]
    [InlineData("f2 48 cd c9", "cut short")]
    [InlineData("00 05 00 fa ff 48 65", "a stored block cut short")]
    [InlineData("00 05 00 05 00 48 65 6c 6c 6f 00", "a stored block whose lengths disagree")]
    [InlineData("f2 48 cd c9 c9 07 00 ff ff ff", "bytes behind the end")]
    [InlineData("f3 48 cd c9 c9 07 00 ff", "bytes behind a final block")]
    [InlineData("02 02 00", "a distance before the start")]
    [InlineData("ed c0 01 01", "too many codes")]
    public async Task A37_Garbage_closes_with_1007(string hex, string which)
    {
        var payload = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var connection = await FeedAsync(TestFrame.Text("good before"), TestFrame.Binary(payload).Compressed());
        Assert.Equal(["Text:good before"], connection.Handler.Events);
        connection.AssertFailed(1007);
        Assert.NotEmpty(which);
    }

    [Fact]
    public async Task A37_A_neighbour_that_uses_the_same_inflater_afterwards_is_not_affected()
    {
        await FeedAsync(TestFrame.Binary([0xFF, 0xFF]).Compressed());
        await FeedAsync(TestFrame.Binary([0xF2, 0x48]).Compressed());
        await FeedAsync(TestFrame.Binary([0x00, 0x05]).Compressed().NotFinal());
        var connection = await FeedAsync(TestFrame.Text(Deflated.Message(s_hello)).Compressed());
        Assert.Equal(["Text:Hello"], connection.Handler.Events);
    }

    [Fact]
    public async Task A18_Bad_UTF8_in_a_compressed_message_closes_with_1007_while_it_still_arrives()
    {
        byte[] text = [.. Encoding.ASCII.GetBytes(new string('a', 100)), 0xED, 0xA0, 0x80];
        var payload = Deflated.Message([.. text, .. new byte[5000]]);
        var connection = new TestConnection(TestConnection.WithDeflate);
        await connection.FeedAsync(TestFrame.Text(payload[..^1]).Compressed().NotFinal());
        connection.AssertFailed(1007);
    }
}
