using System.Net;
using System.Text;

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
        Assert.Equal(0, host.Node.RateLimiter.JudgeConnect(IPAddress.Loopback));
        using var response = await SendAsync(host, method, path);
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 50, 61);
        Assert.Equal(0, host.Node.Connections.Count);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A77_A_node_without_room_answers_503_and_says_when_to_come_back(string method, string path)
    {
        await using var host = await TransportHost.StartAsync(static options => options.Client.ConnectionRateLimit = 1);
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
        }
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
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }
}
