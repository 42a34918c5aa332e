using Microsoft.AspNetCore.Http;
using Starling.Tests.Connections;
using Starling.Transports;
using Starling.Transports.Http;

namespace Starling.Tests.Transports;

/// <summary>What the operator hears of pages that may not connect.</summary>
public sealed class OriginRefusalTests
{
    private const string Stream = "http stream", WebSocket = "websocket", OneWayWebSocket = "one-way websocket";

    [Theory]
    [InlineData(Stream)]
    [InlineData(WebSocket)]
    [InlineData(OneWayWebSocket)]
    public async Task A89_The_operator_is_told_which_option_lets_a_refused_page_in_and_not_once_for_each(string door)
    {
        await using var engine = new EngineHarness();
        for (var i = 0; i < 3; i++) await RefuseAsync(engine, door, "http://localhost:5173");
        var line = Assert.Single(engine.Log.Notes);
        Assert.StartsWith("1 requests", line, StringComparison.Ordinal);
        Assert.Contains("last http://localhost:5173. ", line, StringComparison.Ordinal);
        Assert.Contains("client.allowed_origins", line, StringComparison.Ordinal);
        engine.Time.Advance(TimeSpan.FromSeconds(11));
        await RefuseAsync(engine, door, "https://other.tld");
        Assert.StartsWith("3 requests", engine.Log.Notes[1], StringComparison.Ordinal);
        Assert.Contains("last https://other.tld. ", engine.Log.Notes[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://a\u0001\r\n\u001b b\u00e4", "last http://a?????b?. ")]
    [InlineData("null", "last null. ")]
    public async Task A89_An_origin_forges_no_line_of_the_log(string origin, string expected)
    {
        await using var engine = new EngineHarness();
        await RefuseAsync(engine, Stream, origin);
        Assert.Contains(expected, Assert.Single(engine.Log.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A89_A_long_origin_is_cut()
    {
        await using var engine = new EngineHarness();
        await RefuseAsync(engine, Stream, new string('x', 5_000));
        Assert.Contains($"last {new string('x', 100)}…. ", Assert.Single(engine.Log.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cookie_without_an_origin_is_told_as_such()
    {
        await using var engine = new EngineHarness(static options => options.Client.UserIdHttpHeader = "X-User");
        await RefuseAsync(engine, Stream, origin: null);
        Assert.Contains("last (none, but a cookie). ", Assert.Single(engine.Log.Notes), StringComparison.Ordinal);
    }

    private static async Task RefuseAsync(EngineHarness engine, string door, string? origin)
    {
        var context = new DefaultHttpContext();
        context.Request.Host = new HostString("localhost:8000");
        context.Request.Headers.Cookie = "session=1";
        if (origin is not null) context.Request.Headers.Origin = origin;
        if (door == WebSocket) await new WebSocketEndpoint(engine.Node).HandleAsync(context);
        else if (door == OneWayWebSocket) await new OneWayWebSocketEndpoint(engine.Node).HandleAsync(context);
        else Assert.False(new HttpDoor(engine.Node, "POST", bodyBytesMax: 1_024).TryPass(context));
        Assert.Equal(StatusCodes.Status403Forbidden, context.Response.StatusCode);
    }
}
