using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

public sealed class CloseTests
{
    private static readonly TimeSpan s_moment = TimeSpan.FromTicks(1);

    [Theory]
    [InlineData(1000, "")]
    [InlineData(1001, "going away")]
    [InlineData(1003, "")]
    [InlineData(1007, "")]
    [InlineData(1011, "")]
    [InlineData(1014, "")]
    [InlineData(3000, "")]
    [InlineData(4999, "Grüße")]
    public async Task The_peers_close_is_answered_with_the_same_code(int code, string reason)
    {
        var connection = new TestConnection();
        await connection.FeedAsync(TestFrame.Close(code, reason));
        Assert.Equal(code, connection.LastSent.CloseCode);
        Assert.True(connection.Output.IsShutDown);
        var info = await connection.EndAsync();
        Assert.Equal(new WebSocketCloseInfo((ushort)code, reason, CloseOrigin.Peer, IsClean: true), info);
    }

    [Fact]
    public async Task A_close_without_code_is_answered_without_code()
    {
        var connection = new TestConnection();
        await connection.FeedAsync(TestFrame.EmptyClose());
        Assert.Empty(connection.LastSent.Payload);
        Assert.Equal(new WebSocketCloseInfo(1005, "", CloseOrigin.Peer, IsClean: true), await connection.EndAsync());
    }

    [Fact]
    public async Task A_close_reason_of_123_bytes_is_read_whole()
    {
        var connection = new TestConnection();
        await connection.FeedAsync(TestFrame.Close(1000, new string('*', 123)));
        Assert.Equal(new string('*', 123), (await connection.EndAsync()).Reason);
    }

    [Fact]
    public async Task Our_close_comes_after_all_frames_and_the_peers_answer_ends_it()
    {
        var connection = new TestConnection();
        connection.Output.Block();
        for (var i = 0; i < 100; i++) connection.Handler.Send(FrameWriter.Prepare(Opcode.Text, "frame"u8));
        connection.Session.Close(3000, "shutdown");
        connection.Output.Unblock();
        Assert.Equal(101, connection.Sent.Count);
        Assert.Equal((3000, "shutdown"), (connection.LastSent.CloseCode, connection.LastSent.CloseReason));
        Assert.False(connection.Output.IsShutDown);
        await connection.FeedAsync(TestFrame.Close(3000));
        Assert.True(connection.Output.IsShutDown);
        Assert.Equal(new WebSocketCloseInfo(3000, "shutdown", CloseOrigin.Local, IsClean: true), await connection.EndAsync());
    }

    [Fact]
    public async Task After_our_close_messages_are_ignored_and_the_first_close_wins()
    {
        var connection = new TestConnection(handler: new RecordingHandler { Echoes = true });
        connection.Session.Close(3000, "first");
        connection.Session.Close(3001, "second");
        await connection.FeedAsync(TestFrame.Text("too late"), TestFrame.Ping("too late"), TestFrame.Close(4000));
        Assert.Equal([3000], connection.Sent.Select(frame => frame.CloseCode));
        Assert.DoesNotContain("Text:too late", connection.Handler.Events);
        Assert.Equal(3000, (await connection.EndAsync()).Code);
    }

    [Fact]
    public async Task A45_A_peer_that_goes_on_sending_after_our_close_is_dropped_after_a_megabyte()
    {
        var connection = new TestConnection();
        connection.Session.Close(3000, "bye");
        for (var i = 0; i < 17; i++) await connection.FeedAsync(TestFrame.Text(new string('*', 60_000)));
        Assert.False(connection.Run.IsCompleted);
        await connection.FeedAsync(TestFrame.Text(new string('*', 60_000)));
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(connection.Output.IsAborted);
        Assert.Equal((ushort?)3000, connection.Handler.Closed?.Code);
    }

    [Fact]
    public async Task A_broken_frame_while_we_wait_for_the_peers_close_ends_the_wait()
    {
        var connection = new TestConnection();
        connection.Session.Close(3000, "bye");
        await connection.FeedAsync(TestFrame.Text("x") with { Opcode = 5 });
        Assert.True(connection.Output.IsShutDown);
        Assert.Single(connection.Sent);
        Assert.Equal(new WebSocketCloseInfo(3000, "bye", CloseOrigin.Local, IsClean: false), await connection.EndAsync());
    }

    [Fact]
    public async Task A26_Data_after_a_close_and_a_second_close_are_ignored_and_the_connection_ends_within_two_seconds()
    {
        var connection = new TestConnection();
        await connection.FeedAsync(TestFrame.Close(1000), TestFrame.Text("late"), TestFrame.Ping(), TestFrame.Close(1001), TestFrame.Text("x") with { Opcode = 7 });
        await connection.FeedAsync(TestFrame.Text("later"));
        Assert.Equal([8], connection.Sent.Select(frame => frame.Opcode));
        Assert.Equal(1000, connection.LastSent.CloseCode);
        Assert.Empty(connection.Handler.Events);
        Assert.False(connection.Run.IsCompleted);
        connection.Pass(TimeSpan.FromSeconds(2));
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(new WebSocketCloseInfo(1000, "", CloseOrigin.Peer, IsClean: true), connection.Handler.Closed);
    }

