using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>A TCP socket that says exactly what a test wants to be said.</summary>
internal sealed class RawClient : IDisposable
{
    /// <summary>The key and answer of RFC 6455 §1.3.</summary>
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";
    public const string Accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly List<byte> _received = [];

    private RawClient(Socket socket) => _socket = socket;

    public static async Task<RawClient> ConnectAsync(int port, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0) socket.ReceiveBufferSize = receiveBuffer;
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawClient(socket);
    }

    /// <summary>Connects and opens a WebSocket.</summary>
    public static async Task<RawClient> OpenAsync(int port, string headers = "", int receiveBuffer = 0)
    {
        var client = await ConnectAsync(port, receiveBuffer);
        await client.SendAsync(Request(headers));
        Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        return client;
    }

    public static string Request(string headers = "", string version = "Sec-WebSocket-Version: 13\r\n") =>
        "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + Key + "\r\n" + version + headers + "\r\n";

    public async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes);

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendAsync(params TestFrame[] frames) => SendAsync(TestConnection.Concat(frames));

    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The head of an HTTP answer; what follows it is left for later.</summary>
    public async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            var text = Encoding.Latin1.GetString([.. _received]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _received.RemoveRange(0, end + 4);
                return text[..(end + 4)];
            }
            Assert.True(await ReceiveAsync(), "The connection ended before the head was complete: " + text);
        }
    }

    /// <summary>Reads until a Close frame is there, and takes everything that came.</summary>
    public async Task<List<ParsedFrame>> ReadToCloseAsync()
    {
        while (true)
        {
            var frames = SimpleParser.Parse([.. _received], out _);
            if (frames.Exists(frame => frame.Opcode == 8)) return frames;
            Assert.True(await ReceiveAsync(), "The connection ended without a Close frame.");
        }
    }

    /// <summary>Reads frames until there are that many.</summary>
    public async Task<List<ParsedFrame>> ReadFramesAsync(int count)
    {
        while (true)
        {
            var frames = SimpleParser.Parse([.. _received], out _);
            if (frames.Count >= count) return frames;
            Assert.True(await ReceiveAsync(), "The connection ended early.");
        }
    }

    /// <summary>Reads to the FIN. A reset throws.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }
        return [.. _received];
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Reads what there is, at most that many bytes.</summary>
    public async Task<bool> ReceiveAsync(int bytesMax = 64 * 1024)
    {
        var buffer = new byte[bytesMax];
        using var patience = new CancellationTokenSource(s_patience);
        var count = await _socket.ReceiveAsync(buffer, SocketFlags.None, patience.Token);
        _received.AddRange(buffer.AsSpan(0, count));
        return count > 0;
    }
}
