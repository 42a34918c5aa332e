using System.Text;
using Starling.Tests.WebSockets.Peer;
using Starling.Transports;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

/// <summary>Frames that break a rule. Every answer is the same kind: a Close frame with the right code, then FIN, never a reset.</summary>
public sealed class FramingAttackTests
{
    private static async Task<TestConnection> FeedAsync(params TestFrame[] frames)
    {
        var connection = new TestConnection(handler: new RecordingHandler { Echoes = true });
        await connection.FeedAsync(frames);
        return connection;
    }

    [Theory]
    [InlineData(9, 4)]
    [InlineData(10, 4)]
    [InlineData(8, 4)]
    [InlineData(1, 2)]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(1, 7)]
    [InlineData(9, 1)]
    public async Task A12_A_reserved_bit_nobody_agreed_on_closes_with_1002(int opcode, int rsv)
    {
        var connection = new TestConnection(TestConnection.WithDeflate);
        await connection.FeedAsync(new TestFrame { Opcode = opcode, Rsv = rsv });
        connection.AssertFailed(1002);
    }

    [Fact]
    public async Task A12_RSV1_without_deflate_closes_with_1002()
    {
        (await FeedAsync(TestFrame.Text("x").Compressed())).AssertFailed(1002);
    }

    [Fact]
    public async Task A12_RSV1_on_a_continuation_closes_with_1002()
    {
        var connection = new TestConnection(TestConnection.WithDeflate);
        await connection.FeedAsync(TestFrame.Text("x").NotFinal(), TestFrame.Continuation([0]).Compressed());
        connection.AssertFailed(1002);
    }

    [Fact]
    public async Task A13_An_unmasked_client_frame_closes_with_1002_at_its_second_byte()
    {
        var connection = new TestConnection();
        var bytes = TestFrame.Text("hello").Unmasked().Encode();
        await connection.FeedAsync(bytes[..1]);
        Assert.Empty(connection.Output.Bytes);
        await connection.FeedAsync(bytes[1..2]);
        connection.AssertFailed(1002);
        Assert.Empty(connection.Handler.Events);
    }

    [Fact]
    public async Task A13_A_client_fails_the_connection_on_a_masked_server_frame()
    {
        var connection = new TestConnection(role: WebSocketRole.Client);
        await connection.FeedAsync(TestFrame.Text("hello"));
        connection.AssertFailed(1002);
    }

    [Theory]
    [InlineData(0, LengthForm.Bits16)]
    [InlineData(125, LengthForm.Bits16)]
    [InlineData(0, LengthForm.Bits64)]
    [InlineData(126, LengthForm.Bits64)]
    [InlineData(65535, LengthForm.Bits64)]
    public async Task A14_A_length_not_in_its_shortest_form_closes_with_1002(int length, LengthForm form)
    {
        (await FeedAsync(TestFrame.Binary(new byte[length]) with { Length = form })).AssertFailed(1002);
    }

    [Theory]
    [InlineData(1UL << 63, 1002)]
    [InlineData(ulong.MaxValue, 1002)]
    [InlineData(1UL << 62, 1009)]
    [InlineData(65537UL, 1009)]
    public async Task A15_A_huge_length_closes_on_the_header_alone_and_allocates_nothing(ulong length, int code)
    {
        var connection = new TestConnection();
        var header = (TestFrame.Binary([]) with { ClaimedLength = length }).Encode();
        Assert.Equal(14, header.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await connection.FeedAsync(header);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, OutputBatch.BytesMax + 32 * 1024);   // the batch is the thread's
        connection.AssertFailed(code);
    }

    [Fact]
    public async Task A15_A_length_within_the_limit_allocates_only_what_arrives()
    {
        var connection = new TestConnection(new WebSocketSettings { MessageBytesMax = 1 << 30 });
        var header = (TestFrame.Binary([]) with { ClaimedLength = 1 << 30 }).Encode();
        var before = GC.GetAllocatedBytesForCurrentThread();
        await connection.FeedAsync([.. header, 1, 2, 3]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 * 1024);
        Assert.Empty(connection.Output.Bytes);
    }

    [Theory]
    [InlineData(1000, null)]
    [InlineData(1001, 1009)]
    public async Task A16_One_frame_may_have_the_limit_and_not_a_byte_more(int size, int? code)
    {
        var connection = new TestConnection(new WebSocketSettings { MessageBytesMax = 1000 });
        await connection.FeedAsync(TestFrame.Binary(new byte[size]));
        Assert.Equal(code is null ? 1 : 0, connection.Handler.Events.Count);
        if (code is not null) connection.AssertFailed(code.Value);
    }

    [Theory]
    [InlineData(400, null)]
    [InlineData(401, 1009)]
    public async Task A16_The_sum_of_fragments_may_have_the_limit_and_not_a_byte_more(int last, int? code)
    {
        var connection = new TestConnection(new WebSocketSettings { MessageBytesMax = 1000 });
        await connection.FeedAsync(
            TestFrame.Binary(new byte[300]).NotFinal(), TestFrame.Continuation(new byte[300]).NotFinal(), TestFrame.Continuation(new byte[last]));
        Assert.Equal(code is null ? 1 : 0, connection.Handler.Events.Count);
        if (code is not null) connection.AssertFailed(code.Value);
    }

    [Fact]
    public async Task A17_Answers_to_good_messages_leave_before_the_close_frame()
    {
        var connection = await FeedAsync(TestFrame.Text("good 1"), TestFrame.Text("good 2"), TestFrame.Text("bad") with { Opcode = 3 }, TestFrame.Text("late"));
        Assert.Equal(["good 1", "good 2"], connection.Sent.Where(frame => frame.Opcode == 1).Select(frame => frame.Text));
        connection.AssertFailed(1002);
        Assert.False(connection.Run.IsCompleted);
        var info = await connection.EndAsync();
        Assert.Equal((1002, CloseOrigin.ProtocolError, false), (info.Code, info.Origin, info.IsClean));
        Assert.Equal(2, connection.Handler.Events.Count);
    }

    [Fact]
    public async Task A17_A_peer_that_does_not_end_its_side_is_left_after_one_second()
    {
        var connection = await FeedAsync(TestFrame.Text("bad") with { Opcode = 3 });
        await connection.FeedAsync(new byte[100_000]);   // read and thrown away
        connection.Pass(TimeSpan.FromMilliseconds(999));
        Assert.False(connection.Run.IsCompleted);
        connection.Pass(TimeSpan.FromMilliseconds(1));
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.False(connection.Output.IsAborted);
    }

    [Theory]
    [InlineData("C0 80")]
    [InlineData("C1 BF")]
    [InlineData("80")]
    [InlineData("E0 9F")]
    [InlineData("ED A0")]
    [InlineData("F0 8F")]
    [InlineData("F4 90")]
    [InlineData("F5")]
    [InlineData("FF")]
    [InlineData("CE BA E1 BD B9 CF 83 CE BC CE B5 ED A0 80 65 64")]
    public async Task A18_Bad_UTF8_closes_with_1007_at_the_bad_byte_although_the_message_goes_on(string hex)
    {
        var bad = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        await AssertFailsFastAsync(bad, frame => [frame.NotFinal()]);
        await AssertFailsFastAsync(bad, frame => [frame with { ClaimedLength = 60_000 }]);
        await AssertFailsFastAsync(bad, frame => frame.Payload.Select((b, i) => new TestFrame { Opcode = i == 0 ? 1 : 0, Fin = false, Payload = [b] }));
    }

    private static async Task AssertFailsFastAsync(byte[] bad, Func<TestFrame, IEnumerable<TestFrame>> form)
    {
        var connection = new TestConnection();
        var frame = TestFrame.Text([.. "Hello-µ@ßöäüàá-UTF-8!!"u8, .. bad]);
        await connection.FeedAsync([.. form(frame)]);
        connection.AssertFailed(1007);
        Assert.Empty(connection.Handler.Events);
    }

    [Fact]
    public async Task A18_A_cut_character_is_bad_only_at_the_end_of_the_message()
    {
        var euro = "€"u8.ToArray();
        var connection = await FeedAsync(TestFrame.Text(euro[..2]).NotFinal(), TestFrame.Continuation([]).NotFinal());
        Assert.Empty(connection.Output.Bytes);
        await connection.FeedAsync(TestFrame.Continuation(euro[2..]));
        Assert.Equal(["Text:€"], connection.Handler.Events);
        await connection.FeedAsync(TestFrame.Text(euro[..2]));
        connection.AssertFailed(1007);
    }

    [Fact]
    public async Task A18_Bad_UTF8_in_a_close_reason_closes_with_1007()
    {
        (await FeedAsync(TestFrame.Close(1000) with { Payload = [0x03, 0xE8, 0xED, 0xA0, 0x80] })).AssertFailed(1007);
    }

    [Fact]
    public async Task A18_Binary_messages_may_hold_any_bytes()
    {
        var connection = await FeedAsync(TestFrame.Binary([0xFF, 0xC0]));
        Assert.Equal(["Binary:FFC0"], connection.Handler.Events);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task A19_A_control_frame_that_is_long_or_fragmented_closes_with_1002(int opcode)
    {
        (await FeedAsync(new TestFrame { Opcode = opcode, Payload = new byte[126] })).AssertFailed(1002);
        (await FeedAsync(new TestFrame { Opcode = opcode, Fin = false })).AssertFailed(1002);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public async Task A20_A_reserved_opcode_closes_with_1002(int opcode)
    {
        (await FeedAsync(new TestFrame { Opcode = opcode })).AssertFailed(1002);
    }

    [Fact]
    public async Task A21_Fragments_out_of_order_close_with_1002()
    {
        (await FeedAsync(TestFrame.Continuation([1]))).AssertFailed(1002);
        (await FeedAsync(TestFrame.Continuation([1]).NotFinal())).AssertFailed(1002);
        (await FeedAsync(TestFrame.Text("a").NotFinal(), TestFrame.Text("b"))).AssertFailed(1002);
        (await FeedAsync(TestFrame.Text("a").NotFinal(), TestFrame.Binary([1]).NotFinal())).AssertFailed(1002);
        (await FeedAsync(TestFrame.Text("a").NotFinal(), TestFrame.Continuation([98]), TestFrame.Continuation([99]))).AssertFailed(1002);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(999)]
    [InlineData(1004)]
    [InlineData(1005)]
    [InlineData(1006)]
    [InlineData(1015)]
    [InlineData(1016)]
    [InlineData(2000)]
    [InlineData(2999)]
    [InlineData(5000)]
    [InlineData(65535)]
    public async Task A22_A_close_code_that_must_not_travel_closes_with_1002(int code)
    {
        (await FeedAsync(TestFrame.Close(code))).AssertFailed(1002);
    }

    [Fact]
    public async Task A22_A_close_of_one_byte_closes_with_1002()
    {
        (await FeedAsync(TestFrame.Close(1000) with { Payload = [3] })).AssertFailed(1002);
    }

    [Fact]
    public async Task A23_Empty_fragments_for_ever_close_with_1008_after_1024()
    {
        var connection = await FeedAsync([TestFrame.Text("").NotFinal(), .. Enumerable.Repeat(TestFrame.Continuation([]).NotFinal(), 1023)]);
        Assert.Empty(connection.Output.Bytes);
        await connection.FeedAsync(TestFrame.Continuation([]).NotFinal());
        connection.AssertFailed(1008);
    }

    [Fact]
    public async Task A23_A_message_of_1024_fragments_is_good()
    {
        var connection = await FeedAsync([TestFrame.Text("a").NotFinal(), .. Enumerable.Repeat(TestFrame.Continuation("b"u8.ToArray()).NotFinal(), 1022), TestFrame.Continuation([99])]);
        Assert.Equal(["Text:a" + new string('b', 1022) + "c"], connection.Handler.Events);
    }

    [Fact]
    public async Task A24_A_message_that_is_never_finished_closes_with_1008_after_30_seconds()
    {
        var connection = await FeedAsync(TestFrame.Text("a").NotFinal());
        for (var second = 1; second < 30; second++)
        {
            connection.Pass(TimeSpan.FromSeconds(1));
            await connection.FeedAsync(TestFrame.Continuation([98]).NotFinal());
        }
        Assert.Empty(connection.Output.Bytes);
        connection.Pass(TimeSpan.FromSeconds(1));
        connection.AssertFailed(1008);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    public async Task A24_A_header_or_control_frame_that_stops_midway_closes_with_1008_after_30_seconds(int bytes)
    {
        var connection = new TestConnection();
        await connection.FeedAsync(TestFrame.Ping("0123456789").Encode()[..bytes]);
        connection.Pass(TimeSpan.FromMilliseconds(29_999));
        Assert.Empty(connection.Output.Bytes);
        connection.Pass(TimeSpan.FromMilliseconds(1));
        connection.AssertFailed(1008);
    }

    [Fact]
    public async Task A24_A_busy_stream_that_is_always_cut_inside_a_message_is_no_slow_message()
    {
        var connection = new TestConnection();
        var bytes = TestFrame.Text("tick").Encode();
        await connection.FeedAsync(bytes[..5]);
        for (var second = 0; second < 60; second++)
        {
            connection.Pass(TimeSpan.FromSeconds(1));
            await connection.FeedAsync([.. bytes[5..], .. bytes[..5]]);
        }
        Assert.Equal(60, connection.Handler.Events.Count);
        Assert.Empty(connection.Output.Bytes);
    }

    [Fact]
    public async Task Nothing_is_watched_while_nothing_is_midway()
    {
        var connection = await FeedAsync(TestFrame.Text("a"));
        Assert.Equal(long.MaxValue, connection.Session.NextDeadline);
        await connection.FeedAsync(TestFrame.Text("b").NotFinal());
        Assert.NotEqual(long.MaxValue, connection.Session.NextDeadline);
        await connection.FeedAsync(TestFrame.Continuation(Encoding.UTF8.GetBytes("c")));
        Assert.Equal(long.MaxValue, connection.Session.NextDeadline);
    }
}
