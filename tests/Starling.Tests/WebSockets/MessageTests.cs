using System.Text;
using Starling.TestKit;
using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

public sealed class MessageTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(65535)]
    [InlineData(65536)]
    public async Task A_text_or_binary_message_of_any_size_comes_through_and_back(int size)
    {
        var connection = new TestConnection(handler: new RecordingHandler { Echoes = true });
        var text = new string('*', size);
        var binary = Enumerable.Range(0, size).Select(i => (byte)i).ToArray();
        await connection.FeedAsync(TestFrame.Text(text), TestFrame.Binary(binary));
        Assert.Equal(["Text:" + text, "Binary:" + Convert.ToHexString(binary)], connection.Handler.Events);
        Assert.Equal([(1, size), (2, size)], connection.Sent.Select(frame => (frame.Opcode, frame.Payload.Length)));
        Assert.Equal(binary, connection.LastSent.Payload);
        Assert.All(connection.Sent, frame => Assert.False(frame.Masked));
    }

    [Fact]
    public async Task Fragments_are_joined_and_control_frames_between_them_are_answered_at_once()
    {
        var connection = new TestConnection();
        await connection.FeedAsync(TestFrame.Text("one ").NotFinal(), TestFrame.Ping("p1"));
        Assert.Equal("p1", connection.LastSent.Text);
        await connection.FeedAsync(TestFrame.Continuation("two "u8.ToArray()).NotFinal(), TestFrame.Pong("p2"), TestFrame.Ping("p3"));
        await connection.FeedAsync(TestFrame.Continuation([]).NotFinal(), TestFrame.Continuation("three"u8.ToArray()));
        Assert.Equal(["Ping", "Pong", "Ping", "Text:one two three"], connection.Handler.Events);
        Assert.Equal([(10, "p1"), (10, "p3")], connection.Sent.Select(frame => (frame.Opcode, frame.Text)));
    }

    [Fact]
    public async Task Every_ping_that_arrives_in_one_read_is_answered_while_the_peer_takes_the_answers()
    {
        var connection = new TestConnection();
        await connection.FeedAsync([.. Enumerable.Range(0, 10).Select(i => TestFrame.Ping("payload-" + i))]);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => "payload-" + i), connection.Sent.Select(frame => frame.Text));
    }

    [Fact]
    public async Task A_message_that_came_whole_is_not_late_while_reading_pauses()
    {
        var work = new TaskCompletionSource();
        var connection = new TestConnection(handler: new RecordingHandler { OnMessage = (_, _) => new ValueTask(work.Task) });
        var frame = TestFrame.Text("hello").Encode();
        await connection.FeedAsync(frame[..4]);
        await connection.FeedAsync(frame[4..]);
        connection.Pass(TimeSpan.FromMinutes(5));   // the handler has no room for more
        work.SetResult();
        Assert.Empty(connection.Sent);
        // Midway again, it is watched again.
        await connection.FeedAsync(frame[..4]);
        connection.Pass(TimeSpan.FromSeconds(31));
        connection.AssertFailed(1008);
    }

    [Fact]
    public async Task A_ping_of_125_bytes_is_answered_with_the_same_bytes()
    {
        var connection = new TestConnection();
        var payload = Enumerable.Range(0, 125).Select(i => (byte)(i * 7)).ToArray();
        await connection.FeedAsync(TestFrame.Ping() with { Payload = payload });
        Assert.Equal(payload, connection.LastSent.Payload);
        Assert.Equal(10, connection.LastSent.Opcode);
    }

    [Fact]
    public async Task All_messages_of_one_read_are_handed_on_before_the_end_of_the_batch()
    {
        var connection = new TestConnection();
        await connection.FeedAsync([.. Enumerable.Range(0, 20).Select(i => TestFrame.Text("m" + i))]);
        Assert.Equal(20, connection.Handler.Events.Count);
        Assert.Equal(1, connection.Handler.Batches);
    }

    [Fact]
    public async Task Echoes_of_one_read_leave_in_one_write()
    {
        var connection = new TestConnection(handler: new RecordingHandler { Echoes = true });
        await connection.FeedAsync([.. Enumerable.Range(0, 20).Select(i => TestFrame.Text("m" + i))]);
        Assert.Equal(20, connection.Sent.Count);
        Assert.Equal(1, connection.Output.Writes);
    }

    [Fact]
    public async Task While_a_message_is_being_handled_no_further_one_is_handed_on()
    {
        var gate = new TaskCompletionSource();
        var first = true;
        var handler = new RecordingHandler
        {
            OnMessage = (_, payload) =>
            {
                if (!first) return default;
                first = false;
                return new ValueTask(CheckAfterwardsAsync(payload, gate.Task));
            },
        };
        var connection = new TestConnection(handler: handler);
        await connection.FeedAsync(TestFrame.Text("first"), TestFrame.Text("second"));
        await connection.FeedAsync(TestFrame.Text("third"));
        Assert.Equal(["Text:first"], handler.Events);
        gate.SetResult();
        await Eventually.IsTrueAsync(() => handler.Events.Count == 3, "the messages that waited to be handed on");
        Assert.Equal(["Text:first", "Text:second", "Text:third"], handler.Events);

        static async Task CheckAfterwardsAsync(ReadOnlyMemory<byte> payload, Task gate)
        {
            await gate;
            Assert.Equal("first", Encoding.UTF8.GetString(payload.Span));
        }
    }

    [Fact]
    public async Task A_handler_that_throws_closes_with_1011_and_reports_why()
    {
        var handler = new RecordingHandler { OnMessage = (_, _) => throw new InvalidOperationException("a bug") };
        var connection = new TestConnection(handler: handler);
        await connection.FeedAsync(TestFrame.Text("boom"));
        await Eventually.IsTrueAsync(() => connection.Sent.Count == 1, "the Close frame");
        Assert.Equal(1011, connection.LastSent.CloseCode);
        await connection.FeedAsync(TestFrame.Close(1011));
        var info = await connection.EndAsync();
        Assert.Equal(CloseOrigin.HandlerFailed, info.Origin);
        Assert.Equal("a bug", info.Error?.Message);
    }

    [Fact]
    public async Task A_client_masks_what_it_sends_with_a_fresh_key_each_time()
    {
        var connection = new TestConnection(role: WebSocketRole.Client);
        await connection.FeedAsync(TestFrame.Ping("one").Unmasked(), TestFrame.Text("hello").Unmasked());
        connection.Session.SendPing();
        connection.Session.Close(1000, "bye");
        Assert.Equal(["Ping", "Text:hello"], connection.Handler.Events);
        Assert.Equal([10, 9, 8], connection.Sent.Select(frame => frame.Opcode));
        Assert.All(connection.Sent, frame => Assert.True(frame.Masked));
        var bytes = connection.Output.Bytes;
        Assert.NotEqual(bytes[2..6], bytes[11..15]);
    }
}
