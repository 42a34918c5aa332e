using System.Net;
using System.Text;
using System.Text.Json;

namespace Starling.Tests.Api;

/// <summary>The HTTP side: methods, bodies, forms of the answer.</summary>
public sealed class ApiRequestTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Another_method_than_POST_is_405(string method)
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.PostAsync("/api/info", "{}", request => request.Method = new HttpMethod(method));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal("POST", Assert.Single(response.Content.Headers.Allow));
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("""{"channel":1,"data":{}}""")]
    [InlineData("""{"channel":"a","data":}""")]
    [InlineData("""{"channel":"a","data":{},"tags":{"a":1}}""")]
    [InlineData("""{"channel":"a","data":{},"tags":[]}""")]
    [InlineData("""{"channel":"\ud800","data":{}}""")]
    [InlineData("""{"channel":"a","data":{},"b64data":5}""")]
    [InlineData("""{"channel":"a","data":{} /* no comments */}""")]
    [InlineData("""{"channel":"a","data":{},}""")]
    public async Task A_body_that_cannot_be_read_is_400_in_plain_text(string body)
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.PostAsync("/api/publish", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_body_that_is_not_UTF8_is_400()
    {
        await using var host = await ApiHost.StartAsync();
        byte[] body = [.. """{"channel":"a","data":" """u8, 0xC3, 0x28, .. "\"}"u8];
        using var response = await host.PostAsync("/api/publish", new ByteArrayContent(body));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("data")]
    [InlineData("unknown")]
    public async Task A38_A_body_nested_a_hundred_thousand_deep_is_400(string member)
    {
        await using var host = await ApiHost.StartAsync();
        var deep = new string('[', 100_000) + new string(']', 100_000);
        using var response = await host.PostAsync("/api/publish", $$"""{"channel":"a","{{member}}":{{deep}}}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData(32, HttpStatusCode.OK)]
    [InlineData(33, HttpStatusCode.BadRequest)]
    public async Task A38_Data_may_nest_32_deep(int depth, HttpStatusCode status)
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.PostAsync(
            "/api/publish", $$"""{"channel":"a","data":{{new string('[', depth)}}0{{new string(']', depth)}}}""");
        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_body_larger_than_allowed_is_413_whether_its_length_was_announced_or_not()
    {
        await using var host = await ApiHost.StartAsync(static options => options.HttpApi.MaxRequestBodySize = 2000);
        var body = Encoding.UTF8.GetBytes($$"""{"pattern":"{{new string('x', 2000)}}"}""");
        using var announced = await host.PostAsync("/api/channels", new ByteArrayContent(body));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        using var chunked = await host.PostAsync("/api/channels", new ByteArrayContent(body), static request => request.Headers.TransferEncodingChunked = true);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, chunked.StatusCode);
        body = Encoding.UTF8.GetBytes("{\"x\":\"" + new string('x', 2000 - 8) + "\"}");
        Assert.Equal(2000, body.Length);
        using var exact = await host.PostAsync("/api/channels", new ByteArrayContent(body));
        Assert.Equal(HttpStatusCode.OK, exact.StatusCode);
    }

    [Fact]
    public async Task Members_nobody_knows_are_passed_over_and_null_stands_for_nothing()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal("{}", await host.ResultAsync(
            "publish", """{"future":{"a":[1,{"b":2}]},"channel":"a","tags":null,"idempotency_key":null,"b64data":null,"data":{},"delta":null}"""));
    }

    [Fact]
    public async Task A_method_nobody_knows_is_404_with_error_104_and_the_key_is_asked_for_first()
    {
        await using var host = await ApiHost.StartAsync();
        var answer = await host.CallAsync("nothing", "{}", HttpStatusCode.NotFound);
        Assert.Equal("""{"error":{"code":104,"message":"method not found"}}""", answer.GetRawText());
        using var response = await host.Http.PostAsync(new Uri("/api/nothing", UriKind.Relative), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("publish", """{"channel":"nowhere:1","data":{}}""", 102, HttpStatusCode.NotFound)]
    [InlineData("nothing", "{}", 104, HttpStatusCode.NotFound)]
    [InlineData("publish", "{}", 107, HttpStatusCode.BadRequest)]
    [InlineData("history", """{"channel":"a"}""", 108, HttpStatusCode.BadRequest)]
    public async Task In_transport_mode_an_error_is_an_HTTP_status_and_a_bare_object(string method, string body, int code, HttpStatusCode status)
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.PostAsync($"/api/{method}", body, static request => request.Headers.Add("X-Centrifugo-Error-Mode", "transport"));
        Assert.Equal(status, response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(code, json.RootElement.GetProperty("code").GetInt32());
        Assert.NotEqual("", json.RootElement.GetProperty("message").GetString());
    }

    [Fact]
    public async Task In_transport_mode_a_result_stays_as_it_is()
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.PostAsync("/api/channels", "{}", static request => request.Headers.Add("X-Centrifugo-Error-Mode", "transport"));
        Assert.Equal("""{"result":{"channels":{}}}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("history", """{"channel":"a"}""", 108)]
    [InlineData("history", "{}", 107)]
    [InlineData("history", """{"channel":"nowhere:1"}""", 102)]
    [InlineData("presence", """{"channel":"a"}""", 108)]
    [InlineData("presence_stats", """{"channel":"a"}""", 108)]
    [InlineData("history_remove", """{"channel":"a"}""", 108)]
    [InlineData("rpc", """{"method":"x"}""", 104)]
    [InlineData("rpc", "{}", 107)]
    public async Task What_is_not_there_is_refused_once_the_request_is_right(string method, string body, int code)
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(code, await host.ErrorAsync(method, body));
    }

    [Theory]
    [InlineData("/api/info")]
    [InlineData("/api/info/")]
    public async Task A_slash_at_the_end_means_nothing(string path)
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.PostAsync(path, "{}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/")]
    public async Task The_old_form_names_method_and_parameters_in_the_body_in_any_order(string path)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        await AnswersAsync("""{"method":"publish","params":{"channel":"room","data":1}}""", """{"result":{}}""");
        await AnswersAsync("""{"params":{"data":2,"channel":"room"},"extra":1,"method":"publish"}""", """{"result":{}}""");
        Assert.Equal(["1", "2"], peer.TakePublications());
        await AnswersAsync("""{"method":"channels"}""", """{"result":{"channels":{"room":{"num_clients":1}}}}""");
        await AnswersAsync("""{"method":"channels","params":null}""", """{"result":{"channels":{"room":{"num_clients":1}}}}""");
        await AnswersAsync("""{"method":"publish"}""", """{"error":{"code":107,"message":"bad request"}}""");
        await AnswersAsync("""{"method":"nothing","params":{}}""", """{"error":{"code":104,"message":"method not found"}}""");
        await AnswersAsync("{}", """{"error":{"code":104,"message":"method not found"}}""");
        using var malformed = await host.PostAsync(path, """{"method":"publish","params":{"channel":5}}""");
        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);

        async Task AnswersAsync(string body, string answer)
        {
            using var response = await host.PostAsync(path, body);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(answer, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }
}
