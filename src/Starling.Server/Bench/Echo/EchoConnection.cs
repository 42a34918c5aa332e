using Starling.Transports;
using Starling.WebSockets;

namespace Starling.Server.Bench.Echo;

/// <summary>One peer of the echo server. What waits to be sent back is bounded: a peer that sends and does not read is not read
/// from until it does.</summary>
internal sealed class EchoConnection : IWebSocketHandler
{
    private const int WaitingBytesMax = 1024 * 1024;

    private readonly WebSocketSettings _settings;
    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _waiting = new();
    private int _waitingBytes;
    private bool _closed;
    private TaskCompletionSource? _drained;

    public EchoConnection(WebSocketUpgrade upgrade, WebSocketSettings settings)
    {
        _settings = settings;
        Session = new WebSocketSession(upgrade.Input, upgrade.Output, WebSocketRole.Server, settings, this, TimeProvider.System);
    }

    public WebSocketSession Session { get; }

    public ValueTask OnMessageAsync(Opcode kind, ReadOnlyMemory<byte> payload)
    {
        var frame = Encode(kind, payload.Span);
        Task drained;
        lock (_gate)
        {
            _waiting.Enqueue(frame);
            _waitingBytes += frame.Length;
            if (_waitingBytes <= WaitingBytesMax || _closed) return default;
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            drained = _drained.Task;
        }
        Session.Signal();
        return new ValueTask(drained);
    }

    public void OnBatchEnd() => Session.Signal();

    public void Fill(OutputBatch batch)
    {
        TaskCompletionSource? drained = null;
        lock (_gate)
        {
            while (_waiting.TryPeek(out var frame) && batch.TryAdd(frame))
            {
                _waiting.Dequeue();
                _waitingBytes -= frame.Length;
            }
            if (_waitingBytes <= WaitingBytesMax) (drained, _drained) = (_drained, null);
        }
        drained?.SetResult();
    }

    public void OnControlFrame(Opcode kind)
    {
    }

    public void OnClosed(WebSocketCloseInfo info)
    {
        lock (_gate) _closed = true;
        _drained?.TrySetResult();
    }

    private byte[] Encode(Opcode kind, ReadOnlySpan<byte> payload)
    {
        var compress = _settings.Deflate is { } deflate && payload.Length >= _settings.CompressionBytesMin && deflate.Fits(payload.Length);
        return (compress ? FrameWriter.PrepareCompressed(kind, payload) : null) ?? FrameWriter.Prepare(kind, payload);
    }
}