    [Fact]
    public async Task A26_A_carrier_that_cannot_half_close_ends_at_once_when_nothing_followed_the_close()
    {
        var connection = new TestConnection(canHalfClose: false);
        await connection.FeedAsync(TestFrame.Close(1000));
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(connection.Handler.Closed?.IsClean);
    }

    [Fact]
    public async Task A26_A_carrier_that_cannot_half_close_reads_on_for_a_second_when_something_followed_the_close()
    {
        var connection = new TestConnection(canHalfClose: false);
        await connection.FeedAsync(TestFrame.Close(1000), TestFrame.Text("late"));
        Assert.False(connection.Run.IsCompleted);
        connection.Pass(TimeSpan.FromSeconds(1));
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A27_A_peer_that_never_answers_our_close_is_left_after_five_seconds()
    {
        var connection = new TestConnection();
        connection.Session.Close(3000, "bye");
        connection.Pass(TimeSpan.FromSeconds(5) - s_moment);
        Assert.False(connection.Run.IsCompleted);
        connection.Pass(s_moment);
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(connection.Output.IsShutDown);
        Assert.Equal(new WebSocketCloseInfo(3000, "bye", CloseOrigin.Local, IsClean: false), connection.Handler.Closed);
    }

    [Fact]
    public async Task A27_A_peer_that_does_not_even_take_our_close_is_dropped_after_five_seconds()
    {
        var connection = new TestConnection();
        connection.Output.Block();
        connection.Handler.Send(FrameWriter.Prepare(Opcode.Text, "stuck"u8));
        Assert.True(connection.Session.IsWriteBlocked);
        connection.Session.Close(3000, "bye");
        connection.Pass(TimeSpan.FromSeconds(5) - s_moment);
        Assert.False(connection.Output.IsAborted);
        connection.Pass(s_moment);
        Assert.True(connection.Output.IsAborted);
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_lost_connection_is_told_once_with_1006()
    {
        var connection = new TestConnection();
        await connection.FeedAsync(TestFrame.Text("half").NotFinal());
        Assert.Equal(new WebSocketCloseInfo(1006, "", CloseOrigin.ConnectionLost, IsClean: false), await connection.EndAsync());
        connection.Session.Close(1000, "");
        connection.Session.Abort();
        Assert.Empty(connection.Output.Bytes);
    }

    [Fact]
    public async Task An_aborted_connection_ends_at_once()
    {
        var connection = new TestConnection();
        connection.Session.Abort();
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(connection.Output.IsAborted);
        Assert.Equal(CloseOrigin.Aborted, connection.Handler.Closed?.Origin);
        Assert.Equal(long.MaxValue, connection.Session.NextDeadline);
    }

    [Fact]
    public async Task A_connection_that_is_lost_while_a_message_is_handled_is_told_at_once_and_the_payload_stays_valid()
    {
        var gate = new TaskCompletionSource();
        var seen = "";
        var handler = new RecordingHandler { OnMessage = (_, payload) => new ValueTask(LookLaterAsync(payload)) };
        var connection = new TestConnection(handler: handler);
        await connection.FeedAsync(TestFrame.Text("still here"));
        connection.Session.Abort();
        await TestKit.Eventually.IsTrueAsync(() => handler.Closed is not null, "the end to be told");
        Assert.False(connection.Run.IsCompleted);
        gate.SetResult();
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal("still here", seen);

        async Task LookLaterAsync(ReadOnlyMemory<byte> payload)
        {
            await gate.Task;
            seen = System.Text.Encoding.UTF8.GetString(payload.Span);
        }
    }

    [Fact]
    public async Task A_client_waits_for_the_servers_fin_and_not_longer_than_a_second()
    {
        var connection = new TestConnection(role: WebSocketRole.Client);
        connection.Session.Close(1000, "bye");
        await connection.FeedAsync(TestFrame.Close(1000).Unmasked());
        Assert.False(connection.Output.IsShutDown);
        Assert.False(connection.Run.IsCompleted);
        connection.Pass(TimeSpan.FromSeconds(1));
        await connection.Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.True(connection.Handler.Closed?.IsClean);
    }

    [Fact]
    public void A28_An_odd_close_reason_is_sent_as_valid_text()
    {
        var connection = new TestConnection();
        connection.Session.Close(3000, "lone " + (char)0xD800 + " surrogate");
        Assert.Equal("lone \ufffd surrogate", connection.LastSent.CloseReason);
    }

    [Fact]
    public void A28_A_long_close_reason_is_cut_between_characters()
    {
        var connection = new TestConnection();
        connection.Session.Close(3000, "x" + string.Concat(Enumerable.Repeat("€", 100)));
        Assert.Equal("x" + string.Concat(Enumerable.Repeat("€", 40)), connection.LastSent.CloseReason);
        Assert.InRange(connection.LastSent.Payload.Length, 120, 125);
    }
}
