using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Starling.Server.Tests.Processes;

/// <summary>One peer that sends without a pause, and reads what it gets: others are served meanwhile, whatever it sends.</summary>
public sealed class FloodTests
{
    /// <summary>More than there are threads that poll sockets: some would share theirs with the flood.</summary>
    private const int Others = 12;

    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nHost: a\r\n\r\n";

    private static readonly TimeSpan s_flood = TimeSpan.FromSeconds(4);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Requests nobody answers in detail, requests that are answered, and a key nobody has: all without credentials.</summary>
    [Theory]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("OPTIONS /emulation HTTP/1.1\r\nHost: a\r\n\r\n")]
    public Task A45_Requests_without_a_pause_keep_nobody_waiting(string request) => FloodAsync("", Encoding.ASCII.GetBytes(request));

    [Fact]
    public Task A45_Messages_a_one_way_connection_ignores_keep_nobody_waiting() => FloodAsync(
        "GET /connection/uni_websocket HTTP/1.1\r\n" + Upgrade, [0x81, 0x82, 0, 0, 0, 0, (byte)'{', (byte)'}'], "--uni_websocket.enabled");

    /// <summary>They have no reply that could be an error.</summary>
    [Fact]
    public async Task A45_Messages_a_one_way_connection_ignores_count_against_its_limit() => Assert.InRange(
        await FloodAsync(
            "GET /connection/uni_websocket HTTP/1.1\r\n" + Upgrade, [0x81, 0x82, 0, 0, 0, 0, (byte)'{', (byte)'}'],
            "--uni_websocket.enabled", "--client.insecure", "--client.rate_limit.connection.commands.rate", "50"),
        1, 16 * 1024 * 1024);   // what lies in the sockets' buffers

    [Fact]
    public Task A45_Commands_without_a_pause_keep_nobody_waiting() => FloodAsync(
        "GET /connection/websocket HTTP/1.1\r\n" + Upgrade, Frame("""{"id":1,"connect":{}}"""), "--client.insecure");

    /// <returns>Bytes the peer could send.</returns>
    private static async Task<long> FloodAsync(string first, byte[] unit, params string[] flags)
    {
        await using var server = ServerProcess.Start(["serve", "--address", "127.0.0.1", "--port", "0", .. flags]);
        var address = await server.AddressAsync();
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Others });
        await Task.WhenAll(Enumerable.Range(0, Others).Select(_ => AskAsync(http, address)));   // each has a connection

        var watch = Stopwatch.StartNew();
        var flood = Task.Factory.StartNew(() => Flood(address.Port, Encoding.ASCII.GetBytes(first), unit, watch), Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var waits = new ConcurrentBag<double>();
        await Task.WhenAll(Enumerable.Range(0, Others).Select(async _ =>
        {
            while (watch.Elapsed < s_flood)
            {
                var asked = watch.Elapsed;
                await AskAsync(http, address);
                waits.Add((watch.Elapsed - asked).TotalSeconds);
            }
        }));
        var sent = await flood.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.InRange(sent, 4096, long.MaxValue);
        Assert.InRange(waits.Max(), 0, s_flood.TotalSeconds / 2);   // who shared its thread waited until the end
        Assert.DoesNotContain("ERROR", server.Output, StringComparison.Ordinal);
        return sent;
    }

    /// <returns>Bytes sent.</returns>
    private static long Flood(int port, byte[] first, byte[] unit, Stopwatch watch)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, port);
        socket.SendTimeout = 1000;
        if (first.Length > 0) socket.Send(first);
        var block = Enumerable.Repeat(unit, 1 + (64 * 1024 / unit.Length)).SelectMany(static one => one).ToArray();
        var reader = new Thread(() => Drain(socket));
        reader.Start();
        var sent = 0L;
        try
        {
            while (watch.Elapsed < s_flood) sent += socket.Send(block);
        }
        catch (SocketException)
        {
            // The server has had enough of it.
        }
        socket.Close();
        reader.Join();
        return sent;
    }

    private static void Drain(Socket socket)
    {
        var buffer = new byte[256 * 1024];
        try
        {
            while (socket.Receive(buffer) > 0)
            {
                // Who does not read what is answered is stopped by other means.
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The flood is over.
        }
    }

    private static async Task AskAsync(HttpClient http, Uri address)
    {
        using var answer = await http.GetAsync(new Uri(address, "/health"), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static byte[] Frame(string text) => [0x81, (byte)(0x80 | text.Length), 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];
}
