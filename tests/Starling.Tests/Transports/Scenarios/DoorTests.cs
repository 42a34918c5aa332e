using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Tokens;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>Who gets in, what they may and when they must go is the same at every door: tokens, permissions, limits and revocation
/// over every transport.</summary>
public sealed class DoorTests
{
    private const string Denied = "closed", Open = "open";

    public static TheoryData<string> TwoWay => TransportScenarioTests.All;

    public static TheoryData<string> OneWay => OneWayTests.All;

    private static string Good => TestTokens.Hmac("""{"sub":"42","iat":1}""");

    /// <summary>Good for two seconds of manual time.</summary>
    private static string Brief => TestTokens.Hmac($$"""{"sub":"42","exp":{{TestTokens.Now + 2}} }""");

    [Theory]
    [MemberData(nameof(TwoWay))]
    public async Task A56_A62_Nobody_gets_in_without_a_good_token(string kind)
    {
        await using var host = await StartAsync();
        var bad = new (string Token, int Code)[]
        {
            ("", 3501),
            (TestTokens.Unsigned("""{"sub":"42"}""", """{"alg":"none"}""") + ".", 3500),
            (TestTokens.Hmac("""{"sub":"42"}""", secret: "another secret that is long enough, too"), 3500),
            (TestTokens.Hmac("""{"sub":"42","channel":"open"}"""), 3500),   // of a subscription
            ("no token at all", 3500),
        };
        foreach (var (token, code) in bad)
        {
            await using var client = TransportScenarioTests.NewClient(kind, host);
            Assert.Null(await client.TryConnectAsync(token));
            Assert.Equal((uint)code, client.Farewell?.Code);
        }
        await using var late = TransportScenarioTests.NewClient(kind, host);
        Assert.Equal(109u, (await late.TryConnectAsync(TestTokens.Hmac("""{"sub":"42","exp":1}""")))!.Error?.Code);
        Assert.Equal(0, host.Node.Connections.UserCount);
    }

    [Theory]
    [MemberData(nameof(TwoWay))]
    public async Task A73_A75_What_is_not_permitted_is_refused(string kind)
    {
        await using var host = await StartAsync();
        await using var client = TransportScenarioTests.NewClient(kind, host);
        await client.ConnectAsync(Good);
        await client.SubscribeAsync(Open + ":x");
        Command[] forbidden =
        [
            new() { Subscribe = new SubscribeRequest { Channel = Denied + ":x" } },
            new() { Subscribe = new SubscribeRequest { Channel = "$" + Open + ":x" } },
            new() { Subscribe = new SubscribeRequest { Channel = Open + ":#43" } },
            new() { Subscribe = new SubscribeRequest { Channel = Open + ":y", Token = Good } },   // of a connection
            new() { Publish = new PublishRequest { Channel = Open + ":x", Data = "1"u8.ToArray() } },
            new() { History = new HistoryRequest { Channel = Open + ":x" } },
            new() { Presence = new PresenceRequest { Channel = Open + ":x" } },
            new() { PresenceStats = new PresenceStatsRequest { Channel = Open + ":x" } },
        ];
        foreach (var command in forbidden) Assert.Equal(103u, (await client.CallAsync(command)).Error?.Code);
    }

    [Theory]
    [MemberData(nameof(TwoWay))]
    public async Task A65_Who_is_revoked_is_gone_and_hears_nothing_more(string kind)
    {
        await using var host = await StartAsync();
        await using var client = TransportScenarioTests.NewClient(kind, host);
        await client.ConnectAsync(Good);
        await client.SubscribeAsync(Open + ":x");
        var revoked = Revoke(host);
        await host.PublishAsync(Open + ":x", "1");
        Assert.Empty(await client.DrainAsync());
        AssertInTime(revoked);
        Assert.Equal(3500u, client.Farewell?.Code);
        await using var again = TransportScenarioTests.NewClient(kind, host);
        Assert.Null(await again.TryConnectAsync(Good));
        Assert.Equal(3500u, again.Farewell?.Code);
    }

