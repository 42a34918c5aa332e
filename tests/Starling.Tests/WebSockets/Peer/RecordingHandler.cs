using System.Text;
using Starling.Transports;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>Writes down what a session tells it; echoes when asked to.</summary>
internal sealed class RecordingHandler : IWebSocketHandler
{
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _waiting = new();

    public WebSocketSession? Session { get; set; }

    /// <summary>Sends every message back as it came, at the end of its batch.</summary>
    public bool Echoes { get; init; }

    /// <summary>Does something with a message instead of completing at once.</summary>
    public Func<Opcode, ReadOnlyMemory<byte>, ValueTask>? OnMessage { get; init; }

    /// <summary>Everything that was told, one line each: "Text:hello", "Ping", "closed 1000".</summary>
    public List<string> Events { get; } = [];

    public WebSocketCloseInfo? Closed { get; private set; }

    public int Batches { get; private set; }

    public void Send(byte[] frame)
    {
        lock (_gate) _waiting.Enqueue(frame);
        Session!.Signal();
    }

    public ValueTask OnMessageAsync(Opcode kind, ReadOnlyMemory<byte> payload)
    {
        Assert.Null(Closed);
        Events.Add(kind == Opcode.Text ? "Text:" + Encoding.UTF8.GetString(payload.Span) : "Binary:" + Convert.ToHexString(payload.Span));
        if (Echoes)
        {
            lock (_gate) _waiting.Enqueue(FrameWriter.Prepare(kind, payload.Span));
        }
        return OnMessage?.Invoke(kind, payload) ?? default;
    }

    public void OnBatchEnd()
    {
        Batches++;
        if (Echoes) Session!.Signal();
    }

    public void Fill(OutputBatch batch)
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var frame) && batch.TryAdd(frame)) _waiting.Dequeue();
        }
    }

    public void OnControlFrame(Opcode kind) => Events.Add(kind.ToString());

    public void OnClosed(WebSocketCloseInfo info)
    {
        Assert.Null(Closed);
        Closed = info;
    }
}
