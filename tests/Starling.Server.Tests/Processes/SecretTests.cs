using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using static Starling.Server.Tests.Configuration.Configurations;

namespace Starling.Server.Tests.Processes;

/// <summary>What was secret stays so: not in logs at any level, not in metrics, traces or answers, whatever goes wrong with it.</summary>
public sealed class SecretTests
{
    private const string Canary = "canary-4711";
    private const string Secret = Canary + "-of-tokens-32-bytes-at-the-least";

    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static readonly KeyValuePair<string, string>[] s_everyDoor =
    [
        .. new[] { "http_stream", "sse", "uni_http_stream", "uni_sse", "uni_websocket", "long_poll" }.Select(static door => Set(door + ".enabled", "true")),
    ];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A67_A_secret_sent_anywhere_and_refused_at_every_step_shows_nowhere()
    {
        var tags = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                foreach (var (name, value) in activity.TagObjects) tags.Enqueue($"{activity.OperationName} {name}={value}");
            },
        };
        ActivitySource.AddActivityListener(listener);
        var log = Path.GetTempFileName();
        var seen = new List<string>();
        try
        {
            await using (var server = await RunningServer.StartAsync(
            [
                Set("log.level", "trace"), Set("log.file", log), Set("prometheus.enabled", "true"), Set("http_server.metrics_port", "0"), Set("http_api.key", Canary + "-api"),
                Set("client.token.hmac_secret_key", Secret), Set("client.user_id_http_header", "X-User"),
                .. s_everyDoor,
                Set("client.token.jwks", $$"""[{"issuer": "elsewhere", "endpoint": "http://user:{{Canary}}@127.0.0.1:1/keys?secret={{Canary}}"}]"""),
            ]))
            {
                await SendTokensAsync(server.Addresses[0], seen);
                await KnockEverywhereAsync(server.Addresses[0], seen);
                await SendKeysAsync(server.Addresses[0], seen);
                seen.Add(await s_http.GetStringAsync(new Uri(server.Addresses[0], "/metrics"), Cancelled));
            }
            var lines = await File.ReadAllLinesAsync(log, Cancelled);
            Assert.Contains(lines, static line => line.Contains("127.0.0.1:1/keys", StringComparison.Ordinal));   // it was logged, and without what is secret
            Assert.DoesNotContain(lines, static line => line.Contains(Canary, StringComparison.Ordinal));
            Assert.DoesNotContain(seen, static text => text.Contains(Canary, StringComparison.Ordinal));
            Assert.DoesNotContain(tags, static tag => tag.Contains(Canary, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Theory]
    [InlineData("/connection/websocket", "centrifuge-json")]
    [InlineData("/connection/uni_websocket", null)]
    public async Task A68_A_token_offered_as_a_subprotocol_is_neither_echoed_nor_logged(string path, string? chosen)
    {
        var log = Path.GetTempFileName();
        try
        {
            await using (var server = await RunningServer.StartAsync([Set("log.level", "trace"), Set("log.file", log), .. s_everyDoor]))
            {
                using var client = new ClientWebSocket();
                client.Options.CollectHttpResponseDetails = true;
                client.Options.AddSubProtocol(Canary);
                if (chosen is not null) client.Options.AddSubProtocol(chosen);
                await client.ConnectAsync(WebSocketOf(server.Addresses[0], path), Cancelled);
                Assert.Equal(chosen, client.SubProtocol);
                Assert.DoesNotContain(client.HttpResponseHeaders!.SelectMany(static header => header.Value), static value => value.Contains(Canary, StringComparison.Ordinal));
            }
            var lines = await File.ReadAllLinesAsync(log, Cancelled);
            Assert.Contains(lines, line => line.Contains(path, StringComparison.Ordinal));
            Assert.DoesNotContain(lines, static line => line.Contains(Canary, StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Theory]
    [InlineData("", "closed 3501")]
    [InlineData("10.0.0.0/8", "closed 3501")]
    [InlineData("127.0.0.1", "\"client\"")]
    public async Task A77_Only_a_trusted_proxy_says_who_the_user_is(string proxies, string expected)
    {
        await using var server = await RunningServer.StartAsync(
            Set("client.user_id_http_header", "X-User"), Set("http_server.trusted_proxies", proxies.Length == 0 ? "[]" : $"[\"{proxies}\"]"));
        var answer = await TalkAsync(server.Addresses[0], "", ["""{"id":1,"connect":{}}"""], header: ("X-User", "admin"));
        Assert.Contains(expected, answer, StringComparison.Ordinal);
    }

    private static async Task SendTokensAsync(Uri address, List<string> seen)
    {
        var good = Token("""{"alg":"HS256"}""", $$"""{"sub":"42","exp":4102444800,"meta":{"x":"{{Canary}}" },"jti":"{{Canary}}"}""");
        string[] bad =
        [
            Canary, Canary + ".b.c", Token("""{"alg":"none"}""", $$"""{"sub":"{{Canary}}"}"""), Token($$"""{"alg":"HS256","kid":"{{Canary}}"}""", $$"""{"iss":"{{Canary}}","exp":1}"""),
            Token($$"""{"alg":"RS256","kid":"{{Canary}}"}""", """{"iss":"elsewhere"}"""), good + "x", new string('x', 20_000) + Canary,
        ];
        foreach (var token in bad)
        {
            seen.Add(await TalkAsync(address, $"?token={Canary}", [$$"""{"id":1,"connect":{"token":"{{token}}"} }"""], ("Authorization", "Bearer " + Canary)));
        }
        seen.Add(await TalkAsync(address, "", [Canary]));
        seen.Add(await TalkAsync(address, "", [$$"""{"id":1,"connect":{"token":{"{{Canary}}":1} } }"""], ("X-Session", Canary)));
        foreach (var command in new[]
        {
            $$"""{"id":2,"subscribe":{"channel":"a","token":"{{Canary}}"} }""", $$"""{"id":2,"refresh":{"token":"{{Canary}}"} }""",
            $$"""{"id":2,"sub_refresh":{"channel":"a","token":"{{Canary}}"} }""", $$"""{"id":2,"connect":{"token":"{{Canary}}"} }""", $$"""{"id":2,"rpc":{"method":"x","data":"{{Canary}}"} }""",
        })
        {
            seen.Add(await TalkAsync(address, "", [$$"""{"id":1,"connect":{"token":"{{good}}"} }""", command]));
        }
    }

    /// <summary>A token that lets nobody in, at each door in every place where one could stand.</summary>
    private static async Task KnockEverywhereAsync(Uri address, List<string> seen)
    {
        var (connect, bare) = ($$"""{"id":1,"connect":{"token":"{{Canary}}"} }""", $$"""{"token":"{{Canary}}"}""");
        foreach (var (method, path, body) in new[]
        {
            ("POST", "/connection/http_stream", connect), ("POST", "/connection/http_stream", Canary), ("POST", "/connection/sse", connect),
            ("GET", "/connection/sse?cf_connect=" + Uri.EscapeDataString(connect), ""), ("GET", "/connection/sse?cf_connect=" + Canary, ""),
            ("POST", "/connection/uni_http_stream", bare), ("POST", "/connection/uni_sse", bare), ("POST", "/connection/uni_sse", Canary),
            ("GET", "/connection/uni_sse?cf_connect=" + Uri.EscapeDataString(bare), ""), ("GET", "/connection/uni_sse?cf_connect=" + Canary, ""),
            ("GET", "/connection/uni_websocket?cf_connect=" + Canary, ""), ("GET", "/connection/websocket?cf_connect=" + Canary, ""),
            ("GET", "/connection/long_poll?channel=a", ""), ("GET", "/connection/long_poll?channel=a&token=" + Canary, ""), ("GET", "/connection/long_poll?channel=a&position=" + Canary, ""),
            ("POST", "/emulation", $$"""{"session":"{{Canary}}","node":"{{Canary}}","data":"{{Canary}}"}"""), ("POST", "/emulation", Canary),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(address, path));
            if (body.Length > 0) request.Content = new StringContent(body);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Canary);
            request.Headers.Add("Cookie", "session=" + Canary);
            using var answer = await s_http.SendAsync(request, Cancelled);   // to its end: nobody is let in
            seen.Add($"{(int)answer.StatusCode} {answer.Headers}{answer.Content.Headers}{await answer.Content.ReadAsStringAsync(Cancelled)}");
        }
        seen.Add(await TalkAsync(address, "?cf_connect=" + Uri.EscapeDataString(bare), [], path: "/connection/uni_websocket"));
        seen.Add(await TalkAsync(address, "", [bare], path: "/connection/uni_websocket"));
        seen.Add(await TalkAsync(address, "", [$$"""{"id":1,"connect":{} }"""], ("Authorization", "Bearer " + Canary)));
    }

    private static async Task SendKeysAsync(Uri address, List<string> seen)
    {
        foreach (var (path, header, body) in new[]
        {
            ("/api/info?api_key=" + Canary, "X-Nothing", "{}"), ("/api/info", "X-API-Key", "{}"), ("/api/info", "Authorization", "{}"),
            ("/api/info?api_key=" + Canary + "-api", "X-Nothing", Canary), ("/api/publish?api_key=" + Canary + "-api", "X-Nothing", $$"""{"data":"{{Canary}}"}"""),
            ("/nothing?token=" + Canary, "Cookie", "{}"),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path)) { Content = new StringContent(body) };
            request.Headers.TryAddWithoutValidation(header, header == "Authorization" ? "apikey " + Canary : Canary);
            using var answer = await s_http.SendAsync(request, Cancelled);
            seen.Add(answer.Headers + await answer.Content.ReadAsStringAsync(Cancelled));
        }
    }

    /// <summary>Sends messages and gives back what came, until each was answered or the connection was closed; without any, the first thing that comes.</summary>
    private static async Task<string> TalkAsync(
        Uri address, string query, string[] messages, (string Name, string Value)? header = null, string path = "/connection/websocket")
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        using var client = new ClientWebSocket();
        if (header is { } one) client.Options.SetRequestHeader(one.Name, one.Value);
        await client.ConnectAsync(new Uri(WebSocketOf(address, path) + query), deadline.Token);
        var said = new StringBuilder();
        var buffer = new byte[4096];
        foreach (var message in messages.Length == 0 ? [""] : messages)
        {
            if (message.Length > 0) await client.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, deadline.Token);
            var reply = await client.ReceiveAsync(buffer, deadline.Token);
            said.Append(reply.MessageType == WebSocketMessageType.Close
                ? $"closed {(int)reply.CloseStatus!} {reply.CloseStatusDescription}"
                : Encoding.UTF8.GetString(buffer, 0, reply.Count));
            if (reply.MessageType == WebSocketMessageType.Close) break;
        }
        return said.ToString();
    }

    private static Uri WebSocketOf(Uri address, string path) => new UriBuilder(address) { Scheme = "ws", Path = path }.Uri;

    private static string Token(string header, string claims)
    {
        var signed = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims));
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(signed)));
    }
}
