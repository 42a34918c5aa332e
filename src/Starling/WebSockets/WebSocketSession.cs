using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>One WebSocket from its first frame to its end (RFC 6455 §5 to §7, RFC 7692), over any pipe.</summary>
/// <remarks>
/// Has no timer: an owner calls <see cref="Tick"/> once <see cref="NextDeadline"/> has passed. Completes neither input nor
/// output: the owner ends the carrier when <see cref="RunAsync"/> has completed. Holds no buffer while nothing arrives.
/// </remarks>
internal sealed class WebSocketSession : IOutputSource
{
    /// <summary>What a peer may still send once we have closed: what was on its way, and no flood for as long as its Close may take.</summary>
    private const long IgnoredBytesMax = 1024 * 1024;

    private readonly PipeReader _input;
    private readonly IWebSocketHandler _handler;
    private readonly TimeProvider _time;
    private readonly WebSocketSettings _settings;
    private readonly MessageReader _reader;
    private readonly ControlFrames _control;
    private readonly CloseHandshake _closing;
    private readonly OutputPump _pump;
    private ControlFrameLimit _controlLimit;
    private long _readDeadline = Deadline.None;
    private long _ignored;
    private long _watched;   // what had been completed when the clock of what is midway was started
    private Task? _unfinishedMessage;
    private TaskCompletionSource? _finished;
    private Task? _overWatch;
    private SequencePosition _unfinishedBytes;

    public WebSocketSession(
        PipeReader input,
        ByteOutput output,
        WebSocketRole role,
        WebSocketSettings settings,
        IWebSocketHandler handler,
        TimeProvider time)
    {
        _input = input;
        _handler = handler;
        _time = time;
        _settings = settings;
        _reader = new MessageReader(role, settings);
        _control = new ControlFrames(role);
        _closing = new CloseHandshake(role, settings, time, input, output);
        _pump = new OutputPump(output, this);
        _controlLimit = new ControlFrameLimit(settings.ControlFramesPerSecondMax);
    }

    /// <summary>A write is pending: the peer has not taken the last bytes yet.</summary>
    public bool IsWriteBlocked => _pump.IsBlocked;

    /// <summary>Bytes the peer's side has accepted since the start.</summary>
    public long BytesAccepted => _pump.Output.BytesAccepted;

    /// <summary>Timestamp (of the session's <see cref="TimeProvider"/>) from which <see cref="Tick"/> has something to do;
    /// <see cref="long.MaxValue"/>: nothing. May be read by any thread.</summary>
    public long NextDeadline => Math.Min(Volatile.Read(ref _readDeadline), _closing.Deadline);

