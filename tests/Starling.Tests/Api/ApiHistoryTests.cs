using System.Text.Json;

namespace Starling.Tests.Api;

/// <summary>History and conditional publishing through the API (protocol 4.6, 4.8, 6).</summary>
public sealed class ApiHistoryTests
{
    private static Task<ApiHost> StartAsync() => ApiHost.StartAsync(static options =>
    {
        options.Channel.WithoutNamespace.HistorySize = 10;
        options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(5);
    });

    private static async Task<JsonElement> CallAsync(ApiHost host, string method, string body)
    {
        using var json = JsonDocument.Parse(await host.ResultAsync(method, body));
        return json.RootElement.Clone();
    }

    [Fact]
    public async Task A_publish_tells_its_position_and_history_gives_it_back()
    {
        await using var host = await StartAsync();
        await CallAsync(host, "publish", """{"channel":"room","data":{"n":1}}""");
        var second = await CallAsync(host, "publish", """{"channel":"room","data":{"n":2},"tags":{"a":"b"}}""");
        Assert.Equal(2, second.GetProperty("offset").GetInt32());
        var history = await CallAsync(host, "history", """{"channel":"room","limit":-1}""");
        Assert.Equal(second.GetProperty("epoch").GetString(), history.GetProperty("epoch").GetString());
        Assert.Equal(
            """[{"data":{"n":1},"offset":1},{"data":{"n":2},"offset":2,"tags":{"a":"b"}}]""",
            history.GetProperty("publications").GetRawText());
    }

    [Fact]
    public async Task History_pages_in_both_directions_and_without_a_limit_tells_the_position_only()
    {
        await using var host = await StartAsync();
        for (var i = 1; i <= 5; i++) await CallAsync(host, "publish", $$"""{"channel":"room","data":{{i}}}""");
        var position = await CallAsync(host, "history", """{"channel":"room"}""");
        Assert.Equal(("[]", 5), (position.GetProperty("publications").GetRawText(), position.GetProperty("offset").GetInt32()));
        var forward = await CallAsync(host, "history", """{"channel":"room","limit":2,"since":{"offset":2}}""");
        Assert.Equal([3, 4], Offsets(forward));
        var reverse = await CallAsync(host, "history", """{"channel":"room","limit":2,"since":{"offset":4},"reverse":true}""");
        Assert.Equal([3, 2], Offsets(reverse));
        Assert.Equal(112, await host.ErrorAsync("history", """{"channel":"room","limit":1,"since":{"offset":2,"epoch":"other"}}"""));
        Assert.Equal(107, await host.ErrorAsync("history", """{"channel":"room","limit":1,"since":{},"reverse":true}"""));
    }

    [Fact]
    public async Task Removed_history_is_gone_and_the_position_goes_on()
    {
        await using var host = await StartAsync();
        await CallAsync(host, "publish", """{"channel":"room","data":1}""");
        await CallAsync(host, "history_remove", """{"channel":"room"}""");
        var next = await CallAsync(host, "publish", """{"channel":"room","data":2}""");
        Assert.Equal(2, next.GetProperty("offset").GetInt32());
        Assert.Equal(new[] { 2 }, Offsets(await CallAsync(host, "history", """{"channel":"room","limit":-1}""")));
    }

    [Fact]
    public async Task Checklist_116_A_version_not_above_the_stored_one_is_not_published()
    {
        await using var host = await StartAsync();
        var peer = host.Subscribe("alice", "room");
        foreach (var (data, version) in new[] { (1, 5), (2, 5), (3, 4), (4, 6) })
        {
            await CallAsync(host, "publish", $$"""{"channel":"room","data":{{data}},"version":{{version}}}""");
        }
        await CallAsync(host, "publish", """{"channel":"room","data":5,"version":1,"version_epoch":"new"}""");
        Assert.Equal(["1", "4", "5"], peer.TakePublications());
    }

    [Fact]
    public async Task A_publish_on_an_expected_offset_conflicts_when_the_channel_has_moved_on()
    {
        await using var host = await StartAsync();
        await CallAsync(host, "publish", """{"channel":"room","data":1,"expected_offset":0}""");
        Assert.Equal(113, await host.ErrorAsync("publish", """{"channel":"room","data":2,"expected_offset":0}"""));
        await CallAsync(host, "publish", """{"channel":"room","data":2,"expected_offset":1}""");
        Assert.Equal(new[] { 1, 2 }, Offsets(await CallAsync(host, "history", """{"channel":"room","limit":-1}""")));
    }

    [Fact]
    public async Task A_skipped_publication_is_delivered_without_an_offset_and_not_kept()
    {
        await using var host = await StartAsync();
        var peer = host.Subscribe("alice", "room");
        Assert.Equal("{}", await host.ResultAsync("publish", """{"channel":"room","data":1,"skip_history":true}"""));
        Assert.Equal(0UL, peer.Take().Push!.Pub!.Offset);
        Assert.Empty(Offsets(await CallAsync(host, "history", """{"channel":"room","limit":-1}""")));
    }

    [Fact]
    public async Task Binary_data_comes_as_base64()
    {
        await using var host = await StartAsync();
        await CallAsync(host, "publish", """{"channel":"room","b64data":"/w=="}""");
        var history = await CallAsync(host, "history", """{"channel":"room","limit":1}""");
        Assert.Equal("/w==", history.GetProperty("publications")[0].GetProperty("b64data").GetString());
    }

    private static int[] Offsets(JsonElement history) =>
        [.. history.GetProperty("publications").EnumerateArray().Select(static pub => pub.GetProperty("offset").GetInt32())];
}
