using System.Diagnostics;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;

namespace Starling.Server.Tests.Processes;

public sealed class ShutdownTests
{
    private const string Connect = """{"id":1,"connect":{}}""";
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task F02_Every_client_is_told_3001_and_the_process_ends_with_0()
    {
        await using var server = ServerProcess.Start(["serve", "--address", "127.0.0.1", "--port", "0", "--client.insecure"]);
        var address = await server.AddressAsync();
        using var deadline = new CancellationTokenSource(s_deadline);
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri($"ws://{address.Authority}/connection/websocket"), deadline.Token);
        await client.SendAsync(Encoding.UTF8.GetBytes(Connect), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
        var buffer = new byte[4096];
        Assert.Equal(WebSocketMessageType.Text, (await client.ReceiveAsync(buffer, deadline.Token)).MessageType);

        await server.SignalAsync("TERM");

        var close = await client.ReceiveAsync(buffer, deadline.Token);
        Assert.Equal((WebSocketMessageType.Close, 3001, "shutdown"), (close.MessageType, (int?)close.CloseStatus, close.CloseStatusDescription));
        await client.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, deadline.Token);
        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task A_client_that_never_answers_does_not_hold_up_the_end_beyond_the_timeout()
    {
        await using var server = ServerProcess.Start(
            ["serve", "--address", "127.0.0.1", "--port", "0", "--client.insecure", "--shutdown.timeout", "2s"]);
        var address = await server.AddressAsync();
        using var deadline = new CancellationTokenSource(s_deadline);
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, deadline.Token);
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("GET /connection/websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
            deadline.Token);
        var status = new byte[12];
        await client.GetStream().ReadExactlyAsync(status, deadline.Token);
        Assert.Equal("HTTP/1.1 101", Encoding.ASCII.GetString(status));

        var watch = Stopwatch.StartNew();
        await server.SignalAsync("TERM");

        Assert.Equal(0, await server.ExitAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");   // 2 s, and room for a busy machine
    }

    [Fact]
    public async Task F05_A_second_signal_changes_nothing()
    {
        await using var server = ServerProcess.Start(["serve", "--address", "127.0.0.1", "--port", "0"]);
        await server.AddressAsync();

        await server.SignalAsync("TERM");
        await server.SignalAsync("TERM");

        Assert.Equal(0, await server.ExitAsync());
    }
}
