using System.Net;

namespace Starling.Tests.Api;

/// <summary>Many calls in one request.</summary>
public sealed class ApiBatchTests
{
    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task Checklist_117_Replies_come_in_order_each_with_its_result_or_error_and_always_with_200(string parallel)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        var answer = await host.CallAsync("batch", $$$"""
            {
              "parallel": {{{parallel}}},
              "commands": [
                {"publish": {"channel": "room", "data": 1}},
                {"history": {"channel": "room"}},
                {"publish": {"channel": "nowhere:1", "data": 2}},
                {"nothing": {}},
                {},
                {"channels": {}},
                {"broadcast": {"channels": ["room"], "data": 3}},
                {"publish": null}
              ]
            }
            """);
        Assert.Equal(
            """{"replies":[{"publish":{}},{"error":{"code":108,"message":"not available"}},""" +
            """{"error":{"code":102,"message":"unknown channel"}},{"error":{"code":104,"message":"method not found"}},""" +
            """{"error":{"code":104,"message":"method not found"}},{"channels":{"channels":{"room":{"num_clients":1}}}},""" +
            """{"broadcast":{"responses":[{"result":{}}]}},{"error":{"code":104,"message":"method not found"}}]}""",
            answer.GetRawText());
        Assert.Equal(["1", "3"], peer.TakePublications());
    }

    [Fact]
    public async Task Checklist_117_In_transport_mode_a_batch_is_200_all_the_same()
    {
        await using var host = await ApiHost.StartAsync();
        using var response = await host.PostAsync(
            "/api/batch", """{"commands":[{"publish":{}}]}""", static request => request.Headers.Add("X-Centrifugo-Error-Mode", "transport"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("""{"replies":[{"error":{"code":107,"message":"bad request"}}]}""", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_empty_batch_has_no_replies()
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal("""{"replies":[]}""", (await host.CallAsync("batch", "{}")).GetRawText());
    }

    [Fact]
    public async Task Two_methods_in_one_command_are_refused_and_a_batch_in_a_batch_is_unknown()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        Assert.Equal(
            """{"replies":[{"error":{"code":107,"message":"bad request"}},{"error":{"code":104,"message":"method not found"}}]}""",
            (await host.CallAsync("batch", """{"commands":[{"publish":{"channel":"room","data":1},"info":{}},{"batch":{"commands":[]}}]}""")).GetRawText());
        Assert.Empty(peer.TakeAll());
    }

    [Fact]
    public async Task A39_More_than_ten_thousand_commands_are_refused_before_any_is_run()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        var commands = string.Join(',', Enumerable.Repeat("""{"publish":{"channel":"room","data":1}}""", 10_001));
        Assert.Equal(107, await host.ErrorAsync("batch", $$"""{"commands":[{{commands}}]}"""));
        Assert.Empty(peer.TakeAll());
    }

    [Theory]
    [InlineData("""{"commands":[5]}""")]
    [InlineData("""{"commands":{}}""")]
    [InlineData("""{"commands":[{"publish":5}]}""")]
    [InlineData("""{"commands":[{"publish":{"channel":"room","data":1}},{"publish":{"channel":[]}}]}""")]
    public async Task A_batch_that_cannot_be_read_is_400_and_nothing_of_it_is_run(string body)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        using var response = await host.PostAsync("/api/batch", body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Empty(peer.TakeAll());
    }
}
