using System.IO.Pipelines;
using Starling.TestKit;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>A session over memory: everything that was fed has been worked on when <see cref="FeedAsync(byte[])"/> returns.</summary>
internal sealed class TestConnection
{
    private readonly Pipe _toSession = new(new PipeOptions(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0,
        useSynchronizationContext: false));

    public TestConnection(
        WebSocketSettings? settings = null,
        RecordingHandler? handler = null,
        WebSocketRole role = WebSocketRole.Server,
        bool canHalfClose = true)
    {
        Output = new TestOutput(canHalfClose);
        Handler = handler ?? new RecordingHandler();
        Session = new WebSocketSession(_toSession.Reader, Output, role, settings ?? new WebSocketSettings(), Handler, Time);
        Handler.Session = Session;
        Run = Session.RunAsync();
    }

    public static WebSocketSettings WithDeflate { get; } = new() { Deflate = new DeflateParameters() };

    public ManualTime Time { get; } = new();

    public TestOutput Output { get; }

    public RecordingHandler Handler { get; }

    public WebSocketSession Session { get; }

    public Task Run { get; }

    public List<ParsedFrame> Sent => SimpleParser.ParseAll(Output.Bytes);

    public ParsedFrame LastSent => Sent[^1];

    public async Task FeedAsync(params TestFrame[] frames) => await FeedAsync(Concat(frames));

    public async Task FeedAsync(byte[] bytes) => await _toSession.Writer.WriteAsync(bytes);

    /// <summary>Feeds piece by piece, each worked on before the next.</summary>
    public async Task FeedAsync(byte[] bytes, IEnumerable<int> cuts)
    {
        var from = 0;
        foreach (var cut in cuts)
        {
            if (cut > from) await FeedAsync(bytes[from..cut]);
            from = Math.Max(from, cut);
        }
        if (from < bytes.Length) await FeedAsync(bytes[from..]);
    }

    /// <summary>The peer ends its direction.</summary>
    public void EndInput() => _toSession.Writer.Complete();

    /// <summary>Lets time pass and has the session look at it.</summary>
    public void Pass(TimeSpan span)
    {
        Time.Advance(span);
        if (Session.NextDeadline <= Time.GetTimestamp()) Session.Tick(Time.GetTimestamp());
    }

    /// <summary>What the session sent last is a Close frame with this code, after which it ended its direction.</summary>
    public void AssertFailed(int code)
    {
        Assert.Equal(8, LastSent.Opcode);
        Assert.Equal(code, LastSent.CloseCode);
        Assert.True(Output.IsShutDown);
        Assert.False(Output.IsAborted);
    }

    /// <summary>The peer sees the FIN, ends its side, and the connection is over.</summary>
    public async Task<WebSocketCloseInfo> EndAsync()
    {
        EndInput();
        await Run.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.NotNull(Handler.Closed);
        return Handler.Closed.Value;
    }

    public static byte[] Concat(params TestFrame[] frames) => [.. frames.SelectMany(frame => frame.Encode())];
}
