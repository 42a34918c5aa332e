using System.Diagnostics;
using System.Text;
using Starling.Tests.WebSockets.Peer;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets;

public sealed class HandshakeTests : IAsyncLifetime
{
    private KestrelEcho _server = null!;

    static HandshakeTests() => AppContext.SetSwitch(WebSocketHandshake.StrictLineEndingsSwitch, isEnabled: true);

    public async ValueTask InitializeAsync() => _server = await KestrelEcho.StartAsync(
        new WebSocketHandshakeOptions { Subprotocols = ["centrifuge-protobuf", "centrifuge-json"], Compression = true });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<string> AskAsync(string request)
    {
        using var client = await RawClient.ConnectAsync(_server.Port);
        await client.SendAsync(request);
        return await client.ReadHeadAsync();
    }

    /// <summary>The answer, after which the connection ends by itself and nothing else was answered.</summary>
    private async Task<string> AssertRefusedAsync(string request, int status)
    {
        using var client = await RawClient.ConnectAsync(_server.Port);
        await client.SendAsync(request);
        var answer = Encoding.Latin1.GetString(await client.ReadToEndAsync());
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Equal(1, CountOf(answer, "HTTP/1.1 "));
        Assert.Contains("\r\nConnection: ", answer, StringComparison.Ordinal);
        Assert.Contains("close\r\n", answer, StringComparison.Ordinal);
        Assert.Empty(_server.Accepted);
        return answer;
    }

    private static int CountOf(string text, string part) => text.Split(part).Length - 1;

