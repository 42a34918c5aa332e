using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>The end of a connection (RFC 6455 §7): who closes, what is still sent, how long is waited.</summary>
/// <remarks>
/// 1. Someone closes: we (<see cref="TryBegin"/>), or the peer. The Close frame is queued behind what the handler still has.
/// 2. It is added to a write, and the write is done: the peer can read it. 3. If the peer's Close is still to come it is awaited.
/// 4. A server then ends its direction where the carrier can do that, and reads on until the peer ends its own: a connection
/// that is dropped with unread bytes is reset, and the reset can overtake the Close frame. A client leaves the first FIN to the
/// server (§7.1.1). 5. It is over. Every step has a deadline. Thread-safe.
/// </remarks>
internal sealed class CloseHandshake(
    WebSocketRole role, WebSocketSettings settings, TimeProvider time, PipeReader input, ByteOutput output)
{
    private const int ReasonBytesMax = 123;

    private enum Phase
    {
        Open,
        Queued,
        Added,
        Written,

        /// <summary>The carrier is being dropped: over once that call has returned, so that the carrier outlives it.</summary>
        Aborting,
        Over,
    }

    private readonly Lock _gate = new();
    private volatile Phase _phase;
    private volatile bool _peerClosed;
    private volatile bool _failed;     // the peer broke the protocol: nothing it says counts any more
    private bool _closeWritten;
    private bool _bytesAfterClose;
    private bool _inputEnded;
    private long _deadline = WebSockets.Deadline.None;
    private byte[] _frame = [];
    private ushort _code = CloseCodes.Abnormal;
    private string _reason = "";
    private CloseOrigin _origin = CloseOrigin.ConnectionLost;
    private Exception? _error;
    private TaskCompletionSource? _whenOver;

    /// <summary>Nobody has closed yet: messages count.</summary>
    public bool IsOpen => _phase == Phase.Open;

    public bool IsOver => _phase == Phase.Over;

    /// <summary>What still arrives is thrown away unread.</summary>
    public bool IsReadingOver => _peerClosed || _failed || _phase >= Phase.Aborting;

    /// <summary>The Close frame has been handed to a write: nothing may follow it.</summary>
    public bool IsSendingOver => _phase >= Phase.Added;

    public long Deadline => Volatile.Read(ref _deadline);

    /// <summary>How it ended; final once it is over.</summary>
    public WebSocketCloseInfo Info => new(_code, _reason, _origin, _peerClosed && _closeWritten, _error);

    /// <summary>Queues our Close frame. The caller then signals the pump.</summary>
    /// <returns><see langword="false"/> when someone has closed before.</returns>
    public bool TryBegin(CloseOrigin origin, ushort code, string reason, Exception? error = null)
    {
        lock (_gate)
        {
            if (_phase != Phase.Open) return false;
            (_origin, _code, _reason, _error) = (origin, code, reason, error);
            _failed = origin == CloseOrigin.ProtocolError;
            Queue(EncodeClose(code, reason), settings.CloseTimeout);
            return true;
        }
    }

    /// <summary>The peer broke a rule: our Close frame is queued, or, if we were waiting for the peer's, the wait is over.</summary>
    public void OnFault(ProtocolFault fault)
    {
        if (TryBegin(CloseOrigin.ProtocolError, fault.Code, fault.Reason)) return;
        var over = false;
        lock (_gate)
        {
            if (_failed || _peerClosed) return;
            _failed = true;
            if (_phase == Phase.Written) over = EndSending_NeedsLock();
        }
        if (over) Leave();
    }

    /// <summary>The peer's Close frame came; it is answered with its own code unless ours is on its way.</summary>
    /// <param name="payload">Checked: empty, or a code that may travel and a reason in UTF-8.</param>
    /// <param name="moreFollows">Bytes have arrived behind it.</param>
    public void OnPeerClose(ReadOnlySpan<byte> payload, bool moreFollows)
    {
        var over = false;
        lock (_gate)
        {
            if (_peerClosed) return;
            _peerClosed = true;
            _bytesAfterClose = moreFollows;
            switch (_phase)
            {
                case Phase.Open:
                    CloseCodes.TryRead(payload, out _code);
                    _origin = CloseOrigin.Peer;
                    if (payload.Length > 2) _reason = Encoding.UTF8.GetString(payload[2..]);
                    Queue(FrameWriter.PrepareFor(role, Opcode.Close, payload[..Math.Min(2, payload.Length)]), settings.DrainTimeout);
                    break;
                case Phase.Queued or Phase.Added:
                    SetDeadline(settings.DrainTimeout);
                    break;
                case Phase.Written:
                    over = EndSending_NeedsLock();
                    break;
            }
        }
        if (over) Leave();
    }

    /// <summary>Adds our Close frame when it is its turn. Called by the pump when nothing else waits.</summary>
    public void Fill(OutputBatch batch)
    {
        lock (_gate)
        {
            if (_phase == Phase.Queued && batch.TryAdd(_frame)) _phase = Phase.Added;
        }
    }

    /// <summary>The pump asks for more: the write that held the Close frame is done.</summary>
    public void OnWritten()
    {
        var over = false;
        lock (_gate)
        {
            if (_phase != Phase.Added) return;
            _phase = Phase.Written;
            _closeWritten = true;
            if (_peerClosed || _failed || _inputEnded) over = EndSending_NeedsLock();
            else SetDeadline(settings.CloseTimeout);
        }
        if (over) Leave();
    }

    /// <summary>The peer sends no more. If our Close frame is still on its way it may yet arrive.</summary>
    /// <returns>A task that completes when the connection is over.</returns>
    public Task OnInputEndedAsync()
    {
        lock (_gate)
        {
            _inputEnded = true;
            if (_phase is Phase.Queued or Phase.Added) return WhenOverAsync();
        }
        OnLost(error: null);
        return Task.CompletedTask;
    }

    /// <summary>The carrier is gone.</summary>
    public void OnLost(Exception? error)
    {
        lock (_gate)
        {
            if (_phase >= Phase.Aborting) return;
            if (_phase == Phase.Open) (_origin, _error) = (CloseOrigin.ConnectionLost, error);
            _phase = Phase.Over;
        }
        Leave();
    }

    /// <summary>Drops the connection without another byte.</summary>
    public void Abort(CloseOrigin origin, Exception? error)
    {
        lock (_gate)
        {
            if (_phase >= Phase.Aborting) return;
            if (_phase == Phase.Open) (_origin, _error) = (origin, error);
            _phase = Phase.Aborting;
        }
        try
        {
            output.Abort();
        }
        finally
        {
            _phase = Phase.Over;
            Leave();
        }
    }

    /// <summary>Acts when the deadline has passed: a peer that does not take our Close frame is dropped, one that took it but does
    /// not answer or end its side is left.</summary>
    public void Tick(long now)
    {
        if (now < Deadline) return;
        var over = false;
        lock (_gate)
        {
            if (now < _deadline || _phase >= Phase.Aborting) return;
            _deadline = WebSockets.Deadline.None;
            if (_phase == Phase.Written)
            {
                output.TryShutdownSend();
                _phase = Phase.Over;
                over = true;
            }
        }
        if (over) Leave();
        else Abort(_origin, error: null);
    }

    /// <summary>A task that completes when the connection is over.</summary>
    public Task WhenOverAsync()
    {
        lock (_gate)
        {
            if (_phase == Phase.Over) return Task.CompletedTask;
            _whenOver ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _whenOver.Task;
        }
    }

    private void Queue(byte[] frame, TimeSpan timeout)
    {
        _frame = frame;
        _phase = Phase.Queued;
        SetDeadline(timeout);
    }

    /// <summary>Both sides have said all they will say.</summary>
    /// <returns><see langword="true"/> when it is over at once: <see cref="Leave"/> outside the lock.</returns>
    private bool EndSending_NeedsLock()
    {
        var serverGoesFirst = role == WebSocketRole.Client && _peerClosed;
        var halfClosed = !serverGoesFirst && output.TryShutdownSend();
        var peerMayStillSend = serverGoesFirst || halfClosed || !_peerClosed || _bytesAfterClose;
        if (peerMayStillSend && !_inputEnded)
        {
            SetDeadline(settings.DrainTimeout);
            return false;
        }
        _phase = Phase.Over;
        return true;
    }

    /// <summary>Wakes whoever waits. Not under the lock: a pipe may run the reader on this very thread.</summary>
    private void Leave()
    {
        Volatile.Write(ref _deadline, WebSockets.Deadline.None);
        TaskCompletionSource? whenOver;
        lock (_gate) whenOver = _whenOver;
        whenOver?.TrySetResult();
        input.CancelPendingRead();
    }

    private void SetDeadline(TimeSpan span) => Volatile.Write(ref _deadline, time.After(span));

    /// <summary>The reason is cut where a character begins (RFC 6455 §5.5: 125 bytes with the code).</summary>
    private byte[] EncodeClose(ushort code, string reason)
    {
        Span<byte> payload = stackalloc byte[2 + ReasonBytesMax];
        BinaryPrimitives.WriteUInt16BigEndian(payload, code);
        System.Text.Unicode.Utf8.FromUtf16(reason, payload[2..], out _, out var written);   // replaces lone surrogates
        return FrameWriter.PrepareFor(role, Opcode.Close, payload[..(2 + written)]);
    }
}