    [Theory]
    [MemberData(nameof(TwoWay))]
    public async Task A47_Limits_count(string kind)
    {
        await using var host = await StartAsync(static options =>
        {
            options.Client.RateLimit.Connection.Rpc.Rate = 2;
            options.Client.RateLimit.Connection.Rpc.Interval = TimeSpan.FromHours(1);
        });
        await using var client = TransportScenarioTests.NewClient(kind, host);
        await client.ConnectAsync(Good);
        for (var i = 0; i < 2; i++) Assert.NotEqual(111u, (await client.CallAsync(Call())).Error?.Code);
        Assert.Equal(111u, (await client.CallAsync(Call())).Error?.Code);

        static Command Call() => new() { Rpc = new RpcRequest { Method = "none" } };
    }

    [Theory]
    [MemberData(nameof(OneWay))]
    public async Task A56_A65_Who_only_listens_needs_a_good_token_too_and_goes_when_it_is_revoked(string transport)
    {
        await using var host = await StartAsync();
        foreach (var (token, code) in new[] { ("", 3501), (TestTokens.Hmac("{}", secret: "another secret that is long enough, too"), 3500) })
        {
            await using var refused = await Listener.OpenAsync(host, transport, $$"""{"token":"{{token}}","subs":{"open:x":{} } }""");
            Assert.Equal(code, await refused.DisconnectAsync());
        }
        // What it may not have is left out of what it asks for (protocol 4.4).
        await using var listener = await Listener.OpenAsync(host, transport, $$"""{"token":"{{Good}}","subs":{"open:x":{},"closed:x":{} } }""");
        Assert.Equal([Open + ":x"], (await listener.NextAsync()).GetProperty("connect").GetProperty("subs").EnumerateObject().Select(static one => one.Name));
        await host.PublishAsync(Denied + ":x", "1");
        await host.PublishAsync(Open + ":x", "2");
        Assert.Equal("2", await listener.NextDataAsync());
        var revoked = Revoke(host);
        Assert.Equal(3500, await listener.DisconnectAsync());
        AssertInTime(revoked);
    }

    [Fact]
    public async Task A56_A75_Who_polls_needs_a_good_token_and_permission()
    {
        await using var host = await StartAsync();
        using var http = new HttpClient { BaseAddress = host.Http1 };
        Assert.Equal(HttpStatusCode.Unauthorized, (await PollAsync(http, "", Open)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PollAsync(http, TestTokens.Hmac("{}", secret: "another secret that is long enough, too"), Open)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PollAsync(http, Good, Denied)).Status);
        Assert.Equal(HttpStatusCode.OK, (await PollAsync(http, Good, Open)).Status);
    }

