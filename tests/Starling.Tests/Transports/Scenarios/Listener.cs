using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Starling.TestKit;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>A client that only listens, over any of the one-way transports.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly Channel<JsonElement> _pushes = Channel.CreateUnbounded<JsonElement>();
    private readonly CancellationTokenSource _cut = new();
    private readonly List<IDisposable> _carriers = [];
    private Task _reading = Task.CompletedTask;

    /// <summary>All bytes that came, as text.</summary>
    public StringBuilder Raw { get; } = new();

    public WebSocketCloseStatus? CloseStatus { get; private set; }

    /// <param name="host">The server.</param>
    /// <param name="transport"><c>uni_websocket</c>, <c>uni_http_stream</c> or <c>uni_sse</c>.</param>
    /// <param name="request">The connect request; <see langword="null"/>: none is sent.</param>
    /// <param name="inAddress">The request goes into the address, where the transport allows that.</param>
    public static async Task<Listener> OpenAsync(TransportHost host, string transport, string? request, bool inAddress = false)
    {
        var listener = new Listener();
        var query = inAddress && request is not null ? $"?cf_connect={Uri.EscapeDataString(request)}" : "";
        var address = new Uri(host.Http1, $"/connection/{transport}{query}");
        if (transport == "uni_websocket") await listener.OpenSocketAsync(address, inAddress ? null : request);
        else await listener.OpenStreamAsync(address, transport, inAddress ? null : request);
        return listener;
    }

    /// <summary>The next push; pings are passed over.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        while (true)
        {
            var push = await _pushes.Reader.ReadAsync(deadline.Token);
            if (push.EnumerateObject().Any()) return push;
        }
    }

    public async Task<string> NextDataAsync() => (await NextAsync()).GetProperty("pub").GetProperty("data").GetRawText();

    /// <summary>Waits for the end.</summary>
    /// <returns>The code of the last push, which must be a disconnect.</returns>
    public async Task<int> DisconnectAsync()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        JsonElement last = default;
        await foreach (var push in _pushes.Reader.ReadAllAsync(deadline.Token)) last = push;
        return last.GetProperty("disconnect").GetProperty("code").GetInt32();
    }

    /// <summary>Waits for a ping.</summary>
    public async Task PingAsync()
    {
        using var deadline = new CancellationTokenSource(Eventually.Deadline);
        while ((await _pushes.Reader.ReadAsync(deadline.Token)).EnumerateObject().Any())
        {
            // Something else came first.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _cut.CancelAsync();
        await _reading;
        foreach (var carrier in _carriers) carrier.Dispose();
        _cut.Dispose();
    }

    private async Task OpenSocketAsync(Uri address, string? request)
    {
        var socket = new ClientWebSocket();
        _carriers.Add(socket);
        await socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws" }.Uri, _cut.Token);
        if (request is not null) await socket.SendAsync(Encoding.UTF8.GetBytes(request), WebSocketMessageType.Text, endOfMessage: true, _cut.Token);
        _reading = ReadAsync(async buffer =>
        {
            var part = await socket.ReceiveAsync(buffer, _cut.Token);
            if (part.MessageType != WebSocketMessageType.Close) return (part.Count, part.EndOfMessage ? "\n" : "");
            CloseStatus = socket.CloseStatus;
            await socket.CloseOutputAsync(socket.CloseStatus!.Value, socket.CloseStatusDescription, _cut.Token);
            return (0, "");
        });
    }

    private async Task OpenStreamAsync(Uri address, string transport, string? request)
    {
        var http = StreamClient.NewHttp(address, isHttp2: false);
        _carriers.Add(http);
        using var message = new HttpRequestMessage(transport == "uni_sse" && request is null ? HttpMethod.Get : HttpMethod.Post, address);
        if (message.Method == HttpMethod.Post) message.Content = new StringContent(request ?? "");
        var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, _cut.Token);
        _carriers.Add(response);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var stream = await response.Content.ReadAsStreamAsync(_cut.Token);
        _reading = ReadAsync(async buffer => (await stream.ReadAsync(buffer, _cut.Token), ""));
    }

    private async Task ReadAsync(Func<Memory<byte>, Task<(int Count, string After)>> read)
    {
        var buffer = new byte[16 * 1024];
        var rest = new StringBuilder();
        try
        {
            while (true)
            {
                var (count, after) = await read(buffer);
                if (count == 0) break;
                var text = Encoding.UTF8.GetString(buffer, 0, count) + after;
                Raw.Append(text);
                var lines = rest.Append(text).ToString().Split('\n');
                rest.Clear().Append(lines[^1]);
                foreach (var line in lines[..^1]) OnLine(line.Trim());
            }
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or IOException or HttpRequestException)
        {
            // Cut, by us or by the server.
        }
        _pushes.Writer.TryComplete();
    }

    private void OnLine(string line)
    {
        if (line.StartsWith("data: ", StringComparison.Ordinal)) line = line[6..];
        if (line.Length == 0 || line[0] == ':') return;
        using var json = JsonDocument.Parse(line);
        _pushes.Writer.TryWrite(json.RootElement.Clone());
    }
}
