using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Transports.Scenarios;

public sealed class LongPollTests
{
    [Fact]
    public async Task Answers_at_once_when_there_is_something_newer_and_waits_otherwise()
    {
        await using var host = await TransportHost.StartAsync();
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        var (position, pushes) = await PollAsync(http, "channel=news");
        Assert.Empty(pushes);
        await host.PublishAsync("news", "1");
        await host.PublishAsync("news", "2");

        (position, pushes) = await PollAsync(http, $"channel=news&position={position}");
        Assert.Equal(["news 1", "news 2"], pushes);

        var waiting = PollAsync(http, $"channel=news&position={position}");
        await Eventually.IsTrueAsync(() => host.Node.Channels.Find("news")?.SubscriberCount == 1, "the request to wait");
        Assert.False(waiting.IsCompleted);
        await host.PublishAsync("news", "3");
        (_, pushes) = await waiting;
        Assert.Equal(["news 3"], pushes);
        Assert.Equal(0, host.Node.Connections.Count);
    }

    [Fact]
    public async Task Nothing_is_lost_or_repeated_between_requests()
    {
        await using var host = await TransportHost.StartAsync();
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        var (position, _) = await PollAsync(http, "channel=a&channel=b");
        var publishing = Task.Run(PublishAsync, TestContext.Current.CancellationToken);
        var seen = new List<string>();
        while (seen.Count < 1_000)
        {
            (position, var pushes) = await PollAsync(http, $"channel=a&channel=b&position={position}");
            seen.AddRange(pushes);
        }
        await publishing;
        Assert.Equal(Enumerable.Range(0, 500).Select(static n => $"a {n * 2}"), seen.Where(static one => one[0] == 'a'));
        Assert.Equal(Enumerable.Range(0, 500).Select(static n => $"b {(n * 2) + 1}"), seen.Where(static one => one[0] == 'b'));

        async Task PublishAsync()
        {
            for (var n = 0; n < 1_000; n++) await host.PublishAsync(n % 2 == 0 ? "a" : "b", $"{n}");
        }
    }

