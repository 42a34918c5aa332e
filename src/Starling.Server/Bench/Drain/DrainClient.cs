using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Starling.Server.Bench.Drain;

/// <summary>One client of the scenario: subscribed to a room, publishing into it now and then, and coming back elsewhere as the
/// SDK does when it is sent away.</summary>
internal sealed class DrainClient(int index, string room, Random random) : IDisposable
{
    /// <summary>The SDK waits so long at first, and up to as much again (protocol 8).</summary>
    private const int ReconnectDelayMs = 500;

    private readonly SemaphoreSlim _sending = new(1);
    private readonly HashSet<int> _acknowledged = [];   // numbers published and confirmed
    private readonly HashSet<int> _received = [];       // own numbers delivered back
    private readonly byte[] _buffer = new byte[2048];
    private ClientWebSocket? _socket;
    private int _published;

    /// <summary>Of the close; 0 when there was none.</summary>
    public int CloseCode { get; private set; }

    public string CloseReason { get; private set; } = "";

    /// <summary>Timestamp of the close; 0 before.</summary>
    public long ClosedAt { get; private set; }

    /// <summary>Timestamp of the connect reply of the other server; 0 when it never came.</summary>
    public long ReturnedAt { get; private set; }

    /// <summary>Every second client asks for advice.</summary>
    public bool AsksForAdvice => index % 2 == 0;

    public int Acknowledged => _acknowledged.Count;

    /// <summary>Own publications that were confirmed and not delivered before the close.</summary>
    public int Lost => _acknowledged.Count(number => !_received.Contains(number));

    /// <summary>Connects and subscribes.</summary>
    public async Task ConnectAsync(Uri server, CancellationToken cancellationToken)
    {
        _socket = new ClientWebSocket();
        await _socket.ConnectAsync(server, cancellationToken);
        var headers = AsksForAdvice ? ",\"headers\":{\"starling-advice\":\"1\"}" : "";
        await SendAsync($$$"""{"id":1,"connect":{"name":"drain"{{{headers}}}}}""" + "\n" + $$$"""{"id":2,"subscribe":{"channel":"{{{room}}}"}}""", cancellationToken);
        for (var isIn = false; !isIn;)
        {
            var message = await ReceiveAsync(cancellationToken) ?? throw new WebSocketException("closed while connecting");
            isIn = message.Contains("\"id\":2,", StringComparison.Ordinal) && !message.Contains("\"error\"", StringComparison.Ordinal);
        }
    }

    /// <summary>Takes what comes until the server closes, then comes back to the other one.</summary>
    public async Task StayAsync(Uri other, CancellationToken cancellationToken)
    {
        try
        {
            while (await ReceiveAsync(cancellationToken) is { } message)
            {
                foreach (var unit in message.Split('\n')) await OnUnitAsync(unit, cancellationToken);
            }
            ClosedAt = Stopwatch.GetTimestamp();
            CloseCode = _socket!.CloseStatus is { } code ? (int)code : 0;
            CloseReason = _socket.CloseStatusDescription ?? "";
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
        catch (WebSocketException)
        {
            ClosedAt = Stopwatch.GetTimestamp();   // without a close frame: the code stays 0
        }
        _socket?.Dispose();
        await Task.Delay(ReconnectDelayMs + random.Next(ReconnectDelayMs), cancellationToken);
        await ConnectAsync(other, cancellationToken);
        ReturnedAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Publishes the next number.</summary>
    public Task PublishAsync(CancellationToken cancellationToken)
    {
        if (ClosedAt != 0) return Task.CompletedTask;
        var number = _published++;
        var data = string.Create(CultureInfo.InvariantCulture, $"{{\"c\":{index},\"n\":{number}}}");
        return SendAsync($$$"""{"id":{{{number + 10}}},"publish":{"channel":"{{{room}}}","data":{{{data}}} }}""", cancellationToken);
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _sending.Dispose();
    }

    private async Task OnUnitAsync(string unit, CancellationToken cancellationToken)
    {
        if (unit == "{}")
        {
            await SendAsync("{}", cancellationToken);
            return;
        }
        using var reply = JsonDocument.Parse(unit);
        if (reply.RootElement.TryGetProperty("id", out var id))
        {
            if (reply.RootElement.TryGetProperty("publish", out _)) _acknowledged.Add(id.GetInt32() - 10);
        }
        else if (reply.RootElement.TryGetProperty("push", out var push) && push.TryGetProperty("pub", out var publication))
        {
            var data = publication.GetProperty("data");
            if (data.GetProperty("c").GetInt32() == index) _received.Add(data.GetProperty("n").GetInt32());
        }
    }

    private async Task SendAsync(string message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await _socket!.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        catch (Exception error) when (error is WebSocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The connection is over: what was not sent is not acknowledged.
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <returns><see langword="null"/> when the server has closed.</returns>
    private async Task<string?> ReceiveAsync(CancellationToken cancellationToken)
    {
        StringBuilder? parts = null;
        while (true)
        {
            var result = await _socket!.ReceiveAsync(_buffer, cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close) return null;
            var part = Encoding.UTF8.GetString(_buffer, 0, result.Count);
            if (result.EndOfMessage && parts is null) return part;
            parts ??= new StringBuilder();
            parts.Append(CultureInfo.InvariantCulture, $"{part}");
            if (result.EndOfMessage) return parts.ToString();
        }
    }
}
