using Starling.Transports;

namespace Starling.WebSockets;

/// <summary>What uses a WebSocket: the engine's connection, an echo, a load generator, a client.</summary>
/// <remarks><see cref="Fill"/> is called inside the pump, on whatever thread signalled, one call at a time. Everything else
/// is called by the read loop, in order, one call at a time.</remarks>
internal interface IWebSocketHandler
{
    /// <summary>One whole message.</summary>
    /// <param name="kind">Text (valid UTF-8, by then checked) or Binary.</param>
    /// <param name="payload">Unmasked and inflated; valid, and writable by nobody, until the task completes.</param>
    /// <returns>Completed: read on at once. Pending: no further message is handed on, and soon nothing is read, until it
    /// completes. It must complete soon after <see cref="OnClosed"/>, which may come while it is pending.</returns>
    ValueTask OnMessageAsync(Opcode kind, ReadOnlyMemory<byte> payload);

    /// <summary>All messages that had arrived in this read were handed on: time to signal the session.</summary>
    void OnBatchEnd();

    /// <summary>Adds whole encoded frames that wait to be written, oldest first, until nothing waits or the batch is full.
    /// Adding none means that nothing waits.</summary>
    void Fill(OutputBatch batch);

    /// <summary>A ping or pong came: a sign of life. The session answers pings itself.</summary>
    void OnControlFrame(Opcode kind);

    /// <summary>The connection is over, however it ended. Called exactly once; no message comes afterwards.</summary>
    void OnClosed(WebSocketCloseInfo info);
}
