using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Starling.Server.Bench.Scenarios;

namespace Starling.Server.Bench.Siege;

/// <summary>The door did not open: the answer to an upgrade was another than 101.</summary>
internal sealed class DoorException(string status) : IOException(status);

/// <summary>One connection of somebody who means no good: any bytes, and what came of them.</summary>
internal sealed class HostilePeer : IDisposable
{
    /// <summary>Longer than every deadline of the server.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(45);

    /// <summary>An address of its own, so that limits per address tell them from the others.</summary>
    private static readonly IPAddress s_address = IPAddress.Parse("127.0.0.2");

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly CancellationToken _cancelled;
    private int _held;

    private HostilePeer(Socket socket, Random random, CancellationToken cancellationToken) => (_socket, Random, _cancelled) = (socket, random, cancellationToken);

    public Random Random { get; }

    public static async Task<HostilePeer> ConnectAsync(int port, Random random, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(s_address, 0));
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            return new HostilePeer(socket, random, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _socket.Dispose();

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await _socket.SendAsync(bytes, _cancelled)..];
    }

    /// <summary>Sends a request and reads the status of the answer.</summary>
    public async Task<string> AskAsync(string request)
    {
        try
        {
            await SendAsync(Encoding.Latin1.GetBytes(request));
        }
        catch (SocketException)
        {
            // Refused before it was sent; the answer may be there.
        }
        return await StatusAsync();
    }

    /// <summary>Opens a WebSocket.</summary>
    /// <exception cref="DoorException">It was refused.</exception>
    public async Task UpgradeAsync(string headers = "")
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var status = await AskAsync($"GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n");
        if (status != "101") throw new DoorException(status);
    }

    /// <summary>Opens a WebSocket as somebody who may.</summary>
    public async Task EnterAsync()
    {
        await UpgradeAsync();
        await SayAsync($$$"""{"id":1,"connect":{"token":"{{{GuardedServer.TokenOf($"hostile-{Random.Next(50)}")}}}"}}""");
        var answer = await ListenAsync(static text => text.Contains("\"id\":1,", StringComparison.Ordinal));
        if (answer != Heard) throw new DoorException(answer);
    }

    /// <summary>Sends a message in a frame.</summary>
    public Task SayAsync(string text) => SendAsync(Frame(0x81, Encoding.UTF8.GetBytes(text)));

    /// <summary>Resets the connection.</summary>
    public void Reset() => _socket.Close(timeout: 0);

    /// <summary>Leaves what comes where it is.</summary>
    public Task WaitAsync(TimeSpan time) => Task.Delay(time, _cancelled);

    /// <summary>What <see cref="ListenAsync"/> returns when the message came.</summary>
    public const string Heard = "heard";

    /// <summary>Reads until the server ends the connection.</summary>
    /// <returns>The code of its close; <c>end</c> or <c>reset</c> when there was none, <c>open</c> when it did not end.</returns>
    public Task<string> EndAsync() => ListenAsync(static _ => false);

    /// <summary>Reads until a message says what is looked for, or the server ends the connection.</summary>
    public async Task<string> ListenAsync(Func<string, bool> isIt)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_cancelled);
        deadline.CancelAfter(s_patience);
        try
        {
            while (true)
            {
                if (TakeFrames(isIt) is { } outcome) return outcome;
                if (_held == _buffer.Length) _held = 0;   // a frame longer than the buffer: nothing here looks for what is in it
                var count = await _socket.ReceiveAsync(_buffer.AsMemory(_held), deadline.Token);
                if (count == 0) return "end";
                _held += count;
            }
        }
        catch (SocketException)
        {
            return "reset";
        }
        catch (OperationCanceledException) when (!_cancelled.IsCancellationRequested)
        {
            return "open";
        }
    }

    /// <summary>A client's frame with a mask of zeros.</summary>
    public static byte[] Frame(byte first, ReadOnlySpan<byte> payload)
    {
        byte[] header = payload.Length switch
        {
            < 126 => [first, (byte)(0x80 | payload.Length), 0, 0, 0, 0],
            <= ushort.MaxValue => [first, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0],
            _ => [first, 0x80 | 127, 0, 0, 0, 0, (byte)(payload.Length >> 24), (byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0],
        };
        return [.. header, .. payload];
    }

    private string? TakeFrames(Func<string, bool> isIt)
    {
        var at = 0;
        string? outcome = null;
        while (outcome is null && Frames.FrameHeader.TryRead(_buffer.AsSpan(at, _held - at), out var header) && header.Length <= _held - at)
        {
            var payload = _buffer.AsSpan(at + header.HeaderLength, header.PayloadLength);
            at += header.Length;
            if (header.Kind == WebSockets.Opcode.Close) outcome = payload.Length < 2 ? "1005" : ((payload[0] << 8) | payload[1]).ToString(CultureInfo.InvariantCulture);
            else if (header.Kind == WebSockets.Opcode.Text && isIt(Encoding.UTF8.GetString(payload))) outcome = Heard;
        }
        _buffer.AsSpan(at, _held - at).CopyTo(_buffer);
        _held -= at;
        return outcome;
    }

    /// <summary>Reads the head of an answer; what follows it stays.</summary>
    private async Task<string> StatusAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_cancelled);
        deadline.CancelAfter(s_patience);
        try
        {
            while (true)
            {
                var end = _buffer.AsSpan(0, _held).IndexOf("\r\n\r\n"u8);
                if (end >= 0)
                {
                    var status = Encoding.ASCII.GetString(_buffer, 9, 3);
                    _buffer.AsSpan(end + 4, _held - end - 4).CopyTo(_buffer);
                    _held -= end + 4;
                    return status;
                }
                var count = _held == _buffer.Length ? 0 : await _socket.ReceiveAsync(_buffer.AsMemory(_held), deadline.Token);
                if (count == 0) return "end";
                _held += count;
            }
        }
        catch (SocketException)
        {
            return "reset";
        }
        catch (OperationCanceledException) when (!_cancelled.IsCancellationRequested)
        {
            return "open";
        }
    }
}