    [Fact]
    public async Task What_one_node_told_another_server_can_go_on_from_only_if_it_has_the_same_stream()
    {
        await using var host = await TransportHost.StartAsync();
        await using var other = await TransportHost.StartAsync();
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        using var elsewhere = StreamClient.NewHttp(other.Http1, isHttp2: false);
        var (position, _) = await PollAsync(http, "channel=news");

        using var response = await elsewhere.GetAsync($"/connection/long_poll?channel=news&position={position}", TestContext.Current.CancellationToken);

        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("news", json.RootElement.GetProperty("lost")[0].GetString());   // told at once, with the new position
        Assert.NotEqual(position, json.RootElement.GetProperty("position").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]   // a proxy that compresses does this to it
    public async Task A_position_can_come_as_an_entity_tag_and_nothing_new_is_then_304(bool isWeak)
    {
        await using var host = await TransportHost.StartAsync(static options => options.LongPoll.Wait = TimeSpan.FromSeconds(1));
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        using var first = await http.GetAsync("/connection/long_poll?channel=news", TestContext.Current.CancellationToken);
        var tag = first.Headers.ETag!;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connection/long_poll?channel=news");
        request.Headers.IfNoneMatch.Add(isWeak ? new EntityTagHeaderValue(tag.Tag, isWeak: true) : tag);

        using var second = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal(tag, second.Headers.ETag);
        var (position, pushes) = await PollAsync(http, $"channel=news&position={tag.Tag.Trim('"')}");
        Assert.Equal(tag.Tag, $"\"{position}\"");
        Assert.Empty(pushes);
    }

    [Fact]
    public async Task The_rules_of_subscribing_hold()
    {
        await using var host = await TransportHost.StartAsync(static options =>
        {
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
            options.Channel.WithoutNamespace.AllowSubscribeForClient = options.Channel.WithoutNamespace.AllowSubscribeForAnonymous = true;
            options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "closed", HistorySize = 1, HistoryTtl = TimeSpan.FromMinutes(1), ForceRecovery = true });
            options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "forgetful", AllowSubscribeForClient = true, AllowSubscribeForAnonymous = true });
            options.LongPoll.ChannelLimit = 3;
        });
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("channel=open"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("channel=closed:x"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync("channel=open&channel=closed:x"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync("channel=nowhere:x"));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync("channel=forgetful:x"));   // without history something would be lost
        foreach (var hostile in (string[])["", "channel=", "channel=a&channel=a", "channel=a&channel=b&channel=c&channel=d", "channel=a&position=x", "channel=a&position=1.x,2.y", $"channel=a&position={new string('1', 5_000)}"])
        {
            using var response = await http.GetAsync($"/connection/long_poll?{hostile}", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.Equal(107, json.RootElement.GetProperty("error").GetProperty("code").GetInt32());
        }
        Assert.Equal(0, host.Node.Connections.Count);

        async Task<HttpStatusCode> StatusAsync(string query)
        {
            using var response = await http.GetAsync($"/connection/long_poll?{query}", TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Nobody_without_credentials_and_the_handlers_of_the_application_decide()
    {
        await using var closed = await TransportHost.StartAsync(static options => options.Client.Insecure = false);
        using var http = StreamClient.NewHttp(closed.Http1, isHttp2: false);
        using var refused = await http.GetAsync("/connection/long_poll?channel=news", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        await using var host = await TransportHost.StartAsync(extend: static engine => engine
            .OnConnecting(static context => ValueTask.FromResult(context.Token == "secret" ? ConnectingResult.Accept("ada") : ConnectingResult.Refuse(ProtocolErrors.TokenExpired)))
            .OnSubscribing(static context => ValueTask.FromResult(context.Channel == "ada" ? SubscribingResult.Accept() : SubscribingResult.Refuse(ProtocolErrors.PermissionDenied))));
        using var asked = StreamClient.NewHttp(host.Http1, isHttp2: false);
        using var expired = await asked.GetAsync("/connection/long_poll?channel=ada", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
        asked.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        Assert.Empty((await PollAsync(asked, "channel=ada")).Pushes);
        using var other = await asked.GetAsync("/connection/long_poll?channel=ben", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    [Fact]
    public async Task Channels_that_the_server_gives_a_client_can_be_polled_without_its_asking()
    {
        await using var host = await TransportHost.StartAsync(
            static options => options.Client.Insecure = false,
            extend: static engine => engine.OnConnecting(static _ => ValueTask.FromResult(
                ConnectingResult.Accept("ada", subscriptions: new Dictionary<string, ServerSubscription> { ["given"] = new() }))));
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        var (position, _) = await PollAsync(http, "channel=given");
        for (var n = 1; n <= 3; n++) await host.PublishAsync("given", $"{n}");
        (_, var pushes) = await PollAsync(http, $"channel=given&position={position}");
        Assert.Equal(["given 1", "given 2", "given 3"], pushes);
        using var other = await http.GetAsync("/connection/long_poll?channel=other", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    [Fact]
    public async Task A_full_answer_does_not_wait_for_a_channel_that_is_still_decided_about()
    {
        var decided = Task.CompletedTask;
        await using var host = await TransportHost.StartAsync(
            static options => options.LongPoll.Wait = TimeSpan.FromSeconds(55),   // longer than the test is patient
            extend: engine => engine.OnSubscribing(async context =>
            {
                if (context.Channel == "slow") await Volatile.Read(ref decided);
                return SubscribingResult.Accept();
            }));
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        var (position, _) = await PollAsync(http, "channel=full&channel=slow");
        for (var n = 0; n < 40; n++) await host.PublishAsync("full", $"\"{new string('x', 10_000)}\"");
        await host.PublishAsync("slow", "1");
        var decision = new TaskCompletionSource();
        Volatile.Write(ref decided, decision.Task);

        (position, var pushes) = await PollAsync(http, $"channel=full&channel=slow&position={position}").WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.All(pushes, static push => Assert.StartsWith("full", push, StringComparison.Ordinal));
        decision.SetResult();

        var seen = pushes.ToList();
        while (seen.Count < 41)
        {
            (position, pushes) = await PollAsync(http, $"channel=full&channel=slow&position={position}");
            seen.AddRange(pushes);
        }
        Assert.Single(seen, static push => push == "slow 1");
    }

    [Fact]
    public async Task Whoever_waits_when_the_server_ends_is_told_to_come_back()
    {
        await using var host = await TransportHost.StartAsync();
        using var http = StreamClient.NewHttp(host.Http1, isHttp2: false);
        var (position, _) = await PollAsync(http, "channel=news");
        var waiting = http.GetAsync($"/connection/long_poll?channel=news&position={position}", TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(() => host.Node.Channels.Find("news")?.SubscriberCount == 1, "the request to wait");

        await host.StopAsync();

        using var response = await waiting;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
    }

    private static async Task<(string Position, string[] Pushes)> PollAsync(HttpClient http, string query)
    {
        using var response = await http.GetAsync($"/connection/long_poll?{query}", TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode} {text}");
        using var json = JsonDocument.Parse(text);
        Assert.False(json.RootElement.TryGetProperty("lost", out _));
        return (
            json.RootElement.GetProperty("position").GetString()!,
            [.. json.RootElement.GetProperty("pushes").EnumerateArray().Select(static push => $"{push.GetProperty("channel").GetString()} {push.GetProperty("pub").GetProperty("data").GetRawText()}")]);
    }
}