    [Fact]
    public async Task A_good_request_is_answered_as_in_the_RFCs_example()
    {
        var head = await AskAsync(RawClient.Request());
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nUpgrade: websocket\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: Upgrade\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nSec-WebSocket-Accept: " + RawClient.Accept + "\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Protocol", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Sec-WebSocket-Extensions", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("centrifuge-json", "centrifuge-json")]
    [InlineData("unknown, centrifuge-json, centrifuge-protobuf", "centrifuge-json")]
    [InlineData("centrifuge-protobuf,centrifuge-json", "centrifuge-protobuf")]
    [InlineData("a, b, c, d, e, f, g, centrifuge-json", "centrifuge-json")]
    [InlineData("a, b, c, d, e, f, g, h, centrifuge-json", null)]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.e30.secret", null)]
    [InlineData("Centrifuge-JSON", null)]
    public async Task The_first_served_subprotocol_of_the_first_eight_is_chosen(string offered, string? chosen)
    {
        var head = await AskAsync(RawClient.Request("Sec-WebSocket-Protocol: " + offered + "\r\n"));
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        if (chosen is null) Assert.DoesNotContain("Sec-WebSocket-Protocol", head, StringComparison.Ordinal);
        else Assert.Contains("\r\nSec-WebSocket-Protocol: " + chosen + "\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.0", "GET / HTTP/1.1", "GET / HTTP/1.0")]
    [InlineData("POST", "GET / ", "POST / ")]
    [InlineData("a missing key", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")]
    [InlineData("a short key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25j")]
    [InlineData("a key that is no base64", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ!=")]
    [InlineData("an empty key", "dGhlIHNhbXBsZSBub25jZQ==", "")]
    [InlineData("two keys", "Sec-WebSocket-Version", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version")]
    [InlineData("Connection: close", "Connection: Upgrade", "Connection: close")]
    [InlineData("Connection: close beside Upgrade", "Connection: Upgrade", "Connection: Upgrade, close")]
    [InlineData("no Connection", "Connection: Upgrade\r\n", "")]
    [InlineData("a subprotocol that is no token", "Host: test", "Host: test\r\nSec-WebSocket-Protocol: a b")]
    [InlineData("an extension list without grammar", "Host: test", "Host: test\r\nSec-WebSocket-Extensions: permessage-deflate; =")]
    public async Task A04_A_request_that_is_no_WebSocket_handshake_is_refused_with_400(string what, string part, string instead)
    {
        var request = RawClient.Request().Replace(part, instead, StringComparison.Ordinal);
        Assert.NotEqual(RawClient.Request(), request);
        Assert.NotEmpty(what);
        await AssertRefusedAsync(request, 400);
    }

    [Fact]
    public async Task A04_What_does_not_ask_for_a_WebSocket_learns_what_is_served()
    {
        var get = await AssertRefusedAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n", 426);
        Assert.Contains("\r\nUpgrade: websocket\r\n", get, StringComparison.Ordinal);
        var post = await AssertRefusedAsync("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n", 405);
        Assert.Contains("\r\nAllow: GET\r\n", post, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 8\r\n")]
    [InlineData("Sec-WebSocket-Version: 013\r\n")]
    [InlineData("Sec-WebSocket-Version: 13, 8\r\n")]
    [InlineData("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13\r\n")]
    [InlineData("")]
    public async Task A05_Another_version_is_refused_with_426_and_the_version_that_is_spoken(string version)
    {
        var answer = await AssertRefusedAsync(RawClient.Request(version: version), 426);
        Assert.Contains("\r\nSec-WebSocket-Version: 13\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a bare line feed", "GET / HTTP/1.1\nHost: test\r\n")]
    [InlineData("a bare line feed after a header", "GET / HTTP/1.1\r\nHost: test\nX: y\r\n")]
    [InlineData("a folded header", "GET / HTTP/1.1\r\nHost: test\r\nX: a\r\n b\r\n")]
    [InlineData("a NUL", "GET / HTTP/1.1\r\nHost: test\r\nX: a\0b\r\n")]
    [InlineData("a body by length", "GET / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n")]
    [InlineData("a chunked body", "GET / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("length and chunks", "GET / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("a space before the colon", "GET / HTTP/1.1\r\nHost: test\r\nX : y\r\n")]
    public async Task A06_A_request_two_parsers_could_read_differently_is_refused_and_nothing_behind_it_is_read(string what, string start)
    {
        var rest = RawClient.Request()["GET / HTTP/1.1\r\nHost: test\r\n".Length..];
        using var client = await RawClient.ConnectAsync(_server.Port);
        await client.SendAsync(start + rest + "0\r\n\r\n" + RawClient.Request());
        var answer = Encoding.Latin1.GetString(await client.ReadToEndAsync());
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Equal(1, CountOf(answer, "HTTP/1.1 "));
        Assert.Empty(_server.Accepted);
        Assert.NotEmpty(what);
    }

    [Theory]
    [InlineData("2,000 headers", 431)]
    [InlineData("a header of 40 KB", 431)]
    [InlineData("a target of 10 KB", 414)]
    public async Task A07_A_request_that_is_too_large_is_refused(string what, int status)
    {
        var request = what switch
        {
            "2,000 headers" => RawClient.Request(string.Concat(Enumerable.Range(0, 2000).Select(i => $"X-{i}: y\r\n"))),
            "a header of 40 KB" => RawClient.Request("X: " + new string('y', 40_000) + "\r\n"),
            _ => RawClient.Request().Replace("GET / ", "GET /" + new string('y', 10_000) + " ", StringComparison.Ordinal),
        };
        var head = await AskAsync(request);
        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Equal(0, _server.Requests);
    }

    [Fact]
    public async Task A08_Huge_header_lists_are_answered_in_no_time()
    {
        string[] headers =
        [
            "Sec-WebSocket-Protocol: " + new string(' ', 30_000) + "centrifuge-json",
            "Sec-WebSocket-Protocol: " + new string(',', 30_000),
            "Sec-WebSocket-Extensions: " + string.Join(',', Enumerable.Repeat("permessage-deflate; x", 1000)),
            "Sec-WebSocket-Extensions: permessage-deflate; __proto__=1, permessage-deflate; constructor",
            "Connection: " + string.Join(',', Enumerable.Repeat("x", 15_000)),
        ];
        foreach (var header in headers)
        {
            var watch = Stopwatch.StartNew();
            var head = await AskAsync(RawClient.Request(header + "\r\n"));
            Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
            Assert.InRange(watch.ElapsedMilliseconds, 0, 2_000);   // the parsers alone are measured below
        }
    }

    [Fact]
    public async Task A11_What_follows_a_refused_upgrade_is_never_read_as_a_request()
    {
        var smuggled = "GET /admin HTTP/1.1\r\nHost: test\r\n\r\n";
        await AssertRefusedAsync(RawClient.Request(version: "Sec-WebSocket-Version: 8\r\n") + smuggled, 426);
        await AssertRefusedAsync(RawClient.Request().Replace(RawClient.Key, "short", StringComparison.Ordinal) + smuggled + smuggled, 400);
        Assert.Equal(2, _server.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A11_Frames_sent_before_the_answer_are_worked_on_once_and_in_order(bool directSocketWrites)
    {
        await using var server = await KestrelEcho.StartAsync(new WebSocketHandshakeOptions { DirectSocketWrites = directSocketWrites });
        for (var run = 0; run < 100; run++)
        {
            using var client = await RawClient.ConnectAsync(server.Port);
            var frames = Enumerable.Range(0, 5).Select(i => TestFrame.Text("frame " + i)).Append(TestFrame.Close(1000)).ToArray();
            await client.SendAsync([.. Encoding.Latin1.GetBytes(RawClient.Request()), .. TestConnection.Concat(frames)]);
            Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            var answered = await client.ReadToCloseAsync();
            Assert.Equal(["frame 0", "frame 1", "frame 2", "frame 3", "frame 4"], answered[..^1].Select(frame => frame.Text));
        }
        Assert.Equal(100, server.Requests);
    }
}
