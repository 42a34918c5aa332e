using System.Text.Json;

namespace Starling.Tests.Api;

/// <summary>Keyed state through the API (protocol 4.12, 6).</summary>
public sealed class ApiStateTests
{
    private static Task<ApiHost> StartAsync() => ApiHost.StartAsync(static options =>
    {
        options.Channel.Namespaces.Add(Map("board", ChannelMapMode.Persistent));
        options.Channel.Namespaces.Add(Map("cursors", ChannelMapMode.Ephemeral));
    });

    internal static ChannelNamespaceOptions Map(string name, ChannelMapMode mode)
    {
        var options = new ChannelNamespaceOptions { Name = name, SubscriptionType = ChannelSubscriptionType.Map };
        options.Map.Mode = mode;
        options.Map.KeyTtl = mode == ChannelMapMode.Persistent ? TimeSpan.Zero : TimeSpan.FromMinutes(1);
        return options;
    }

    private static async Task<JsonElement> CallAsync(ApiHost host, string method, string body)
    {
        using var json = JsonDocument.Parse(await host.ResultAsync(method, body));
        return json.RootElement.Clone();
    }

    private static string? Reason(JsonElement result) =>
        result.TryGetProperty("suppressed", out var suppressed) && suppressed.GetBoolean() ? result.GetProperty("suppress_reason").GetString() : null;

    [Fact]
    public async Task A_key_is_written_read_and_removed()
    {
        await using var host = await StartAsync();
        var written = await CallAsync(host, "map_publish", """{"channel":"board:1","key":"a","data":{"n":1},"tags":{"t":"x"},"score":-3}""");
        Assert.Equal(1, written.GetProperty("offset").GetInt32());
        var epoch = written.GetProperty("epoch").GetString();
        var state = await CallAsync(host, "map_read_state", """{"channel":"board:1","limit":-1}""");
        var entry = Assert.Single(state.GetProperty("entries").EnumerateArray());
        Assert.StartsWith("""{"key":"a","data":{"n":1},"tags":{"t":"x"},"offset":1,"score":-3,"time":""", entry.GetRawText(), StringComparison.Ordinal);
        Assert.Equal((1, epoch), (state.GetProperty("offset").GetInt32(), state.GetProperty("epoch").GetString()));
        Assert.Equal("""{"num_keys":1}""", (await CallAsync(host, "map_stats", """{"channel":"board:1"}""")).GetRawText());
        Assert.Equal(2, (await CallAsync(host, "map_remove", """{"channel":"board:1","key":"a"}""")).GetProperty("offset").GetInt32());
        Assert.Equal("key_not_found", Reason(await CallAsync(host, "map_remove", """{"channel":"board:1","key":"a"}""")));
        var stream = await CallAsync(host, "map_read_stream", """{"channel":"board:1","limit":-1,"since_offset":1}""");
        Assert.Equal("""[{"key":"a","tags":{"t":"x"},"offset":2,"removed":true}]""", stream.GetProperty("entries").GetRawText());
    }

