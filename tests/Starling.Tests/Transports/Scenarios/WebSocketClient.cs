using System.Net;
using System.Net.WebSockets;
using System.Net.Sockets;
using Starling.Protocol;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>A WebSocket over HTTP/1.1, or over a stream of HTTP/2 (RFC 8441).</summary>
internal sealed class WebSocketClient(Uri server, Wire wire, bool isHttp2) : ScenarioClient(wire)
{
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly SemaphoreSlim _mayRead = new(1);
    private readonly SemaphoreSlim _sending = new(1);
    private readonly HttpMessageInvoker _invoker = new(new SocketsHttpHandler
    {
        InitialHttp2StreamWindowSize = 65_535,
        ConnectCallback = static async (context, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024, NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private Task _reading = Task.CompletedTask;

    public override async Task OpenAsync(params Command[] commands)
    {
        _socket.Options.HttpVersion = isHttp2 ? HttpVersion.Version20 : HttpVersion.Version11;
        _socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        _socket.Options.KeepAliveInterval = TimeSpan.Zero;
        var address = new UriBuilder(server) { Scheme = "ws", Path = "/connection/websocket", Query = Wire == Wire.Protobuf ? "cf_protocol=protobuf" : "" };
        await _socket.ConnectAsync(address.Uri, _invoker, _cut.Token);
        _reading = ReadAsync();
        if (commands.Length > 0) await SendAsync(commands);
    }

    public override Task SendAsync(params Command[] commands) => SendRawAsync(Frame(Wire, commands));

    public override async Task SendRawAsync(ReadOnlyMemory<byte> frame)
    {
        await _sending.WaitAsync(_cut.Token);
        await _socket.SendAsync(frame, Wire == Wire.Json ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, _cut.Token);
        _sending.Release();
    }

    public override void StopReading() => Assert.True(_mayRead.Wait(TimeSpan.Zero), "reading was stopped already");

    public override void ReadAgain() => _mayRead.Release();

    public override void Cut()
    {
        _cut.Cancel();
        _socket.Abort();
    }

    public override async ValueTask DisposeAsync()
    {
        Cut();
        await _reading;
        _socket.Dispose();
        _invoker.Dispose();
        _cut.Dispose();
        _mayRead.Dispose();
        _sending.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                await _mayRead.WaitAsync(_cut.Token);
                _mayRead.Release();
                var message = await ReceiveAsync();
                if (message is null) break;
                var reader = new ReplyReader(Wire, message);
                while (reader.Read(out var reply) == ReadStatus.Unit) OnReply(reply!);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or IOException or ObjectDisposedException)
        {
            // Cut, by us or by the server.
        }
        OnEnd();
    }

    private async Task<byte[]?> ReceiveAsync()
    {
        var message = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var part = await _socket.ReceiveAsync(buffer, _cut.Token);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                Farewell = new Disconnect((uint)_socket.CloseStatus!, _socket.CloseStatusDescription ?? "");
                await _socket.CloseOutputAsync(_socket.CloseStatus!.Value, _socket.CloseStatusDescription, _cut.Token);
                return null;
            }
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage) return message.ToArray();
        }
    }
}
