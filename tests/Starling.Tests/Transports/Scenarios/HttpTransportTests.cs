using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.WebSockets.Peer;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>What requests of the transports over plain HTTP are answered with (protocol 1.4 to 1.6, checklist 14 to 22).</summary>
public sealed class HttpTransportTests : IAsyncLifetime
{
    private const string Connect = """{"id":1,"connect":{}}""";

    private TransportHost _host = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await TransportHost.StartAsync(static options => options.Client.AllowedOrigins = ["https://app.example.com"]);
        _http = StreamClient.NewHttp(_host.Http1, isHttp2: false);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Http_stream_is_answered_with_a_line_and_headers_that_nobody_buffers_14()
    {
        using var response = await SendAsync(HttpMethod.Post, "/connection/http_stream", Connect);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("""{"id":1,"connect":{"client":""", await FirstLineAsync(response), StringComparison.Ordinal);
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        var cache = Assert.Single(response.Headers.GetValues("Cache-Control"));
        foreach (var word in (string[])["private", "no-cache", "no-store", "must-revalidate", "no-transform", "max-age=0"])
        {
            Assert.Contains(word, cache, StringComparison.Ordinal);
        }
        Assert.Equal("no-cache", Assert.Single(response.Headers.GetValues("Pragma")));
        Assert.Equal("0", Assert.Single(response.Headers.GetValues("Expire")));
        Assert.Equal("keep-alive", Assert.Single(response.Headers.Connection));
    }