    /// <summary>Reads until the connection is over. Never throws; what went wrong is told to the handler.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (!_closing.IsOver)   // one state machine for the whole life: it is what a waiting connection costs
            {
                var result = await _input.ReadAsync();
                var buffer = result.Buffer;
                if (buffer.IsSingleSegment)
                {
                    await ProcessAsync(buffer.First);
                }
                else
                {
                    foreach (var segment in buffer) await ProcessAsync(segment);
                }
                if (_closing.IsOpen) _handler.OnBatchEnd();
                if (_unfinishedMessage is not null)
                {
                    _unfinishedBytes = buffer.End;
                    break;
                }
                if (!_closing.IsOpen && (_ignored += buffer.Length) > IgnoredBytesMax) Abort();
                _input.AdvanceTo(buffer.End);
                WatchReassembly();
                if (result.IsCompleted)
                {
                    await _closing.OnInputEndedAsync();
                    break;
                }
            }
        }
        catch (Exception error)   // edge of the read loop: whatever the carrier or the handler throws, this connection is over
        {
            _closing.OnLost(error);
        }
        await _closing.WhenOverAsync();   // whoever is dropping the carrier is done with it
        if (_pump.IsBlocked) _pump.Output.Abort();   // nothing may be left in the carrier's hands when it is ended
        _handler.OnClosed(_closing.Info);
        if (_unfinishedMessage is not null)
        {
            await IgnoreOutcomeAsync(_unfinishedMessage);   // it may still read the payload
            _input.AdvanceTo(_unfinishedBytes);
        }
        _reader.Abandon();
    }

    /// <summary>There is something to write. Any thread.</summary>
    public void Signal() => _pump.Signal();

    /// <summary>Sends a native ping, before what the handler has waiting. Any thread.</summary>
    public void SendPing()
    {
        _control.RequestPing();
        _pump.Signal();
    }

    /// <summary>Ends the connection in order: everything <see cref="IWebSocketHandler.Fill"/> gives, then the Close frame, then
    /// the peer's Close frame is awaited; bounded in time. Incoming messages are ignored from here on. The first call wins. Any
    /// thread.</summary>
    /// <param name="code">A code that may travel (<see cref="CloseCodes.MayTravel"/>).</param>
    /// <param name="reason">Cut to 123 bytes of UTF-8.</param>
    public void Close(ushort code, string reason)
    {
        if (_closing.TryBegin(CloseOrigin.Local, code, reason)) _pump.Signal();
    }

    /// <summary>Drops the connection at once, without a Close frame. Any thread.</summary>
    public void Abort() => _closing.Abort(CloseOrigin.Aborted, error: null);

    /// <summary>Acts on passed deadlines. Any thread.</summary>
    public void Tick(long nowTimestamp)
    {
        if (nowTimestamp >= Volatile.Read(ref _readDeadline))
        {
            Volatile.Write(ref _readDeadline, Deadline.None);
            _closing.OnFault(new ProtocolFault(CloseCodes.PolicyViolation, "message took too long to arrive"));
            _pump.Signal();
        }
        _closing.Tick(nowTimestamp);
    }

    /// <summary>Pongs and pings first, then the handler's frames, then, once the handler has no more, the Close frame.</summary>
    void IOutputSource.Fill(OutputBatch batch)
    {
        if (_closing.IsSendingOver)
        {
            _closing.OnWritten();   // the write that ended with the Close frame is done
            return;
        }
        try
        {
            _control.Fill(batch);
            _handler.Fill(batch);
        }
        catch (Exception error)   // a bug of the handler ends its connection, not the thread that signalled
        {
            _closing.Abort(CloseOrigin.HandlerFailed, error);
            return;
        }
        if (batch.IsEmpty) _closing.Fill(batch);
    }

    void IOutputSource.OnOutputFailed(Exception error) => _closing.OnLost(error);

    /// <summary>Reads every event in one piece of what arrived.</summary>
    private async ValueTask ProcessAsync(ReadOnlyMemory<byte> bytes)
    {
        var piece = MemoryMarshal.AsMemory(bytes);   // received, ours until AdvanceTo, unmasked in place
        for (var offset = 0; !_closing.IsReadingOver;)
        {
            switch (_reader.Read(piece, ref offset))
            {
                case ReadEvent.Message:
                    if (!_closing.IsOpen) break;   // we have closed: what the peer still says is not heard
                    var handled = HandOnAsync();
                    if (!handled.IsCompletedSuccessfully && !await FinishAsync(handled.AsTask())) return;
                    break;
                case ReadEvent.Control:
                    OnControlFrame(_reader.Kind, _reader.Payload.Span, moreFollows: offset < piece.Length);
                    break;
                case ReadEvent.Fault:
                    Fail(_reader.Fault);
                    return;
                default:
                    return;
            }
            _reader.Release();
        }
    }

    private ValueTask HandOnAsync()
    {
        try
        {
            return _handler.OnMessageAsync(_reader.Kind, _reader.Payload);
        }
        catch (Exception error)   // a bug of the handler: told like one that comes later
        {
            return ValueTask.FromException(error);
        }
    }

    /// <summary>Waits for the handler, but not longer than the connection lasts.</summary>
    /// <returns><see langword="false"/> when the connection was over first.</returns>
    private async Task<bool> FinishAsync(Task handled)
    {
        Volatile.Write(ref _readDeadline, Deadline.None);   // what we do not read meanwhile is not late
        // Not Task.WhenAny: it comes back on the thread pool whatever the caller's context is, and a run could not be repeated.
        _unfinishedMessage = handled;
        var finished = new TaskCompletionSource();
        Volatile.Write(ref _finished, finished);
        _overWatch ??= WatchOverAsync();
        if (_closing.IsOver) finished.TrySetResult();
        _ = SignalAsync(handled, finished);   // ends with the handler
        await finished.Task;
        if (!handled.IsCompleted) return false;
        _unfinishedMessage = null;
        if (!handled.IsCompletedSuccessfully)
        {
            _closing.TryBegin(
                CloseOrigin.HandlerFailed, CloseCodes.InternalError, "internal error", handled.Exception?.InnerException);
            _pump.Signal();
        }
        return true;
    }

    /// <summary>One for all messages that are waited for: each wait of its own would stay on the list of the task.</summary>
    private async Task WatchOverAsync()
    {
        await _closing.WhenOverAsync();
        Volatile.Read(ref _finished)?.TrySetResult();
    }

    private static async Task SignalAsync(Task handled, TaskCompletionSource finished)
    {
        await IgnoreOutcomeAsync(handled);
        finished.TrySetResult();
    }

    private void OnControlFrame(Opcode kind, ReadOnlySpan<byte> payload, bool moreFollows)
    {
        if (kind == Opcode.Close)
        {
            if (_closing.IsOpen) _handler.OnBatchEnd();   // answers to what came before the Close go before ours
            _closing.OnPeerClose(payload, moreFollows);
            _pump.Signal();
            return;
        }
        if (!_controlLimit.TryTake(_time))
        {
            Fail(new ProtocolFault(CloseCodes.PolicyViolation, "too many pings or pongs"));
            return;
        }
        _handler.OnControlFrame(kind);
        if (kind != Opcode.Ping) return;
        _control.SetPong(payload);
        _pump.Signal();   // answered one by one while the peer takes the answers, only the latest when it does not
    }

    /// <summary>Answers to earlier messages still reach the peer, then the Close frame, then FIN.</summary>
    private void Fail(ProtocolFault fault)
    {
        if (_closing.IsOpen) _handler.OnBatchEnd();
        _closing.OnFault(fault);
        _pump.Signal();
    }

    /// <summary>Starts the clock when something begins to arrive, and stops it when nothing is midway.</summary>
    private void WatchReassembly()
    {
        if (!_reader.IsMidway || !_closing.IsOpen)
        {
            if (_readDeadline != Deadline.None) Volatile.Write(ref _readDeadline, Deadline.None);
        }
        else if (_readDeadline == Deadline.None || _watched != _reader.Completed)
        {
            _watched = _reader.Completed;
            Volatile.Write(ref _readDeadline, _time.After(_settings.ReassemblyTimeout));
        }
    }

    private static async Task IgnoreOutcomeAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception)
        {
            // The connection is over: nobody is left to tell.
        }
    }
}
