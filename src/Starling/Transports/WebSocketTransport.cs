using Microsoft.AspNetCore.Http;
using Starling.Cluster;
using Starling.Connections;
using Starling.Protocol;
using Starling.WebSockets;

namespace Starling.Transports;

/// <summary>A connection over a WebSocket (protocol 1.3): the close code carries the disconnect code.</summary>
internal sealed class WebSocketTransport : Transport, IWebSocketHandler
{
    private readonly Node _node;
    private readonly WebSocketSession _session;
    private readonly Connection _connection;

    public WebSocketTransport(Node node, WebSocketUpgrade upgrade, WebSocketSettings settings, Framing framing, bool hasOwnPings, HttpContext? context)
    {
        _node = node;
        Framing = framing;
        HasOwnPings = hasOwnPings;
        _session = new WebSocketSession(upgrade.Input, upgrade.Output, WebSocketRole.Server, settings, this, node.Time);
        _connection = new Connection(node, this, context);
    }

    public override string Name => "websocket";

    public override Framing Framing { get; }

    public override bool HasOwnPings { get; }

    public override bool IsWriteBlocked => _session.IsWriteBlocked;

    public override long BytesAccepted => _session.BytesAccepted;

    /// <summary>Serves the connection until it is over.</summary>
    public Task RunAsync()
    {
        if (_node.TryAdmit(_connection)) return _session.RunAsync();
        _connection.Disconnect(Disconnects.Shutdown);
        return _session.RunAsync();
    }

    public override void Signal() => _session.Signal();

    public override void SendPing() => _session.SendPing();

    public override void Close(Disconnect disconnect) => _session.Close((ushort)disconnect.Code, disconnect.Reason);

    public override void Abort() => _session.Abort();

    public override int Tick()
    {
        var deadline = _session.NextDeadline;
        if (deadline == long.MaxValue) return int.MaxValue;
        var now = _node.Time.GetTimestamp();
        if (deadline <= now) _session.Tick(now);
        return (int)Math.Clamp(_node.Time.GetElapsedTime(now, Math.Max(now, _session.NextDeadline)).TotalMilliseconds, 0, int.MaxValue);
    }

    ValueTask IWebSocketHandler.OnMessageAsync(Opcode kind, ReadOnlyMemory<byte> payload) => _connection.Commands.OnFrameAsync(payload);

    void IWebSocketHandler.OnBatchEnd() => _connection.Flush();

    void IWebSocketHandler.Fill(OutputBatch batch) => _connection.Fill(batch);

    void IWebSocketHandler.OnControlFrame(Opcode kind) => _connection.LastSeenMs = _node.Wheel.NowMs;

    void IWebSocketHandler.OnClosed(WebSocketCloseInfo info)
    {
        // A carrier that breaks is daily life; anything else thrown here is ours.
        if (info.Error is { } error and not (IOException or OperationCanceledException or ObjectDisposedException))
        {
            ConnectionLog.WriteFailed(_node.Log, _connection.Id, error);
        }
        _connection.OnClosed();
    }
}
