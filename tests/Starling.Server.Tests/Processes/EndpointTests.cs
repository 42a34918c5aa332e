using System.Net;
using System.Net.Sockets;
using System.Text;
using Starling.Server.Tests.Operations;
using static Starling.Server.Tests.Configuration.Configurations;

namespace Starling.Server.Tests.Processes;

public sealed class EndpointTests
{
    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Health_answers_and_names_no_server_software()
    {
        await using var server = await RunningServer.StartAsync();

        using var answer = await s_http.GetAsync(new Uri(server.Addresses[0], "/health"), Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("{}", await answer.Content.ReadAsStringAsync(Cancelled));
        Assert.False(answer.Headers.Contains("Server"));
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task Metrics_are_in_the_prometheus_text_format()
    {
        await using var server = await RunningServer.StartAsync(Set("prometheus.enabled", "true"), Set("http_server.metrics_port", "0"));

        using var answer = await s_http.GetAsync(new Uri(server.Addresses[0], "/metrics"), Cancelled);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        var samples = PrometheusReader.Read(await answer.Content.ReadAsStringAsync(Cancelled)).Samples;
        Assert.Equal(0, samples["starling_connections"]);
        Assert.Contains("process_resident_memory_bytes", samples.Keys);
    }

    [Theory]
    [InlineData("", "0", "0", true)]
    [InlineData("0.0.0.0", "0", "0", true)]
    [InlineData("127.0.0.1", "0", "0", false)]
    [InlineData("", "9000", "0", false)]
    [InlineData("", "0", "8001", false)]
    public void A85_Metrics_on_the_public_port_are_warned_of(string address, string internalPort, string metricsPort, bool isWarnedOf)
    {
        var loaded = Load(flags: [
            Set("prometheus.enabled", "true"), Set("http_server.address", address), Set("http_server.internal_port", internalPort), Set("http_server.metrics_port", metricsPort)]);
        Assert.True(loaded.IsValid);
        Assert.Equal(isWarnedOf, loaded.Notices.Exists(static notice => notice.Key == "prometheus.enabled"));
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/")]
    [InlineData("/health/more")]
    public async Task What_is_not_enabled_is_not_there(string path)
    {
        await using var server = await RunningServer.StartAsync();

        using var answer = await s_http.GetAsync(new Uri(server.Addresses[0], path), Cancelled);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Paths_can_be_changed()
    {
        await using var server = await RunningServer.StartAsync(Set("health.handler_prefix", "/live"));

        using var answer = await s_http.GetAsync(new Uri(server.Addresses[0], "/live"), Cancelled);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A85_Metrics_have_a_port_of_their_own_that_only_this_machine_reaches()
    {
        var port = FreePort();
        await using var server = await RunningServer.StartAsync(Set("http_server.address", "0.0.0.0"), Set("http_server.metrics_port", port), Set("prometheus.enabled", "true"));
        var own = new Uri($"http://127.0.0.1:{port}/");
        var publicPort = new Uri($"http://127.0.0.1:{server.Addresses[0].Port}/");

        Assert.Equal(["0.0.0.0", "127.0.0.1"], server.Addresses.Select(static address => address.Host));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(own, "/metrics")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(publicPort, "/metrics")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(new Uri(publicPort, "/health")));
        foreach (var path in new[] { "/health", "/api/info", "/connection/websocket" }) Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(new Uri(own, path)));
    }

    private static async Task<HttpStatusCode> StatusAsync(Uri address)
    {
        using var answer = await s_http.GetAsync(address, Cancelled);
        return answer.StatusCode;
    }

    [Fact]
    public async Task A85_With_an_internal_port_health_and_metrics_answer_there_alone()
    {
        var port = FreePort();
        await using var server = await RunningServer.StartAsync(Set("http_server.internal_port", port), Set("prometheus.enabled", "true"));
        var internalAddress = new Uri($"http://127.0.0.1:{port}/");

        foreach (var path in new[] { "/health", "/metrics", "/HEALTH", "/metrics/" })
        {
            using var inside = await s_http.GetAsync(new Uri(internalAddress, path), Cancelled);
            Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
            using var outside = await s_http.GetAsync(new Uri(server.Addresses[0], path), Cancelled);
            Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
        }
        using var webSocket = await s_http.GetAsync(new Uri(internalAddress, "/connection/websocket"), Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, webSocket.StatusCode);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task With_an_internal_port_the_api_is_public_only_when_that_is_asked_for(string external)
    {
        var port = FreePort();
        await using var server = await RunningServer.StartAsync(
            Set("http_server.internal_port", port), Set("http_api.key", "secret"), Set("http_api.external", external));

        var inside = await InfoAsync(new Uri($"http://127.0.0.1:{port}/"));
        var outside = await InfoAsync(server.Addresses[0]);

        Assert.Equal(external is "true" ? HttpStatusCode.NotFound : HttpStatusCode.OK, inside);
        Assert.Equal(external is "true" ? HttpStatusCode.OK : HttpStatusCode.NotFound, outside);

        static async Task<HttpStatusCode> InfoAsync(Uri address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/api/info")) { Content = new StringContent("{}") };
            request.Headers.Add("X-API-Key", "secret");
            using var answer = await s_http.SendAsync(request, Cancelled);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("GET /health HTTP/1.1\nHost: a\n\n", "400")]
    [InlineData("GET /health HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", "400")]
    public async Task A06_A_bare_line_feed_ends_no_line(string request, string status) =>
        Assert.StartsWith($"HTTP/1.1 {status}", await RawAsync(request), StringComparison.Ordinal);

    [Fact]
    public async Task A07_Headers_beyond_the_limits_are_refused()
    {
        var many = string.Concat(Enumerable.Range(0, 2000).Select(i => $"X{i}: 1\r\n"));
        Assert.StartsWith("HTTP/1.1 431", await RawAsync($"GET /health HTTP/1.1\r\nHost: a\r\n{many}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431", await RawAsync($"GET /health HTTP/1.1\r\nHost: a\r\nX: {new string('x', 40_000)}\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 414", await RawAsync($"GET /{new string('x', 10_000)} HTTP/1.1\r\nHost: a\r\n\r\n"), StringComparison.Ordinal);
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, port: 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Sends bytes to a real server process, where the settings of the process are made, and reads what it answers.</summary>
    private static async Task<string> RawAsync(string request)
    {
        await using var server = ServerProcess.Start(["serve", "--address", "127.0.0.1", "--port", "0"]);
        var address = await server.AddressAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, Cancelled);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancelled);
        var buffer = new byte[256];
        var read = await stream.ReadAtLeastAsync(buffer, 12, throwOnEndOfStream: false, Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }
}
