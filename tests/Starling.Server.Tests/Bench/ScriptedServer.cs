using System.Net;
using System.Net.Sockets;
using System.Text;
using Starling.WebSockets;

namespace Starling.Server.Tests.Bench;

/// <summary>A server for one client: accepts the upgrade, says its first messages, then answers each message of the client
/// with the next line of its script. Messages are bytes written as Latin-1 text.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(20));
    private readonly Task<List<string>> _run;

    /// <param name="kind">What its messages are.</param>
    /// <param name="greeting">Said after the upgrade; nothing when null.</param>
    /// <param name="script">Answers in order, one per message of the client; the last message is only received.</param>
    public ScriptedServer(Opcode kind, string? greeting, params string?[] script)
    {
        _listener.Start();
        Url = new Uri($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _run = Task.Run(() => RunAsync(kind, greeting, script));
    }

    public Uri Url { get; }

    /// <summary>The first line of the client's request.</summary>
    public string RequestLine { get; private set; } = "";

    /// <summary>Waits until the script is played.</summary>
    /// <returns>The messages of the client.</returns>
    public Task<List<string>> ReceivedAsync() => _run;

    public void Dispose()
    {
        _deadline.Cancel();
        _listener.Dispose();
        _deadline.Dispose();
    }

    private static byte[] Frame(Opcode kind, string message) =>
        [(byte)(0x80 | (byte)kind), (byte)message.Length, .. Encoding.Latin1.GetBytes(message)];

    private async Task<List<string>> RunAsync(Opcode kind, string? greeting, string?[] script)
    {
        using var client = await _listener.AcceptTcpClientAsync(_deadline.Token);
        var stream = client.GetStream();
        RequestLine = (await ReadHeadAsync(stream)).Split("\r\n")[0];
        var answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"u8.ToArray();
        await stream.WriteAsync((byte[])[.. answer, .. greeting is null ? [] : Frame(kind, greeting)], _deadline.Token);
        var received = new List<string>();
        foreach (var line in script)
        {
            received.Add(await ReadMessageAsync(stream));
            if (line is not null) await stream.WriteAsync(Frame(kind, line), _deadline.Token);
        }
        received.Add(await ReadMessageAsync(stream));
        return received;
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            await stream.ReadExactlyAsync(one, _deadline.Token);
            head.Add(one[0]);
        }
        return Encoding.ASCII.GetString([.. head]);
    }

    private async Task<string> ReadMessageAsync(NetworkStream stream)
    {
        var start = new byte[2];
        await stream.ReadExactlyAsync(start, _deadline.Token);
        var length = start[1] & 0x7F;
        if (length == 126)
        {
            var longer = new byte[2];
            await stream.ReadExactlyAsync(longer, _deadline.Token);
            length = longer[0] << 8 | longer[1];
        }
        var body = new byte[length + 4];
        await stream.ReadExactlyAsync(body, _deadline.Token);
        for (var i = 4; i < body.Length; i++) body[i] ^= body[i % 4];
        return Encoding.Latin1.GetString(body, 4, length);
    }
}
