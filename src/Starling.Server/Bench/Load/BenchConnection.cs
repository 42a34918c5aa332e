using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Starling.Server.Bench.Frames;
using Starling.WebSockets;

namespace Starling.Server.Bench.Load;

/// <summary>One client connection of a run: upgrade, frames in, messages out. Everything happens on the run's one thread.</summary>
/// <remarks>While nothing is half received or half sent it holds no buffer, so that 20,000 of them are cheap.</remarks>
internal sealed class BenchConnection
{
    private const int OutboundBytesMax = 4 * 1024 * 1024;

    private readonly Swarm _swarm;
    private byte[] _held = [];        // the start of a frame whose end has not come
    private int _heldLength;
    private byte[] _message = [];     // the fragments of a message whose end has not come
    private int _messageLength;
    private byte[] _out = [];         // frames not taken by the socket yet
    private int _outLength;
    private readonly StreamBody? _stream;
    private readonly StreamBody.OnLine? _onLine;
    private readonly byte[] _readyMark;
    private Phase _phase = Phase.Upgrading;

    public BenchConnection(Swarm swarm, Socket socket, int index, Room? room, BenchTransport transport = BenchTransport.WebSocket)
    {
        _swarm = swarm;
        _readyMark = [];
        if (transport != BenchTransport.WebSocket)
        {
            _stream = new StreamBody();
            _onLine = OnLine;
            _readyMark = StreamRequest.ReadyMark(transport, room?.Name);
        }
        Socket = socket;
        Index = index;
        Room = room;
    }

    private enum Phase { Upgrading, Joining, Ready, Closed }

    public Socket Socket { get; }

    public int Index { get; }

    /// <summary>The room it joins; none for publishers and idle connections.</summary>
    public Room? Room { get; }

    /// <summary>The last sequence number seen of each publisher of the room.</summary>
    public uint[] Seen { get; set; } = [];

    /// <summary>The id of the next command, for protocols that number them.</summary>
    public uint NextId { get; set; }

    public bool IsReady => _phase == Phase.Ready;

    /// <summary>It has been ready, even if it is closed by now.</summary>
    public bool WasReady { get; private set; }

    public bool IsClosed => _phase == Phase.Closed;

    /// <summary>When the bytes being handed out were received.</summary>
    public long ReceivedAt { get; private set; }

    /// <summary>Starts the next outgoing message; finish it with <see cref="SendComposed"/>.</summary>
    public MessageWriter Compose() => _swarm.Writer.Clear();

    /// <summary>Frames and masks the composed message; it leaves with the next <see cref="Flush"/>.</summary>
    public void SendComposed() => SendFrame(_swarm.Driver.MessageKind, _swarm.Writer.Written);

    /// <summary>The driver says that the server has confirmed everything asked for.</summary>
    public void MarkReady()
    {
        if (_phase != Phase.Joining) return;
        _phase = Phase.Ready;
        WasReady = true;
        _swarm.OnReady(this);
    }

    /// <summary>The driver found the payload of a publication or of an echo.</summary>
    public void OnPayload(uint number) => _swarm.OnPayload(this, number);