    [Fact]
    public async Task Octets_choose_lengths_before_replies_15()
    {
        using var content = new ByteArrayContent([4, 8, 1, 34, 0]) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connection/http_stream") { Content = content };
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.MediaType);
        var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var units = new StreamUnits(Wire.Protobuf, isEvents: false);
        var buffer = new byte[4096];
        var replies = new List<Reply>();
        while (replies.Count == 0)
        {
            replies = units.Read(buffer.AsSpan(0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)));
        }
        Assert.NotNull(Assert.Single(replies).Connect);
    }

    [Theory]
    [InlineData("/connection/http_stream", "POST, OPTIONS")]
    [InlineData("/emulation", "POST, OPTIONS")]
    [InlineData("/connection/sse", "GET, POST, OPTIONS")]
    public async Task Preflights_of_allowed_pages_are_answered_with_204_16(string path, string methods)
    {
        using var response = await SendAsync(HttpMethod.Options, path, null, "https://app.example.com", ("Access-Control-Request-Headers", "content-type, x-mine"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("300", Header(response, "Access-Control-Max-Age"));
        Assert.Equal(methods, Header(response, "Access-Control-Allow-Methods"));
        Assert.Equal("content-type, x-mine", Header(response, "Access-Control-Allow-Headers"));
        Assert.Equal("https://app.example.com", Header(response, "Access-Control-Allow-Origin"));
        Assert.Equal("true", Header(response, "Access-Control-Allow-Credentials"));
        Assert.Equal("Origin", Header(response, "Vary"));
    }

    [Theory]
    [InlineData("/connection/http_stream")]
    [InlineData("/emulation")]
    public async Task What_a_header_cannot_hold_is_not_given_back_in_one(string path)
    {
        using var response = await SendAsync(HttpMethod.Options, path, null, "https://app.example.com", ("Access-Control-Request-Headers", "x-\u0001mine"));

        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Headers"));
    }

    [Theory]
    [InlineData("GET", "/connection/http_stream")]
    [InlineData("PUT", "/connection/sse")]
    [InlineData("GET", "/emulation")]
    [InlineData("DELETE", "/connection/uni_sse")]
    public async Task Other_methods_are_answered_with_405_16(string method, string path)
    {
        using var response = await SendAsync(new HttpMethod(method), path, null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Theory]
    [InlineData("/connection/http_stream", false)]
    [InlineData("/connection/http_stream", true)]
    [InlineData("/connection/sse", false)]
    [InlineData("/connection/uni_http_stream", true)]
    [InlineData("/emulation", false)]
    [InlineData("/emulation", true)]
    public async Task A84_a_body_above_the_limit_is_answered_with_413_16(string path, bool isChunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(new string('x', 65_537)) };
        if (isChunked) request.Headers.TransferEncodingChunked = true;
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Theory]
    [InlineData("/connection/http_stream")]
    [InlineData("/connection/sse")]
    [InlineData("/connection/uni_http_stream")]
    [InlineData("/connection/uni_sse")]
    [InlineData("/emulation")]
    public async Task A06_A_chunk_extension_that_ends_with_a_bare_line_feed_is_refused_and_nothing_behind_it_is_read(string path)
    {
        foreach (var chunks in (string[])["2;a\n{}\r\n0\r\n\r\n", "2;a\nxx\r\n2d\r\n0\r\n\r\n"])
        {
            using var client = await RawClient.ConnectAsync(_host.Http1.Port);
            await client.SendAsync($"POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}GET /connection/sse HTTP/1.1\r\nHost: a\r\n\r\n");
            var answer = Encoding.Latin1.GetString(await client.ReadToEndAsync());
            Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
            Assert.Single(answer.Split("HTTP/1.1 ")[1..]);
        }
        Assert.Equal(0, _host.Node.Connections.Count);
    }

    [Fact]
    public async Task Sse_without_cf_connect_is_answered_with_400_17()
    {
        using var missing = await SendAsync(HttpMethod.Get, "/connection/sse", null);
        using var empty = await SendAsync(HttpMethod.Get, "/connection/sse?cf_connect=", null);
        Assert.Equal(HttpStatusCode.BadRequest, missing.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
    }

    [Fact]
    public async Task Sse_starts_with_an_empty_line_and_sends_each_reply_as_one_event_18()
    {
        foreach (var isGet in (bool[])[true, false])
        {
            using var response = isGet
                ? await SendAsync(HttpMethod.Get, $"/connection/sse?cf_connect={Uri.EscapeDataString(Connect)}", null)
                : await SendAsync(HttpMethod.Post, "/connection/sse", Connect);
            Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType?.ToString());
            var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            var text = new StringBuilder();
            var buffer = new byte[1024];
            while (!text.ToString().EndsWith("\n\n", StringComparison.Ordinal))
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)));
            }
            Assert.StartsWith("\r\ndata: {\"id\":1,\"connect\":{", text.ToString(), StringComparison.Ordinal);
            Assert.EndsWith("}\n\n", text.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_unknown_node_is_answered_with_404_an_unknown_session_with_204_and_what_is_no_request_with_400_21()
    {
        await using var client = new StreamClient(_host.Http1, Wire.Json, isEvents: false, isHttp2: false);
        await client.ConnectAsync();
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(StreamClient.EmulationJson(client.Connected.Session, "other", "{}")));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(StreamClient.EmulationJson(client.Connected.Session, "", "{}")));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(StreamClient.EmulationJson("unknown", client.Connected.Node, "{}")));
        foreach (var hostile in (string[])["", "{", "[]", """{"session":1}""", "null", new string('[', 5_000)])
        {
            Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(hostile));
        }
        await client.SubscribeAsync("still-there");
    }

    [Theory]
    [InlineData("/connection/http_stream")]
    [InlineData("/connection/sse")]
    [InlineData("/connection/websocket")]
    [InlineData("/connection/uni_http_stream")]
    [InlineData("/connection/uni_sse")]
    [InlineData("/connection/uni_websocket")]
    [InlineData("/connection/long_poll")]
    [InlineData("/emulation")]
    public async Task A01_A84_pages_of_other_origins_are_refused_before_anything_is_read_and_counted(string path)
    {
        using var refused = new CounterProbe(_host.Services, "starling.origins.refused");
        foreach (var origin in (string[])["https://evil.example.com", "null", "http://app.example.com", "https://app.example.com.evil.tld"])
        {
            using var response = await SendAsync(HttpMethod.Post, path, Connect, origin);
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
            using var preflight = await SendAsync(HttpMethod.Options, path, null, origin);
            Assert.Equal(HttpStatusCode.Forbidden, preflight.StatusCode);
            using var get = await SendAsync(HttpMethod.Get, path + "?channel=news&cf_connect=%7B%7D", null, origin);
            Assert.Equal(HttpStatusCode.Forbidden, get.StatusCode);
        }
        Assert.Equal(0, _host.Node.Connections.Count);
        Assert.Equal(12, refused.Total);
    }

    [Theory]
    [InlineData("/connection/websocket")]
    [InlineData("/connection/uni_websocket")]
    public async Task A01_No_socket_is_opened_for_a_page_of_another_origin(string path)
    {
        var address = new UriBuilder(_host.Http1) { Scheme = "ws", Path = path }.Uri;
        using var refused = new ClientWebSocket();
        refused.Options.SetRequestHeader("Origin", "https://evil.example.com");
        var error = await Assert.ThrowsAsync<WebSocketException>(() => refused.ConnectAsync(address, TestContext.Current.CancellationToken));
        Assert.Contains("403", error.Message, StringComparison.Ordinal);
        using var allowed = new ClientWebSocket();
        allowed.Options.SetRequestHeader("Origin", "https://app.example.com");
        await allowed.ConnectAsync(address, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A84_a_request_that_comes_twice_is_run_once()
    {
        await using var client = new StreamClient(_host.Http1, Wire.Json, isEvents: true, isHttp2: false);
        await client.ConnectAsync();
        await client.SubscribeAsync("room");
        var once = StreamClient.EmulationJson(
            client.Connected.Session, client.Connected.Node, """{"id":70,"publish":{"channel":"room","data":"once"}}""");
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(once));
        Assert.Null((await client.ReplyAsync(70)).Error);
        for (var i = 0; i < 2; i++) Assert.Equal(107u, (await client.ReplyAsync(70)).Error?.Code);   // nothing is left without an answer
        var pong = StreamClient.EmulationJson(client.Connected.Session, client.Connected.Node, "{}");
        for (var i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(pong));
        await client.PublishAsync("room", "\"last\"");
        Assert.Equal(["\"once\"", "\"last\""], await client.PublicationsAsync(2));
    }

    [Fact]
    public async Task A51_A84_sessions_are_not_to_be_guessed_and_end_with_their_stream()
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < 50; i++)
        {
            await using var client = new StreamClient(_host.Http1, Wire.Json, isEvents: false, isHttp2: false);
            await client.ConnectAsync();
            Assert.Equal(24, client.Connected.Session.Length);   // 18 bytes in base 64
            Assert.True(seen.Add(client.Connected.Session));
            Assert.DoesNotContain(client.Connected.Client, client.Connected.Session, StringComparison.Ordinal);
        }
        await Eventually.IsTrueAsync(() => _host.Node.Connections.Count == 0, "the connections to be gone");
        await Eventually.IsTrueAsync(() => _host.Sessions.Count == 0, "the sessions to be gone");
    }

    [Fact]
    public async Task After_a_connect_error_the_rest_of_the_request_is_dropped_and_the_stream_ends_with_3502()
    {
        await using var host = await TransportHost.StartAsync(
            static options => options.Client.StaleCloseDelay = TimeSpan.FromSeconds(1),
            extend: static engine => engine.OnConnecting(static _ => ValueTask.FromResult(ConnectingResult.Refuse(ProtocolErrors.TokenExpired))));
        await using var client = new StreamClient(host.Http1, Wire.Json, isEvents: false, isHttp2: false);
        await client.OpenAsync(
            new Command { Id = 1, Connect = new ConnectRequest() }, new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room" } });
        Assert.Equal(109u, (await client.ReplyAsync(1)).Error?.Code);
        await client.DrainAsync();
        Assert.Equal(Disconnects.Stale, client.Farewell);
    }

    [Fact]
    public async Task What_is_no_connect_command_ends_the_stream_with_3501_22()
    {
        foreach (var body in (string[])["", "{", "{}", """{"id":1,"subscribe":{"channel":"x"}}"""])
        {
            using var response = await SendAsync(HttpMethod.Post, "/connection/http_stream", body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            using var last = JsonDocument.Parse(text.TrimEnd().Split('\n')[^1]);
            var disconnect = last.RootElement.GetProperty("push").GetProperty("disconnect");
            Assert.Equal(3501, disconnect.GetProperty("code").GetInt32());
            Assert.Equal("bad request", disconnect.GetProperty("reason").GetString());
        }
    }

    private static string Header(HttpResponseMessage response, string name) => string.Join(", ", response.Headers.GetValues(name));

    private async Task<HttpStatusCode> StatusAsync(string body)
    {
        using var response = await SendAsync(HttpMethod.Post, "/emulation", body);
        return response.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? body, string? origin = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (origin is not null) request.Headers.Add("Origin", origin);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private static async Task<string> FirstLineAsync(HttpResponseMessage response)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        return await reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";
    }
}
