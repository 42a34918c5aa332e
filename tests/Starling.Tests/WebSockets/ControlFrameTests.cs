using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

public sealed class ControlFrameTests
{
    [Fact]
    public async Task A25_While_the_peer_does_not_read_only_the_latest_ping_is_answered()
    {
        var connection = new TestConnection();
        connection.Output.Block();
        connection.Handler.Send(FrameWriter.Prepare(Opcode.Text, "stuck"u8));
        for (var i = 0; i < 50; i++) await connection.FeedAsync(TestFrame.Ping("ping " + i));
        connection.Output.Unblock();
        Assert.Equal(["stuck", "ping 49"], connection.Sent.Select(frame => frame.Text));
    }

    [Fact]
    public async Task A25_More_pings_than_the_rate_limit_close_with_1008_and_no_queue_grows()
    {
        var connection = new TestConnection(new WebSocketSettings { ControlFramesPerSecondMax = 100 });
        connection.Output.Block();
        connection.Handler.Send(FrameWriter.Prepare(Opcode.Text, "stuck"u8));
        await connection.FeedAsync([.. Enumerable.Range(0, 50_000).Select(i => TestFrame.Ping("ping " + i))]);
        connection.Output.Unblock();
        Assert.Equal([1, 10, 8], connection.Sent.Select(frame => frame.Opcode));
        Assert.Equal("ping 99", connection.Sent[1].Text);
        connection.AssertFailed(1008);
    }

    [Fact]
    public async Task A25_Pings_within_the_rate_go_on_for_ever()
    {
        var connection = new TestConnection(new WebSocketSettings { ControlFramesPerSecondMax = 10 });
        for (var second = 0; second < 20; second++)
        {
            for (var i = 0; i < 10; i++) await connection.FeedAsync(TestFrame.Ping());
            connection.Pass(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(200, connection.Sent.Count);
    }

    [Fact]
    public async Task A25_Unsolicited_pongs_are_told_and_not_answered_and_count_towards_the_limit()
    {
        var connection = new TestConnection(new WebSocketSettings { ControlFramesPerSecondMax = 10 });
        for (var i = 0; i < 10; i++) await connection.FeedAsync(TestFrame.Pong("unasked"));
        Assert.Empty(connection.Output.Bytes);
        Assert.Equal(10, connection.Handler.Events.Count);
        await connection.FeedAsync(TestFrame.Pong("one too many"));
        connection.AssertFailed(1008);
    }

    [Fact]
    public void A_native_ping_leaves_before_what_waits()
    {
        var connection = new TestConnection();
        connection.Output.Block();
        connection.Handler.Send(FrameWriter.Prepare(Opcode.Text, "stuck"u8));
        connection.Handler.Send(FrameWriter.Prepare(Opcode.Text, "waiting"u8));
        connection.Session.SendPing();
        connection.Session.SendPing();
        connection.Output.Unblock();
        Assert.Equal([1, 9, 1], connection.Sent.Select(frame => frame.Opcode));
    }
}
