using System.IO.Pipelines;
using System.Text;
using Starling.TestKit;
using Starling.Tests.WebSockets.Peer;
using Starling.Transports;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

public sealed class ClientHandshakeTests
{
    private const string Good = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n";

    private static readonly WebSocketClientRequest s_request = new()
    {
        Host = "example.com:8000",
        Target = "/connection/websocket?x=y",
        Subprotocols = ["centrifuge-protobuf", "centrifuge-json"],
        Headers = [KeyValuePair.Create("Authorization", "Bearer token")],
        Compression = true,
    };

    /// <summary>Plays a server that answers with a text, in which {accept} stands for the right answer to the key.</summary>
    private static async Task<(WebSocketClientAnswer Answer, string Request, Pipe Pipe)> PerformAsync(
        string answer, WebSocketClientRequest? request = null, int chunk = int.MaxValue)
    {
        var toClient = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0));
        var output = new TestOutput(canHalfClose: true);
        var performing = WebSocketClientHandshake.PerformAsync(toClient.Reader, output, request ?? s_request, TestContext.Current.CancellationToken);
        if (performing.IsFaulted) await performing;
        var sent = Encoding.UTF8.GetString(output.Bytes);
        var key = sent.Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
        var bytes = Encoding.Latin1.GetBytes(answer.Replace("{accept}", HandshakeKey.Accept(key), StringComparison.Ordinal));
        foreach (var part in bytes.Chunk(chunk)) await toClient.Writer.WriteAsync(part, TestContext.Current.CancellationToken);
        if (!performing.IsCompleted) await toClient.Writer.CompleteAsync();
        return (await performing.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken), sent, toClient);
    }

    [Fact]
    public async Task The_request_has_what_RFC_6455_asks_for()
    {
        var (answer, request, _) = await PerformAsync(Good + "\r\n");
        Assert.Equal(new WebSocketClientAnswer(101, null), answer);
        var lines = request.Split("\r\n");
        Assert.Equal("GET /connection/websocket?x=y HTTP/1.1", lines[0]);
        Assert.Contains("Host: example.com:8000", lines);
        Assert.Contains("Upgrade: websocket", lines);
        Assert.Contains("Connection: Upgrade", lines);
        Assert.Contains("Sec-WebSocket-Version: 13", lines);
        Assert.Contains("Sec-WebSocket-Protocol: centrifuge-protobuf, centrifuge-json", lines);
        Assert.Contains("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover", lines);
        Assert.Contains("Authorization: Bearer token", lines);
        Assert.EndsWith("\r\n\r\n", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    public async Task The_choice_of_the_server_is_read_and_what_follows_the_head_is_left_for_the_session(int chunk)
    {
        var head = Good + "sec-websocket-protocol: centrifuge-json\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n";
        var (answer, _, pipe) = await PerformAsync(head + "first frame", chunk: chunk);
        Assert.Equal(new WebSocketClientAnswer(101, null, "centrifuge-json", new DeflateParameters()), answer);
        var rest = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal("first frame", Encoding.ASCII.GetString(rest.Buffer));
    }

    [Theory]
    [InlineData("HTTP/1.1 401 Unauthorized\r\n\r\n", 401)]
    [InlineData("HTTP/1.1 200 OK\r\nUpgrade: websocket\r\n\r\n", 200)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: ws://elsewhere/\r\n\r\n", 302)]
    [InlineData("HTTP/1.0 101 Switching\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 1010 Switching\r\n\r\n", 0)]
    [InlineData("SSH-2.0-server\r\n\r\n", 0)]
    [InlineData("HTTP/1.1 101 X\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n", 101)]
    [InlineData("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n", 101)]
    [InlineData("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 101)]
    [InlineData("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n", 101)]
    [InlineData(Good + "Sec-WebSocket-Accept: {accept}\r\n\r\n", 101)]
    [InlineData(Good + "Upgrade: h2c\r\n\r\n", 101)]
    [InlineData(Good + "Sec-WebSocket-Protocol: other\r\n\r\n", 101)]
    [InlineData(Good + "Sec-WebSocket-Protocol: centrifuge-json\r\nSec-WebSocket-Protocol: centrifuge-json\r\n\r\n", 101)]
    [InlineData(Good + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 101)]
    [InlineData(Good + "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; server_max_window_bits=99\r\n\r\n", 101)]
    [InlineData(Good + "Sec-WebSocket-Extensions: x-unknown\r\n\r\n", 101)]
    [InlineData(Good + " folded: yes\r\n\r\n", 101)]
    [InlineData(Good + "no colon\r\n\r\n", 101)]
    [InlineData(Good + "X: a\nY: b\r\n\r\n", 101)]
    [InlineData(Good + "X: a\0b\r\n\r\n", 101)]
    [InlineData(Good, 0)]
    public async Task A34_A_bad_answer_is_a_failed_connection_that_says_why(string text, int status)
    {
        var (answer, _, _) = await PerformAsync(text);
        Assert.Equal(status, answer.StatusCode);
        Assert.False(string.IsNullOrEmpty(answer.Failure));
    }

    [Fact]
    public async Task A86_An_endless_head_is_given_up_after_16_KiB()
    {
        var (answer, _, _) = await PerformAsync(Good + string.Concat(Enumerable.Repeat("X: y\r\n", 10_000)), chunk: 1000);
        Assert.NotNull(answer.Failure);
    }

    [Fact]
    public async Task An_extension_nobody_offered_is_refused()
    {
        var (answer, _, _) = await PerformAsync(
            Good + "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n\r\n", s_request with { Compression = false });
        Assert.NotNull(answer.Failure);
    }

    [Theory]
    [InlineData("/x\r\nEvil: yes", "value")]
    [InlineData("/x", "value\r\nEvil: yes")]
    [InlineData("/x", "val\nue")]
    public async Task A_line_break_in_the_request_is_never_sent(string target, string value)
    {
        var request = s_request with { Target = target, Headers = [KeyValuePair.Create("X", value)] };
        await Assert.ThrowsAsync<ArgumentException>(() => PerformAsync(Good + "\r\n", request));
    }

    [Fact]
    public async Task Client_and_server_of_ours_understand_each_other()
    {
        await using var server = await KestrelEcho.StartAsync(new WebSocketHandshakeOptions { Compression = true, Subprotocols = ["centrifuge-json"] });
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await socket.ConnectAsync(System.Net.IPAddress.Loopback, server.Port, TestContext.Current.CancellationToken);
        var input = PipeReader.Create(new System.Net.Sockets.NetworkStream(socket), new StreamPipeReaderOptions(useZeroByteReads: true));
        var output = new SocketOutput(socket);
        var answer = await WebSocketClientHandshake.PerformAsync(input, output, s_request, TestContext.Current.CancellationToken);
        Assert.Null(answer.Failure);
        Assert.NotNull(answer.Deflate);

        var handler = new RecordingHandler();
        var session = new WebSocketSession(
            input, output, WebSocketRole.Client, new WebSocketSettings { Deflate = answer.Deflate }, handler, TimeProvider.System);
        handler.Session = session;
        var run = session.RunAsync();
        handler.Send(FrameWriter.PrepareMasked(Opcode.Text, "plain"u8, Mask.NextKey()));
        var text = new string('z', 5000);
        handler.Send(FrameWriter.PrepareMaskedCompressed(Opcode.Text, Encoding.ASCII.GetBytes(text), Mask.NextKey())!);
        await Eventually.IsTrueAsync(() => handler.Events.Count == 2, "two echoes");
        Assert.Equal(["Text:plain", "Text:" + text], handler.Events);
        session.Close(1000, "done");
        await run.WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(new WebSocketCloseInfo(1000, "done", CloseOrigin.Local, IsClean: true), handler.Closed);
    }
}
