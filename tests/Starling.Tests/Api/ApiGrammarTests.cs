using System.Text;
using Starling.Api;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Api;

/// <summary>Every method with every member missing, null, of the wrong type, huge, negative and doubled.</summary>
public sealed class ApiGrammarTests
{
    private static readonly string[] s_members =
    [
        "channel", "channels", "data", "b64data", "tags", "idempotency_key", "user", "client", "session", "info", "b64info", "expire_at",
        "recover_since", "override", "whitelist", "disconnect", "pattern", "commands", "parallel", "method", "params", "version", "\\ud800",
    ];

    private static readonly string[] s_values =
    [
        "null", "true", "0", "-1", "1.5", "1e400", "18446744073709551616", "9007199254740993", "\"\"", "\"room\"", "\"\\ud800\"", "\"AA==\"",
        "[]", "[null]", "[1]", "[\"room\"]", "[{}]", "[{\"publish\":{}}]", "{}", "{\"a\":1}", "{\"code\":-1}", "{\"code\":\"x\"}", "{\"code\":4000,\"reason\":7}",
    ];

    public static TheoryData<string> Methods =>
    [
        "publish", "broadcast", "subscribe", "unsubscribe", "disconnect", "channels", "info", "batch", "rpc", "refresh", "revoke", "presence",
        "history", "map_publish", "",
    ];

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A40_A42_No_request_does_more_than_get_an_answer(string method)
    {
        await using var engine = new EngineHarness();
        var api = new ServerApi(engine.Node);
        engine.Subscribe("room");
        foreach (var member in s_members)
        {
            foreach (var value in s_values)
            {
                await SendAsync(api, method, $$"""{"{{member}}":{{value}}}""");
                await SendAsync(api, method, $$"""{"channel":"room","data":1,"channels":["room"],"{{member}}":{{value}},"method":"publish"}""");
                await SendAsync(api, method, $$"""{"{{member}}":{{value}},"{{member}}":{{value}}}""");
            }
        }
    }

    [Fact]
    public void A40_A_body_cut_anywhere_is_refused()
    {
        var body = """{"commands":[{"publish":{"channel":"r\u00fcm","data":{"a":[1,2,{"b":null}]},"tags":{"x":"y"}}}],"parallel":true}"""u8;
        Assert.True(ApiReader.TryRead(body, ApiCallTable.Find("batch")!, out _));
        for (var length = 0; length < body.Length; length++) Assert.False(ApiReader.TryRead(body[..length], ApiCallTable.Find("batch")!, out _));
    }

    /// <summary>Reads the request and, if it can be read, runs it. What goes wrong inside would be an error log, which fails the test.</summary>
    private static async Task SendAsync(ServerApi api, string method, string body)
    {
        ReadApiCall read = method.Length == 0 ? LegacyCall.Read : ApiCallTable.Find(method)!;
        if (!ApiReader.TryRead(Encoding.UTF8.GetBytes(body), read, out var call)) return;
        var reply = await api.RunAsync(call);
        Assert.True(reply.Error is null != reply.Result is null, body);
        Assert.NotEqual(ProtocolErrors.Internal, reply.Error);
    }
}