    [Fact]
    public async Task Pages_follow_each_other_by_cursor()
    {
        await using var host = await StartAsync();
        for (var i = 0; i < 5; i++) await CallAsync(host, "map_publish", $$"""{"channel":"cursors:1","key":"k{{i}}","data":{{i}}}""");
        var first = await CallAsync(host, "map_read_state", """{"channel":"cursors:1","limit":3}""");
        var cursor = first.GetProperty("cursor").GetString();
        var second = await CallAsync(host, "map_read_state", $$"""{"channel":"cursors:1","limit":3,"cursor":"{{cursor}}"}""");
        Assert.False(second.TryGetProperty("cursor", out _));
        var keys = first.GetProperty("entries").EnumerateArray().Concat(second.GetProperty("entries").EnumerateArray()).Select(static entry => entry.GetProperty("key").GetString());
        Assert.Equal(["k0", "k1", "k2", "k3", "k4"], keys.Order());
        var one = await CallAsync(host, "map_read_state", """{"channel":"cursors:1","key":"k3"}""");
        Assert.Equal(3, Assert.Single(one.GetProperty("entries").EnumerateArray()).GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task Checklist_111_A_write_whose_condition_does_not_hold_succeeds_and_says_why_it_was_suppressed()
    {
        await using var host = await StartAsync();
        await CallAsync(host, "map_publish", """{"channel":"board:1","key":"a","data":1,"version":5,"idempotency_key":"k"}""");
        async Task<string?> ReasonAsync(string members) => Reason(await CallAsync(host, "map_publish", $$"""{"channel":"board:1","data":2,{{members}}}"""));
        Assert.Equal("idempotency", await ReasonAsync(""" "key":"a","idempotency_key":"k" """));
        Assert.Equal("version", await ReasonAsync(""" "key":"a","version":5 """));
        Assert.Equal("key_exists", await ReasonAsync(""" "key":"a","key_mode":"if_new" """));
        Assert.Equal("key_not_found", await ReasonAsync(""" "key":"b","key_mode":"if_exists" """));
        Assert.Equal("position_mismatch", await ReasonAsync(""" "key":"a","expected_offset":0 """));
        Assert.Null(await ReasonAsync(""" "key":"a","key_mode":"if_exists" """));
    }

    [Fact]
    public async Task What_makes_no_sense_is_107_an_unknown_namespace_102_a_missing_stream_108_a_foreign_epoch_112()
    {
        await using var host = await StartAsync();
        Assert.Equal(107, await host.ErrorAsync("map_publish", """{"channel":"board:1","data":1}"""));
        Assert.Equal(107, await host.ErrorAsync("map_publish", """{"key":"a","data":1}"""));
        Assert.Equal(107, await host.ErrorAsync("map_publish", """{"channel":"board:1","key":"a"}"""));
        Assert.Equal(107, await host.ErrorAsync("map_publish", """{"channel":"board:1","key":"a","data":1,"key_mode":"sometimes"}"""));
        Assert.Equal(107, await host.ErrorAsync("map_publish", """{"channel":"board:1","key":"a","b64data":"%"}"""));
        Assert.Equal(107, await host.ErrorAsync("map_read_stream", """{"channel":"board:1","reverse":true,"since_offset":0}"""));
        Assert.Equal(102, await host.ErrorAsync("map_publish", """{"channel":"nowhere:1","key":"a","data":1}"""));
        Assert.Equal(108, await host.ErrorAsync("map_read_stream", """{"channel":"cursors:1"}"""));
        Assert.Equal(112, await host.ErrorAsync("map_read_stream", """{"channel":"board:1","since_epoch":"other"}"""));
        Assert.Equal(112, await host.ErrorAsync("map_read_state", """{"channel":"board:1","revision_epoch":"other"}"""));
    }

    [Fact]
    public async Task The_kinds_of_channels_do_not_mix_not_even_in_a_batch()
    {
        await using var host = await StartAsync();
        Assert.Equal(107, await host.ErrorAsync("publish", """{"channel":"board:1","data":1}"""));
        foreach (var (method, more) in new[]
        {
            ("map_publish", ""","key":"a","data":1"""), ("map_remove", ""","key":"a" """), ("map_read_state", ""), ("map_read_stream", ""), ("map_stats", ""), ("map_clear", ""),
        })
        {
            Assert.Equal(107, await host.ErrorAsync(method, $$"""{"channel":"room"{{more}}}"""));
        }
        var broadcast = await host.ResultAsync("broadcast", """{"channels":["room","board:1"],"data":1}""");
        Assert.Contains("\"code\":107", broadcast, StringComparison.Ordinal);
        var batch = await host.PostAsync("/api/batch", """{"commands":[{"map_publish":{"channel":"board:1","key":"a","data":1}},{"map_publish":{"channel":"room","key":"a","data":1}},{"publish":{"channel":"board:1","data":1}}]}""");
        using var replies = JsonDocument.Parse(await batch.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var all = replies.RootElement.GetProperty("replies").EnumerateArray().ToArray();
        Assert.Equal(1, all[0].GetProperty("map_publish").GetProperty("offset").GetInt32());
        Assert.Equal([107, 107], all.Skip(1).Select(static reply => reply.GetProperty("error").GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task Clearing_leaves_nothing_and_starts_another_stream()
    {
        await using var host = await StartAsync();
        var before = await CallAsync(host, "map_publish", """{"channel":"board:1","key":"a","data":1}""");
        Assert.Equal("{}", await host.ResultAsync("map_clear", """{"channel":"board:1"}"""));
        var after = await CallAsync(host, "map_read_state", """{"channel":"board:1","limit":-1}""");
        Assert.Equal(("[]", 0), (after.GetProperty("entries").GetRawText(), after.GetProperty("offset").GetInt32()));
        Assert.NotEqual(before.GetProperty("epoch").GetString(), after.GetProperty("epoch").GetString());
    }
}
