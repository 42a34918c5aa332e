using System.Buffers;
using Starling.Protocol;
using Starling.Simulation.World;
using Starling.Transports;
using Starling.WebSockets;

namespace Starling.Simulation.Clients;

/// <summary>One WebSocket of a client: the real session in the client's role, over one link.</summary>
internal sealed class ClientConnection : IWebSocketHandler
{
    private static readonly WebSocketSettings s_settings = new() { MessageBytesMax = 4 * 1024 * 1024 };
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    private readonly SimClient _client;
    private readonly WebSocketSession _session;
    private readonly Queue<byte[]> _waiting = new();
    private readonly Dictionary<uint, Action<Reply?>> _calls = [];
    private uint _lastId;
    private bool _isOver;

    public ClientConnection(SimClient client, Link link)
    {
        _client = client;
        Link = link;
        _session = new WebSocketSession(link.ToClient.Reader, link.ToServer, WebSocketRole.Client, s_settings, this, client.Process.Time);
    }

    public Link Link { get; }

    /// <summary>The client has given it up: what still comes of it does not count.</summary>
    public bool IsAbandoned { get; private set; }

    public void Start()
    {
        _ = RunAsync();
        Tick();
    }

    /// <summary>Sends a command and hands on its reply; <see langword="null"/> stands for a connection that ended first.</summary>
    public void Call(Command command, Action<Reply?> answered)
    {
        command.Id = ++_lastId;
        _calls[command.Id] = answered;
        Send(command);
    }

    public void Send(params ReadOnlySpan<Command> commands)
    {
        var unit = new ArrayBufferWriter<byte>();
        foreach (var command in commands) WireCodec.WriteCommand(_client.Wire, command, unit);
        Write(unit.WrittenSpan);
    }

    public void SendPong() => Write(WireCodec.Pong(_client.Wire).Span);

    /// <summary>The client has had enough of it.</summary>
    public void Abandon()
    {
        IsAbandoned = true;
        _session.Close(1000, "client");
        FailCalls();
    }

    ValueTask IWebSocketHandler.OnMessageAsync(Opcode kind, ReadOnlyMemory<byte> payload)
    {
        if (IsAbandoned) return default;
        var reader = new ReplyReader(_client.Wire, payload.ToArray());
        ReadStatus status;
        while ((status = reader.Read(out var reply)) == ReadStatus.Unit && !IsAbandoned)
        {
            if (reply!.Id == 0) _client.OnPush(this, reply);
            else if (_calls.Remove(reply.Id, out var answered)) answered(reply);
            else _client.Complain($"a reply to a command {reply.Id} that waits for none");
        }
        if (status == ReadStatus.Malformed) _client.Complain("a frame that is no reply");
        return default;
    }

    void IWebSocketHandler.OnBatchEnd()
    {
    }

    void IWebSocketHandler.Fill(OutputBatch batch)
    {
        while (_waiting.TryPeek(out var frame) && batch.TryAdd(frame)) _waiting.Dequeue();
    }

    void IWebSocketHandler.OnControlFrame(Opcode kind)
    {
    }

    void IWebSocketHandler.OnClosed(WebSocketCloseInfo info)
    {
        _isOver = true;
        if (IsAbandoned) return;
        IsAbandoned = true;
        if (info.Origin == CloseOrigin.ProtocolError) _client.Complain($"the server broke the WebSocket protocol: {info.Code} {info.Reason}");
        FailCalls();
        _client.OnOver(this, info.Code);
    }

    private void Write(ReadOnlySpan<byte> unit)
    {
        _waiting.Enqueue(FrameWriter.PrepareFor(WebSocketRole.Client, _client.Wire == Wire.Protobuf ? Opcode.Binary : Opcode.Text, unit));
        _session.Signal();
    }

    private void FailCalls()
    {
        foreach (var call in _calls.Values.ToArray()) call(null);
        _calls.Clear();
    }

    private void Tick()
    {
        if (_isOver) return;
        var now = _client.Process.Time.GetTimestamp();
        if (_session.NextDeadline <= now) _session.Tick(now);
        _client.Process.After(s_tick, Tick);
    }

    private async Task RunAsync()
    {
        await _session.RunAsync();
        Link.ToServer.End();
        Link.ToClient.CloseReader();
    }
}
