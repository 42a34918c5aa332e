using System.Text;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Handlers;
using Starling.Operations;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Connections;

namespace Starling.Tests.SharedPoll;

/// <summary>Shared poll subscriptions (protocol 4.10).</summary>
public sealed class SharedPollTests
{
    private const string Secret = "secret";
    private const string Channel = "prices:eu";

    private readonly Dictionary<string, (string Data, ulong Version)> _backEnd = [];
    private readonly List<string> _asked = [];
    private string _epoch = "";

    private EngineHarness Start(Action<ChannelSharedPollOptions>? configure = null, Action<IThreadPoolWorkItem>? schedule = null)
    {
        var engine = new EngineHarness(schedule: schedule, configure: options =>
        {
            options.Client.Insecure = false;
            options.Client.PingInterval = TimeSpan.FromHours(1);
            options.SharedPoll.HmacSecretKey = Secret;
            var ns = new ChannelNamespaceOptions { Name = "prices", SubscriptionType = ChannelSubscriptionType.SharedPoll, AllowSubscribeForClient = true };
            ns.AllowedDeltaTypes.Add("fossil");
            configure?.Invoke(ns.SharedPoll);
            options.Channel.Namespaces.Add(ns);
        });
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token));
        engine.Handlers.Polling = context =>
        {
            _asked.Add(string.Join(",", context.Items.Select(static item => item.Version == 0 ? item.Key : $"{item.Key}@{item.Version}")));
            var values = context.Items.Where(item => _backEnd.ContainsKey(item.Key)).Select(item =>
            {
                var (data, version) = _backEnd[item.Key];
                return new PolledValue(item.Key, Encoding.UTF8.GetBytes(data), version) { IsRemoved = data.Length == 0 };
            });
            return ValueTask.FromResult(new PollingResult([.. values], _epoch));
        };
        return engine;
    }

    private static TestPeer Subscribe(EngineHarness engine, out SubscribeResult result, string delta = "")
    {
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = "42" } });
        Assert.NotNull(peer.Take().Connect);
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = Channel, Type = SubscriptionType.SharedPoll, Delta = delta } });
        result = peer.Take().Subscribe!;
        return peer;
    }

    private static Reply Track(EngineHarness engine, TestPeer peer, string signature = "", params (string Key, ulong Version)[] items)
    {
        if (signature.Length == 0) signature = TrackSignature.Create(Secret, "42", Channel, [.. items.Select(static item => item.Key)], engine.Time.GetUtcNow());
        peer.Send(new Command
        {
            Id = 3,
            SubRefresh = new SubRefreshRequest
            {
                Channel = Channel,
                Type = SubRefreshType.Track,
                Track = [new TrackBatch { Signature = signature, Items = [.. items.Select(static item => new KeyedItem { Key = item.Key, Version = item.Version })] }],
            },
        });
        var reply = peer.Take();
        Assert.Equal(3u, reply.Id);
        return reply;
    }

    private static string[] Shown(IEnumerable<Reply> replies) =>
        [.. replies.Select(static reply => reply.Push?.Pub).OfType<Publication>().Select(static pub => pub.Removed ? $"-{pub.Key}" : $"{pub.Key}={Encoding.UTF8.GetString(pub.Data.Span)}")];

    [Fact]
    public void Checklist_113_The_signature_of_the_protocols_example_is_the_one_it_states()
    {
        const string vector = "1700000000:1700003600:d30a7d77f4feeb855bfff1e266357d88641b2bfdc9952b842d144106a8a2b11c";
        var signature = TrackSignature.Create("secret", "42", "prices:eu", ["a", "b"], DateTimeOffset.FromUnixTimeSeconds(1700000000), DateTimeOffset.FromUnixTimeSeconds(1700003600));
        Assert.Equal(vector, signature);
        Assert.True(TrackSignature.Verify("secret", vector, "42", "prices:eu", ["a", "b"], out var expiresAt));
        Assert.Equal(1700003600, expiresAt);
        Assert.False(TrackSignature.Verify("secret", vector, "42", "prices:eu", ["b", "a"], out _));
        Assert.False(TrackSignature.Verify("secret", vector, "43", "prices:eu", ["a", "b"], out _));
        Assert.False(TrackSignature.Verify("other", vector, "42", "prices:eu", ["a", "b"], out _));
        Assert.False(TrackSignature.Verify("", vector, "42", "prices:eu", ["a", "b"], out _));
        foreach (var bent in new[] { "", "::", "1:2", "1:2:zz", "x:0:" + new string('a', 64), vector + "00", vector[..^1], "-1:0:" + new string('a', 64) })
        {
            Assert.False(TrackSignature.Verify("secret", bent, "42", "prices:eu", ["a", "b"], out _));
        }
    }

    [Fact]
    public async Task Checklist_113_Tracked_keys_deliver_what_changed_and_nothing_else()
    {
        await using var engine = Start();
        (_backEnd["a"], _backEnd["b"], _backEnd["c"]) = (("1", 0), ("1", 0), ("1", 0));
        var peer = Subscribe(engine, out var result);
        Assert.True(result is { Type: SubscriptionType.SharedPoll, Epoch.Length: 8, Positioned: false, Offset: 0 });
        Assert.Null(Track(engine, peer, items: [("a", 0), ("b", 0)]).Error);
        Assert.Equal(["a=1", "b=1"], Shown(peer.TakeAll()));   // cold keys are asked for at once
        _backEnd["b"] = ("2", 0);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(["b=2"], Shown(peer.TakeAll()));
        engine.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Empty(Shown(peer.TakeAll()));
        Assert.All(_asked, static asked => Assert.DoesNotContain("c", asked, StringComparison.Ordinal));
        _backEnd["a"] = ("", 0);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(["-a"], Shown(peer.TakeAll()));
    }

    [Fact]
    public async Task Who_comes_later_gets_what_is_known_with_the_reply_and_only_if_it_is_newer()
    {
        await using var engine = Start();
        (_backEnd["a"], _backEnd["b"]) = (("1", 0), ("1", 0));
        var first = Subscribe(engine, out _);
        Track(engine, first, items: [("a", 0), ("b", 0)]);
        var versions = first.TakeAll().ToDictionary(static reply => reply.Push!.Pub!.Key, static reply => reply.Push!.Pub!.Version);
        var second = Subscribe(engine, out _);
        var items = Track(engine, second, items: [("a", versions["a"]), ("b", 0)]).SubRefresh!.Items!;
        Assert.Equal("b", Assert.Single(items).Key);
        Assert.Empty(Shown(second.TakeAll()));
        Assert.Single(_asked);
        _backEnd["a"] = ("2", 0);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(["a=2"], Shown(second.TakeAll()));
    }

    [Fact]
    public async Task In_mode_versioned_the_back_end_numbers_its_values_and_another_epoch_makes_clients_start_anew()
    {
        await using var engine = Start(static poll => poll.Mode = ChannelSharedPollMode.Versioned);
        (_backEnd["a"], _epoch) = (("1", 7), "e1");
        var peer = Subscribe(engine, out var result);
        Assert.Equal("", result.Epoch);
        Track(engine, peer, items: [("a", 0)]);
        Assert.Equal(7UL, peer.Take().Push!.Pub!.Version);
        _backEnd["a"] = ("older", 6);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Empty(Shown(peer.TakeAll()));
        Assert.Equal(["a", "a@7"], _asked);
        Subscribe(engine, out var second);
        Assert.Equal("e1", second.Epoch);
        (_backEnd["a"], _epoch) = (("new", 1), "e2");
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(2500u, Assert.Single(peer.TakeAll(), static reply => reply.Push?.Unsubscribe is not null).Push!.Unsubscribe!.Code);
    }

    [Fact]
    public async Task Wrong_requests_get_the_protocols_errors()
    {
        await using var engine = Start(static poll => poll.MaxKeysPerConnection = 3);
        var now = engine.Time.GetUtcNow();
        var peer = Subscribe(engine, out _);
        uint Code(params (string Key, ulong Version)[] items) => Track(engine, peer, items: items).Error?.Code ?? 0;
        Assert.Equal(107u, Code());
        Assert.Equal(107u, Code(("", 0)));
        Assert.Equal(106u, Code(("a", 0), ("b", 0), ("c", 0), ("d", 0)));
        Assert.Equal(103u, Track(engine, peer, "1:0:" + new string('0', 64), ("a", 0)).Error!.Code);
        var old = TrackSignature.Create(Secret, "42", Channel, ["a"], now, now - TimeSpan.FromSeconds(6));
        Assert.Equal(109u, Track(engine, peer, old, ("a", 0)).Error!.Code);
        var recent = TrackSignature.Create(Secret, "42", Channel, ["a"], now, now - TimeSpan.FromSeconds(5));
        Assert.Null(Track(engine, peer, recent, ("a", 0)).Error);
        peer.Send(new Command { Id = 4, SubRefresh = new SubRefreshRequest { Channel = Channel, Type = SubRefreshType.Untrack } });
        Assert.Equal(107u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 5, SubRefresh = new SubRefreshRequest { Channel = "prices:us", Type = SubRefreshType.Untrack, Untrack = ["a"] } });
        Assert.Equal(103u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 6, Subscribe = new SubscribeRequest { Channel = "prices:us" } });
        Assert.Equal(107u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 7, Subscribe = new SubscribeRequest { Channel = "room", Type = SubscriptionType.SharedPoll } });
        Assert.Equal(108u, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Untracked_and_expired_keys_are_not_asked_for_and_not_delivered()
    {
        await using var engine = Start();
        (_backEnd["a"], _backEnd["b"]) = (("1", 0), ("1", 0));
        var peer = Subscribe(engine, out _);
        var signature = TrackSignature.Create(Secret, "42", Channel, ["a", "b"], engine.Time.GetUtcNow(), engine.Time.GetUtcNow() + TimeSpan.FromSeconds(20));
        var reply = Track(engine, peer, signature, ("a", 0), ("b", 0)).SubRefresh!;
        Assert.Equal((true, 20u), (reply.Expires, reply.Ttl));
        peer.TakeAll();
        peer.Send(new Command { Id = 4, SubRefresh = new SubRefreshRequest { Channel = Channel, Type = SubRefreshType.Untrack, Untrack = ["a", "nothing"] } });
        Assert.NotNull(peer.Take().SubRefresh);
        (_backEnd["a"], _backEnd["b"]) = (("2", 0), ("2", 0));
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(["b=2"], Shown(peer.TakeAll()));
        engine.Time.Advance(TimeSpan.FromSeconds(40));   // 20 s, and 25 s to renew
        _asked.Clear();
        _backEnd["b"] = ("3", 0);
        engine.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Empty(Shown(peer.TakeAll()));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Patches_go_to_those_who_were_given_the_value_they_are_made_against()
    {
        await using var engine = Start();
        static string Value(int number) => $$"""{"text":"which stays the same from one value to the next","number":{{number}}}""";
        _backEnd["a"] = (Value(1), 0);
        var (holder, other) = (Subscribe(engine, out var result, "fossil"), Subscribe(engine, out _, "fossil"));
        Assert.True(result.Delta);
        Track(engine, holder, items: [("a", 0)]);
        var first = holder.Take().Push!.Pub!;
        Assert.False(first.Delta);
        Assert.Null(Track(engine, other, items: [("a", first.Version)]).Error);   // claims to have it, from elsewhere
        _backEnd["a"] = (Value(2), 0);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal((true, false), (holder.Take().Push!.Pub!.Delta, other.Take().Push!.Pub!.Delta));
    }

    [Fact]
    public async Task Without_anybody_there_the_back_end_is_left_alone_and_the_channel_forgotten()
    {
        await using var engine = Start();
        _backEnd["a"] = ("1", 0);
        var peer = Subscribe(engine, out var before);
        Track(engine, peer, items: [("a", 0)]);
        peer.Drop();
        _asked.Clear();
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(_asked);
        Subscribe(engine, out var after);
        Assert.NotEqual(before.Epoch, after.Epoch);
    }

    [Fact]
    public async Task Who_comes_back_before_the_channel_is_forgotten_is_polled_for_like_anybody_else()
    {
        await using var engine = Start(static poll => poll.ChannelShutdownDelay = TimeSpan.FromMinutes(2));
        _backEnd["a"] = ("1", 0);
        var peer = Subscribe(engine, out _);
        Track(engine, peer, items: [("a", 0)]);
        peer.Drop();
        engine.Time.Advance(TimeSpan.FromSeconds(11));   // a cycle has found nobody
        var back = Subscribe(engine, out _);
        Track(engine, back, items: [("a", 0)]);
        back.TakeAll();
        _backEnd["a"] = ("2", 0);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(["a=2"], Shown(back.TakeAll()));
    }

    [Fact]
    public async Task A_cycle_asks_on_a_stack_of_its_own_and_the_next_one_waits_for_it()
    {
        var scheduled = new Queue<IThreadPoolWorkItem>();
        void Run()
        {
            while (scheduled.TryDequeue(out var item)) item.Execute();
        }
        await using var engine = Start(schedule: scheduled.Enqueue);
        _backEnd["a"] = ("1", 0);
        var peer = Subscribe(engine, out _);
        Track(engine, peer, items: [("a", 0)]);
        Run();
        Assert.Equal(["a=1"], Shown(peer.TakeAll()));
        _asked.Clear();
        _backEnd["a"] = ("2", 0);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Empty(_asked);   // the wheel has turned, and nothing of the application has run on it
        engine.Time.Advance(TimeSpan.FromSeconds(10));
        Run();
        Assert.Equal("a", Assert.Single(_asked));
        Assert.Equal(["a=2"], Shown(peer.TakeAll()));
        engine.Time.Advance(TimeSpan.FromSeconds(10));
        Run();
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_back_end_that_fails_changes_nothing()
    {
        await using var engine = Start();
        _backEnd["a"] = ("1", 0);
        var peer = Subscribe(engine, out _);
        Track(engine, peer, items: [("a", 0)]);
        peer.TakeAll();
        var handler = engine.Handlers.Polling;
        engine.Handlers.Polling = static _ => throw new InvalidOperationException("down");
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Contains("down", Assert.Single(engine.Log.Errors), StringComparison.Ordinal);
        engine.Log.Errors.Clear();
        engine.Handlers.Polling = handler;
        _backEnd["a"] = ("2", 0);
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Equal(["a=2"], Shown(peer.TakeAll()));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task The_operator_is_warned_at_the_start_that_nobody_gives_values_unless_the_application_does(bool isApplication, int warnings)
    {
        var options = new StarlingOptions();
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "prices", SubscriptionType = ChannelSubscriptionType.SharedPoll });
        var handlers = new HandlerTable();
        if (isApplication) handlers.Polling = static _ => ValueTask.FromResult(new PollingResult([]));
        var (time, log) = (new ManualTime(), new RecordingLog());
        await using var node = new Node(
            options, handlers, new MemoryBroker(time, RandomSource.System), time, RandomSource.System, log, new StarlingMetrics(), static item => item.Execute());
        await node.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(warnings, log.Warnings.Count(static line => line.Contains("OnPolling", StringComparison.Ordinal)));
    }
}
