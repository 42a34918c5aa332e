using Microsoft.AspNetCore.Http;
using Starling.Cluster;
using Starling.Connections;
using Starling.Connections.Commands;
using Starling.Presence;
using Starling.Protocol;
using Starling.Transports.Http;
using Starling.WebSockets;

namespace Starling.Transports;

/// <summary>A connection over a WebSocket (protocol 1.3): the close code carries the disconnect code. With bare pushes it is
/// one-way (protocol 1.7): the first message is the connect request, later ones are ignored, and a <c>disconnect</c> push goes
/// before the close frame.</summary>
internal sealed class WebSocketTransport : Transport, IWebSocketHandler
{
    private readonly Node _node;
    private readonly WebSocketSession _session;
    private readonly Connection _connection;
    private byte[]? _farewell;
    private bool _isConnectTaken;
    private bool _isFarewellSent;

    public WebSocketTransport(Node node, WebSocketUpgrade upgrade, WebSocketSettings settings, Framing framing, bool hasOwnPings, HttpContext? context)
    {
        _node = node;
        Framing = framing;
        HasOwnPings = hasOwnPings;
        _session = new WebSocketSession(upgrade.Input, upgrade.Output, WebSocketRole.Server, settings, this, node.Time);
        _connection = new Connection(node, this, context);
    }

    public override string Name => IsOneWay ? "uni_websocket" : "websocket";

    public override Framing Framing { get; }

    public override bool HasOwnPings { get; }

    public override bool IsWriteBlocked => _session.IsWriteBlocked;

    public override long BytesAccepted => _session.BytesAccepted;

    /// <summary>Serves the connection until it is over.</summary>
    /// <param name="first">A frame that came with the handshake; empty for none.</param>
    public Task RunAsync(ReadOnlyMemory<byte> first = default)
    {
        if (!_node.TryAdmit(_connection)) _connection.Disconnect(Disconnects.Shutdown);
        if (first.IsEmpty) return _session.RunAsync();
        _isConnectTaken = true;
        var taken = _connection.Commands.OnFrameAsync(first);   // the first frame never has to wait for others
        _connection.Flush();
        return taken.IsCompletedSuccessfully ? _session.RunAsync() : RunAfterAsync(taken);
    }

    public override void Signal() => _session.Signal();

    public override void SendPing() => _session.SendPing();

    public override void Close(Disconnect disconnect)
    {
        if (IsOneWay) Interlocked.CompareExchange(ref _farewell, Farewell.Prepare(Framing, disconnect), comparand: null);
        _session.Close((ushort)disconnect.Code, disconnect.Reason);
    }

    public override void Abort() => _session.Abort();

    public override int Tick()
    {
        var deadline = _session.NextDeadline;
        if (deadline == long.MaxValue) return int.MaxValue;
        var now = _node.Time.GetTimestamp();
        if (deadline <= now) _session.Tick(now);
        return (int)Math.Clamp(_node.Time.GetElapsedTime(now, Math.Max(now, _session.NextDeadline)).TotalMilliseconds, 0, int.MaxValue);
    }

    ValueTask IWebSocketHandler.OnMessageAsync(Opcode kind, ReadOnlyMemory<byte> payload) =>
        IsOneWay ? OnConnectRequestAsync(payload) : _connection.Commands.OnFrameAsync(payload);

    void IWebSocketHandler.OnBatchEnd() => _connection.Flush();

    void IWebSocketHandler.Fill(OutputBatch batch)
    {
        _connection.Fill(batch);
        if (!batch.IsEmpty || _isFarewellSent || Volatile.Read(ref _farewell) is not { } farewell) return;
        _isFarewellSent = true;
        batch.TryAdd(farewell);
    }

    void IWebSocketHandler.OnControlFrame(Opcode kind) => _connection.LastSeenMs = _node.Wheel.NowMs;

    void IWebSocketHandler.OnClosed(WebSocketCloseInfo info)
    {
        // A carrier that breaks is daily life; anything else thrown here is ours.
        if (info.Error is { } error and not (IOException or OperationCanceledException or ObjectDisposedException))
        {
            ConnectionLog.WriteFailed(_node.Log, _connection.Id, error);
        }
        // 1000 and a close frame without code are what applications and SDKs close with; a browser leaving its page says 1001 and
        // may be back in a moment.
        var isGoodBye = info is { Origin: CloseOrigin.Peer, Code: 1000 or 1005 };
        _connection.OnClosed(isGoodBye ? Departure.Final : Departure.Lost);
    }

    private ValueTask OnConnectRequestAsync(ReadOnlyMemory<byte> payload)
    {
        _connection.LastSeenMs = _node.Wheel.NowMs;
        if (_isConnectTaken) return CommandTable.IgnoreAsync(_connection, payload.Length);
        _isConnectTaken = true;
        if (!payload.IsEmpty && OneWayConnect.TryRead(payload) is { } command) return _connection.Commands.OnFrameAsync(command);
        _connection.Disconnect(Disconnects.BadRequest);
        return default;
    }

    private async Task RunAfterAsync(ValueTask taken)
    {
        await taken;
        await _session.RunAsync();
    }
}