    /// <summary>The server refused something, or broke its protocol.</summary>
    public void Fail(ReadOnlySpan<byte> said) => _swarm.OnError(this, Encoding.UTF8.GetString(said[..Math.Min(said.Length, 200)]));

    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(OutRoom(bytes.Length));
        _outLength += bytes.Length;
    }

    /// <summary>Reads what has come, once, through the shared buffer.</summary>
    public void Receive(byte[] shared)
    {
        if (_phase == Phase.Closed) return;
        if (_heldLength > shared.Length / 2) throw new InvalidDataException("A frame is larger than the receive buffer.");
        _held.AsSpan(0, _heldLength).CopyTo(shared);
        var count = Socket.Receive(shared.AsSpan(_heldLength), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock) return;
        if (error != SocketError.Success || count == 0)
        {
            Close(error == SocketError.Success ? "closed by the server" : error.ToString());
            return;
        }
        ReceivedAt = Stopwatch.GetTimestamp();
        var bytes = shared.AsSpan(0, _heldLength + count);
        var used = _phase == Phase.Upgrading ? ReadUpgrade(bytes) : 0;
        if (_phase is Phase.Joining or Phase.Ready) used += _stream is null ? ReadFrames(bytes[used..]) : ReadStream(_stream, bytes[used..]);
        if (_phase == Phase.Closed) return;
        Hold(bytes[used..]);
        if (_outLength > 0) Flush();
    }

    /// <summary>Gives the socket what waits; what it does not take stays for the next call.</summary>
    public void Flush()
    {
        if (_outLength == 0 || _phase == Phase.Closed) return;
        var sent = Socket.Send(_out.AsSpan(0, _outLength), SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
        {
            Close(error.ToString());
            return;
        }
        if (error == SocketError.Success) _outLength -= sent;
        if (_outLength > 0)
        {
            _out.AsSpan(sent, _outLength).CopyTo(_out);
            _swarm.OnBlocked(this);
        }
        else if (_out.Length > 4096)
        {
            _out = [];
        }
    }

    /// <summary>Ends the connection; a reason is an error of the run.</summary>
    public void Close(string? reason)
    {
        if (_phase == Phase.Closed) return;
        _phase = Phase.Closed;
        _swarm.OnClosed(this, reason);
        Socket.Dispose();
    }

    private int ReadUpgrade(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return 0;
        if (!bytes.StartsWith(_stream is null ? "HTTP/1.1 101 "u8 : "HTTP/1.1 200 "u8))
        {
            Close("upgrade refused: " + Encoding.ASCII.GetString(bytes[..bytes.IndexOf("\r\n"u8)]));
            return bytes.Length;
        }
        _phase = Phase.Joining;
        if (_stream is null) _swarm.Driver.Open(this);
        return end + 4;
    }

    private int ReadStream(StreamBody stream, ReadOnlySpan<byte> bytes)
    {
        var used = stream.Read(bytes, _onLine!);
        if (used < 0) Close("the stream ended");
        return used;
    }

    private void OnLine(ReadOnlySpan<byte> unit)
    {
        if (Payload.TryFind(unit, out var number)) OnPayload(number);
        else if (unit.StartsWith(_readyMark)) MarkReady();
        else if (unit.IndexOf("\"error\":"u8) >= 0 || unit.IndexOf("\"disconnect\":"u8) >= 0) Fail(unit);
    }

    private int ReadFrames(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (FrameHeader.TryRead(bytes[at..], out var header) && header.Length <= bytes.Length - at)
        {
            OnFrame(header, bytes.Slice(at + header.HeaderLength, header.PayloadLength));
            at += header.Length;
            if (_phase == Phase.Closed) break;
        }
        return at;
    }

    private void OnFrame(FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Kind)
        {
            case Opcode.Ping:
                SendFrame(Opcode.Pong, payload);
                break;
            case Opcode.Pong:
                break;
            case Opcode.Close:
                Close("closed by the server: " + (payload.Length < 2 ? "no code"
                    : $"{payload[0] << 8 | payload[1]} {Encoding.UTF8.GetString(payload[2..])}"));
                break;
            case var _ when header.IsFinal && _messageLength == 0:
                _swarm.Driver.OnMessage(this, payload);
                break;
            default:
                OnFragment(payload, header.IsFinal);
                break;
        }
    }

    private void OnFragment(ReadOnlySpan<byte> payload, bool isLast)
    {
        if (_message.Length - _messageLength < payload.Length) Array.Resize(ref _message, (_messageLength + payload.Length) * 2);
        payload.CopyTo(_message.AsSpan(_messageLength));
        _messageLength += payload.Length;
        if (!isLast) return;
        var length = _messageLength;
        _messageLength = 0;
        _swarm.Driver.OnMessage(this, _message.AsSpan(0, length));
    }

    private void Hold(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _held.Length) _held = new byte[Math.Max(rest.Length, 512)];
        rest.CopyTo(_held);
        _heldLength = rest.Length;
    }

    private void SendFrame(Opcode kind, ReadOnlySpan<byte> payload) =>
        _outLength += MaskedFrame.Write(OutRoom(payload.Length + MaskedFrame.HeaderBytesMax), kind, payload);

    private Span<byte> OutRoom(int bytes)
    {
        if (_outLength + bytes > OutboundBytesMax) throw new InvalidOperationException("The server does not read what it is sent.");
        if (_out.Length - _outLength < bytes) Array.Resize(ref _out, Math.Max(512, (_outLength + bytes) * 2));
        return _out.AsSpan(_outLength);
    }
}

/// <summary>A room of a run: who joined it, and who publishes into it.</summary>
internal sealed class Room(string name)
{
    public string Name => name;

    /// <summary>Connections that have joined.</summary>
    public int Subscribers { get; set; }

    /// <summary>Publishers of this room so far; each gets the next number.</summary>
    public int Publishers { get; set; }
}
