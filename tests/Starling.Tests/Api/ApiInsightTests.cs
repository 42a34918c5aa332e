using System.Text.Json;

namespace Starling.Tests.Api;

/// <summary>What the API tells about the server.</summary>
public sealed class ApiInsightTests
{
    [Fact]
    public async Task Channels_lists_those_with_subscribers_and_how_many()
    {
        await using var host = await ApiHost.StartAsync();
        host.Subscribe("alice", "news");
        host.Subscribe("bob", "news");
        host.Subscribe("bob", "chat_1");
        var gone = host.Subscribe("carol", "left");
        gone.Drop();
        Assert.Equal("chat_1=1 news=2", await ChannelsAsync("{}"));
        Assert.Equal("chat_1=1 news=2", await ChannelsAsync("""{"pattern":""}"""));
        Assert.Equal("chat_1=1", await ChannelsAsync("""{"pattern":"chat_*"}"""));
        Assert.Equal("", await ChannelsAsync("""{"pattern":"nothing"}"""));
        Assert.Equal(107, await host.ErrorAsync("channels", """{"pattern":"["}"""));

        async Task<string> ChannelsAsync(string body) => string.Join(' ', (await host.CallAsync("channels", body)).GetProperty("result").GetProperty("channels")
            .EnumerateObject().Select(static channel => $"{channel.Name}={channel.Value.GetProperty("num_clients").GetInt32()}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Info_tells_about_the_node()
    {
        await using var host = await ApiHost.StartAsync(static options => options.Node.Name = "first");
        host.Subscribe("alice", "news");
        host.Subscribe("alice", "chat");
        host.Connect("bob");
        host.Engine.Time.Advance(TimeSpan.FromSeconds(5));
        var node = Assert.Single((await host.CallAsync("info", "{}")).GetProperty("result").GetProperty("nodes").EnumerateArray());
        Assert.Equal(host.Engine.Node.Id, node.GetProperty("uid").GetString());
        Assert.Equal("first", node.GetProperty("name").GetString());
        Assert.Equal(host.Engine.Node.Version, node.GetProperty("version").GetString());
        Assert.Equal((3, 2, 2, 2, 5), (Number("num_clients"), Number("num_users"), Number("num_subs"), Number("num_channels"), Number("uptime")));
        Assert.InRange(node.GetProperty("process").GetProperty("rss").GetInt64(), 1_000_000, long.MaxValue);
        Assert.InRange(node.GetProperty("process").GetProperty("cpu").GetDouble(), 0, 100_000);

        int Number(string name) => node.GetProperty(name).GetInt32();
    }

    [Fact]
    public async Task Info_tells_what_was_done_in_the_last_whole_interval()
    {
        await using var host = await ApiHost.StartAsync(static options =>
        {
            options.Client.PingInterval = TimeSpan.Zero;
            options.Node.InfoMetricsAggregateInterval = TimeSpan.FromSeconds(30);
        });
        host.Subscribe("alice", "news");
        host.Subscribe("bob", "news");
        host.Engine.Publish("news", "1");
        Assert.Equal("""{"interval":30,"items":{}}""", await MetricsAsync());
        host.Engine.Time.Advance(TimeSpan.FromSeconds(30.1));
        Assert.Equal(
            """{"interval":30,"items":{"starling_connections_opened_total":2,"starling_commands_total":4,"starling_publications_total":1,"starling_deliveries_total":2,"starling_history_reads_total":0}}""",
            await MetricsAsync());
        host.Engine.Publish("news", "2");
        host.Engine.Time.Advance(TimeSpan.FromSeconds(30.1));
        Assert.Contains("\"starling_connections_opened_total\":0,\"starling_commands_total\":0,\"starling_publications_total\":1,", await MetricsAsync(), StringComparison.Ordinal);

        async Task<string> MetricsAsync() => (await NodeAsync(host)).GetProperty("metrics").GetRawText();
    }

    [Fact]
    public async Task Without_an_interval_there_are_no_figures()
    {
        await using var host = await ApiHost.StartAsync(static options => options.Node.InfoMetricsAggregateInterval = TimeSpan.Zero);
        Assert.False((await NodeAsync(host)).TryGetProperty("metrics", out _));
    }

    private static async Task<JsonElement> NodeAsync(ApiHost host) => (await host.CallAsync("info", "{}")).GetProperty("result").GetProperty("nodes")[0];

    [Fact]
    public async Task A_node_without_a_name_goes_by_its_machines()
    {
        await using var host = await ApiHost.StartAsync();
        var node = (await host.CallAsync("info", "{}")).GetProperty("result").GetProperty("nodes")[0];
        Assert.Equal(Environment.MachineName, node.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Number, node.GetProperty("uptime").ValueKind);
    }
}