    [Fact]
    public async Task A65_A_poll_that_waits_ends_when_its_user_is_revoked_and_the_next_one_is_refused()
    {
        await using var host = await StartAsync(static options => options.LongPoll.Wait = TimeSpan.FromSeconds(55));
        using var http = new HttpClient { BaseAddress = host.Http1 };
        var waiting = await WaitAsync(host, http, Good);
        var revoked = Revoke(host);
        await host.PublishAsync(Open + ":x", "\"secret\"");
        var (status, text) = await waiting;
        AssertInTime(revoked);
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PollAsync(http, Good, Open)).Status);
    }

    [Theory]
    [MemberData(nameof(TwoWay))]
    public async Task A64_Who_does_not_renew_is_gone_after_the_grace_and_hears_nothing_more(string kind)
    {
        var time = new ManualTime();
        await using var host = await StartAsync(static options => options.Client.ExpiredCloseDelay = TimeSpan.FromSeconds(1), time);
        await using var client = TransportScenarioTests.NewClient(kind, host);
        await client.ConnectAsync(Brief);
        await client.SubscribeAsync(Open + ":x");
        time.Advance(TimeSpan.FromSeconds(2.5));
        await host.PublishAsync(Open + ":x", "1");
        Assert.Equal(["1"], await client.PublicationsAsync(1));
        time.Advance(TimeSpan.FromSeconds(1.7));
        await host.PublishAsync(Open + ":x", "2");
        Assert.Empty(await client.DrainAsync());
        Assert.Equal(3005u, client.Farewell?.Code);
    }

    [Theory]
    [MemberData(nameof(OneWay))]
    public async Task A64_Who_only_listens_is_gone_after_the_grace_too(string transport)
    {
        var time = new ManualTime();
        await using var host = await StartAsync(static options => options.Client.ExpiredCloseDelay = TimeSpan.FromSeconds(1), time);
        await using var listener = await Listener.OpenAsync(host, transport, $$"""{"token":"{{Brief}}","subs":{"open:x":{} } }""");
        Assert.True((await listener.NextAsync()).TryGetProperty("connect", out _));
        time.Advance(TimeSpan.FromSeconds(2.5));
        await host.PublishAsync(Open + ":x", "1");
        Assert.Equal("1", await listener.NextDataAsync());
        time.Advance(TimeSpan.FromSeconds(1.7));
        await host.PublishAsync(Open + ":x", "2");
        Assert.Equal(3005, (await listener.NextAsync()).GetProperty("disconnect").GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task A64_A_poll_that_waits_ends_when_its_token_has_expired()
    {
        var time = new ManualTime();
        await using var host = await StartAsync(
            static options => (options.Client.ExpiredCloseDelay, options.LongPoll.Wait) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(55)), time);
        using var http = new HttpClient { BaseAddress = host.Http1 };
        var waiting = await WaitAsync(host, http, Brief);
        time.Advance(TimeSpan.FromSeconds(4.2));
        await host.PublishAsync(Open + ":x", "\"secret\"");
        var (status, text) = await waiting;
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("3005", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Text)> PollAsync(HttpClient http, string token, string @namespace, string more = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/connection/long_poll?channel={@namespace}:x{more}");
        if (token.Length > 0) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>A poll that has found nothing new and waits.</summary>
    private static async Task<Task<(HttpStatusCode Status, string Text)>> WaitAsync(TransportHost host, HttpClient http, string token)
    {
        var first = await PollAsync(http, token, Open);   // without a position it is answered at once
        var waiting = PollAsync(http, token, Open, "&position=" + PositionOf(first.Text));
        await Eventually.IsTrueAsync(() => host.Node.Channels.Find(Open + ":x")?.SubscriberCount == 1, "the request to wait");
        Assert.False(waiting.IsCompleted);
        return waiting;
    }

    private static string PositionOf(string answer)
    {
        using var json = JsonDocument.Parse(answer);
        return json.RootElement.GetProperty("position").GetString()!;
    }

    /// <returns>When.</returns>
    private static long Revoke(TransportHost host)
    {
        var start = Stopwatch.GetTimestamp();
        Assert.Null(host.Services.GetRequiredService<ClientSessions>().RevokeUser("42"));
        return start;
    }

    private static void AssertInTime(long revoked) => Assert.InRange(Stopwatch.GetElapsedTime(revoked), TimeSpan.Zero, TimeSpan.FromSeconds(1));

    private static Task<TransportHost> StartAsync(Action<StarlingOptions>? configure = null, TimeProvider? time = null) => TransportHost.StartAsync(options =>
    {
        options.Client.Insecure = false;
        options.Client.Token.HmacSecretKey = TestTokens.Secret;
        options.Channel.Namespaces.Add(Namespace(Denied, isOpen: false));
        options.Channel.Namespaces.Add(Namespace(Open, isOpen: true));
        options.LongPoll.Wait = TimeSpan.FromSeconds(1);
        configure?.Invoke(options);
    }, extend: engine =>
    {
        if (time is not null) engine.Services.AddSingleton(time);
    });

    private static ChannelNamespaceOptions Namespace(string name, bool isOpen) => new()
    {
        Name = name,
        AllowSubscribeForClient = isOpen,
        AllowUserLimitedChannels = true,
        Presence = true,
        HistorySize = 10,
        HistoryTtl = TimeSpan.FromMinutes(5),
        ForceRecovery = true,
    };
}
