using System.Net;
using System.Net.Sockets;
using System.Text;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>The limits of connections hold on the transports over HTTP as they do on the WebSocket.</summary>
public sealed class HttpLimitTests
{
    private const string Connect = """{"id":1,"connect":{}}""";

    [Theory]
    [InlineData("POST", "/connection/http_stream")]
    [InlineData("POST", "/connection/sse")]
    [InlineData("POST", "/connection/uni_http_stream")]
    [InlineData("GET", "/connection/uni_sse")]
    [InlineData("GET", "/connection/long_poll?channel=room")]
    public async Task A77_a_full_node_sends_clients_away_with_503_and_tells_when_to_come_back(string method, string path)
    {
        await using var host = await TransportHost.StartAsync(static options => options.Client.ConnectionLimit = 1);
        await using var first = new StreamClient(host.Http1, Wire.Json, isEvents: false, isHttp2: false);
        await first.ConnectAsync();
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST") request.Content = new StringContent(path.Contains("uni", StringComparison.Ordinal) ? "{}" : Connect);

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    [Fact]
    public async Task A77_streams_count_as_new_connections_of_the_second()
    {
        await using var host = await TransportHost.StartAsync(static options => options.Client.ConnectionRateLimit = 1);
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        var refused = 0;
        for (var i = 0; i < 5; i++)
        {
            using var response = await http.SendAsync(
                new HttpRequestMessage(HttpMethod.Post, "/connection/http_stream") { Content = new StringContent(Connect) },
                HttpCompletionOption.ResponseHeadersRead,
                TestContext.Current.CancellationToken);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable) refused++;
        }
        Assert.True(refused >= 3, $"{refused} of 5 were refused");
    }

    [Theory]
    [InlineData("uni_http_stream")]
    [InlineData("uni_sse")]
    public async Task A79_a_listener_that_stops_reading_is_dropped(string transport)
    {
        await using var host = await TransportHost.StartAsync(static options =>
        {
            options.Client.WriteStallTimeout = TimeSpan.FromSeconds(1);
            options.Channel.WithoutNamespace = new ChannelOptions();   // without history
        });
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        using var stuck = await http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, $"/connection/{transport}") { Content = new StringContent("""{"subs":{"room":{}}}""") },
            HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        await using var reader = await Listener.OpenAsync(host, transport, """{"subs":{"room":{}}}""");
        await reader.NextAsync();
        var payload = new string('x', 20_000);
        for (var n = 0; n < 500; n++)
        {
            await host.PublishAsync("room", $"\"{payload}\"");
            await reader.NextAsync();
        }
        await Eventually.IsTrueAsync(() => host.Node.Connections.Count == 1, "the stuck listener to be dropped");
        await host.PublishAsync("room", "1");
        Assert.Equal("1", await reader.NextDataAsync());
    }

    [Fact]
    public async Task A84_requests_that_pile_up_behind_a_slow_command_are_bounded_in_bytes()
    {
        using var answer = new SemaphoreSlim(0);
        await using var host = await TransportHost.StartAsync(
            static options => options.Client.QueueMaxSize = 64 * 1024,
            extend: engine => engine.MapRpc("slow", async _ =>
            {
                await answer.WaitAsync();
                return RpcResult.Ok(default);
            }));
        await using var client = new StreamClient(host.Http1, Wire.Json, isEvents: false, isHttp2: false);
        await client.ConnectAsync();
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        var body = new string(' ', 20_000);
        var posts = Enumerable.Range(2, 40).Select(id => client.PostAsync(
            client.Connected.Session, client.Connected.Node, Encoding.UTF8.GetBytes($$"""{"id":{{id}},"rpc":{"method":"slow"} }{{body}}"""))).ToList();

        await client.DrainAsync();
        Assert.Equal(Disconnects.TooManyRequests, client.Farewell);
        answer.Release(40);
        foreach (var post in posts) (await post).Dispose();   // every request is answered, whatever became of its commands
    }

    /// <summary>The host fails the test on an error in its log, the web server's own among them.</summary>
    [Theory]
    [InlineData("/connection/http_stream", "Content-Length: 1000", "abc")]
    [InlineData("/connection/http_stream", "Transfer-Encoding: chunked", "3e8\r\nabc")]
    [InlineData("/emulation", "Content-Length: 1000", "abc")]
    [InlineData("/emulation", "Transfer-Encoding: chunked", "3e8\r\nabc")]
    public async Task A89_a_request_that_is_reset_in_the_middle_of_its_body_is_no_error(string path, string length, string begun)
    {
        await using var host = await TransportHost.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
            await socket.ConnectAsync(host.Http1.Host, host.Http1.Port, TestContext.Current.CancellationToken);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{length}\r\n\r\n"));
            var answer = new byte[100];
            var count = await socket.ReceiveAsync(answer, TestContext.Current.CancellationToken);
            Assert.StartsWith("HTTP/1.1 100 ", Encoding.ASCII.GetString(answer, 0, count), StringComparison.Ordinal);   // it reads the body now
            await socket.SendAsync(Encoding.ASCII.GetBytes(begun));
            socket.Close();   // without lingering: a reset
        }
        await host.StopAsync();   // when the last request is over
    }

    [Fact]
    public async Task A81_the_kernel_is_told_when_a_silent_listener_is_gone()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var listening = new TcpListener(IPAddress.Loopback, 0);
        listening.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listening.LocalEndpoint, TestContext.Current.CancellationToken);
        var features = new Microsoft.AspNetCore.Http.Features.FeatureCollection();
        features.Set<Microsoft.AspNetCore.Connections.Features.IConnectionSocketFeature>(new Carrier(client.Client));

        Starling.Transports.Http.PeerTimeout.Set(features, 33_000);

        var value = new byte[4];
        client.Client.GetRawSocketOption(6, 18, value);
        Assert.Equal(33_000, BitConverter.ToInt32(value));
    }

    private sealed record Carrier(Socket Socket) : Microsoft.AspNetCore.Connections.Features.IConnectionSocketFeature;
}
