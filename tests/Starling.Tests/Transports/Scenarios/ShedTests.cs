using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Starling.Operations;
using Starling.TestKit;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>What a server with too much to do answers at the door of every transport.</summary>
public sealed class ShedTests
{
    public static TheoryData<string, string> Doors => new()
    {
        { "GET", "/connection/websocket" },
        { "GET", "/connection/uni_websocket" },
        { "POST", "/connection/http_stream" },
        { "POST", "/connection/sse" },
        { "POST", "/connection/uni_http_stream" },
        { "POST", "/connection/uni_sse" },
        { "GET", "/connection/long_poll?channel=news" },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A77_Too_many_from_one_address_get_429_and_hear_when_to_come_back(string method, string path)
    {
        await using var host = await TransportHost.StartAsync(static options =>
        {
            options.Client.RateLimit.Address.Connect = new RateOptions { Rate = 1, Interval = TimeSpan.FromMinutes(1) };
        });
        Assert.Equal(0, host.Node.RateLimiter.JudgeConnect(IPAddress.Loopback, out _));
        using var response = await SendAsync(host, method, path);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        var seconds = response.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
        Assert.InRange(seconds, 50, 61);
        Assert.Equal(FormattableString.Invariant($"too many requests: connect of this address, try again in {seconds} s\n"), await TextOfAsync(response));
        Assert.Equal(0, host.Node.Connections.Count);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A77_A_node_without_room_answers_503_and_says_when_to_come_back(string method, string path)
    {
        await using var host = await TransportHost.StartAsync(static options => options.Client.ConnectionRateLimit = 1);
        var metrics = host.Services.GetRequiredService<PrometheusExporter>();
        host.Node.TryTakeConnect();
        HttpResponseMessage response;
        do
        {
            host.Node.TryTakeConnect();   // this second is used up, whichever it is
            response = await SendAsync(host, method, path);
        }
        while (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.SwitchingProtocols);
        using (response)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(5), response.Headers.RetryAfter!.Delta);
            Assert.Equal("too many new connections to this server, try again in 5 s\n", await TextOfAsync(response));
        }
        Assert.Contains("starling_limits_refused_total{kind=\"connection_rate_limit\",scope=\"node\"} ", metrics.Collect(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("address_connection_limit", 429, "too many connections from this address, try again in 10 s\n", "connect", "address")]
    [InlineData("connection_limit", 503, "too many connections to this server, try again in 5 s\n", "connection_limit", "node")]
    [InlineData("pending_connection_limit", 503, "too many connections to this server that are not connected yet, try again in 5 s\n", "pending_connection_limit", "node")]
    [InlineData("shutdown", 503, "this server is stopping, try again in 5 s\n", "stopping", "node")]
    public async Task A77_Who_is_turned_away_hears_which_limit_it_was_and_the_operator_sees_it_too(string limit, int status, string text, string kind, string scope)
    {
        await using var host = await TransportHost.StartAsync(options =>
        {
            if (limit == "address_connection_limit") options.Client.AddressConnectionLimit = 1;
            if (limit == "connection_limit") options.Client.ConnectionLimit = 1;
            if (limit == "pending_connection_limit") options.Client.PendingConnectionLimit = 1;
        });
        var metrics = host.Services.GetRequiredService<PrometheusExporter>();   // sees what is counted from now on
        using var first = new ClientWebSocket();
        await first.ConnectAsync(new Uri(host.Http1.AbsoluteUri.Replace("http", "ws", StringComparison.Ordinal) + "connection/websocket"), TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(() => host.Node.Connections.Count == 1, "the first connection");
        if (limit == "shutdown") host.Node.CloseDoor();
        using var response = await SendAsync(host, "POST", "/connection/http_stream");
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(text, await TextOfAsync(response));
        Assert.Contains($"starling_limits_refused_total{{kind=\"{kind}\",scope=\"{scope}\"}} 1\n", metrics.Collect(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A82_Each_stream_of_an_HTTP2_connection_counts_as_a_connection()
    {
        await using var host = await TransportHost.StartAsync(static options => options.Client.AddressConnectionLimit = 3);
        using var http = StreamClient.NewHttp(host.Http2, isHttp2: true);
        var streams = new List<HttpResponseMessage>();
        for (var i = 0; i < 4; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/connection/http_stream")
            {
                Content = new StringContent("""{"id":1,"connect":{}}""", Encoding.UTF8, "application/json"),
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            streams.Add(await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken));
        }
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], streams.Select(static one => one.StatusCode));
        Assert.Equal(3, host.Node.Connections.Count);
        streams.ForEach(static one => one.Dispose());
    }

    private static Task<string> TextOfAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        return response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<HttpResponseMessage> SendAsync(TransportHost host, string method, string path)
    {
        using var http = new HttpClient { BaseAddress = host.Http1 };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method == "POST") request.Content = new StringContent("""{"id":1,"connect":{}}""", Encoding.UTF8, "application/json");
        if (path.EndsWith("websocket", StringComparison.Ordinal))
        {
            request.Headers.Add("Connection", "Upgrade");
            request.Headers.Add("Upgrade", "websocket");
            request.Headers.Add("Sec-WebSocket-Version", "13");
            request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        }
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        if (!response.IsSuccessStatusCode && response.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            await response.Content.LoadIntoBufferAsync(TestContext.Current.CancellationToken);   // its client is gone when this returns
        }
        return response;
    }
}
