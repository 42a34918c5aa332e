using System.IO.Pipelines;
using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>One WebSocket from its first frame to its end (RFC 6455 §5 to §7, RFC 7692), over any pipe.</summary>
/// <remarks>Has no timer: an owner calls <see cref="Tick"/> once <see cref="NextDeadline"/> has passed. Completes neither
/// input nor output: the owner ends the carrier when <see cref="RunAsync"/> has completed.</remarks>
internal sealed class WebSocketSession : IOutputSource
{
    private readonly OutputPump _pump;

    public WebSocketSession(
        PipeReader input,
        ByteOutput output,
        WebSocketRole role,
        WebSocketSettings settings,
        IWebSocketHandler handler,
        TimeProvider time)
    {
        _pump = new OutputPump(output, this);
    }

    /// <summary>A write is pending: the peer has not taken the last bytes yet.</summary>
    public bool IsWriteBlocked => _pump.IsBlocked;

    /// <summary>Bytes the peer's side has accepted since the start.</summary>
    public long BytesAccepted => _pump.Output.BytesAccepted;

    /// <summary>Timestamp (of the session's <see cref="TimeProvider"/>) from which <see cref="Tick"/> has something to do;
    /// <see cref="long.MaxValue"/>: nothing. May be read by any thread.</summary>
    public long NextDeadline { get; } = long.MaxValue;

    /// <summary>Reads until the connection is over. Never throws; what went wrong is told to the handler.</summary>
    public Task RunAsync() => throw new NotSupportedException("Comes with the next step.");

    /// <summary>There is something to write. Any thread.</summary>
    public void Signal() => _pump.Signal();

    /// <summary>Sends a native ping, before what the handler has waiting. Any thread.</summary>
    public void SendPing() => throw new NotSupportedException("Comes with the next step.");

    /// <summary>Ends the connection in order: everything <see cref="IWebSocketHandler.Fill"/> gives, then the Close frame, then
    /// the peer's Close frame is awaited; bounded in time. Incoming messages are ignored from here on. The first call wins. Any
    /// thread.</summary>
    /// <param name="code">A code that may travel (<see cref="CloseCodes.MayTravel"/>).</param>
    /// <param name="reason">Cut to 123 bytes of UTF-8.</param>
    public void Close(ushort code, string reason) => throw new NotSupportedException("Comes with the next step.");

    /// <summary>Drops the connection at once, without a Close frame. Any thread.</summary>
    public void Abort() => throw new NotSupportedException("Comes with the next step.");

    /// <summary>Acts on passed deadlines. Any thread.</summary>
    public void Tick(long nowTimestamp) => throw new NotSupportedException("Comes with the next step.");

    void IOutputSource.Fill(OutputBatch batch) => throw new NotSupportedException("Comes with the next step.");

    void IOutputSource.OnOutputFailed(Exception error) => throw new NotSupportedException("Comes with the next step.");
}
