using System.Text;
using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Api;

/// <summary>Orders about the connections of a user: subscribe, unsubscribe, disconnect.</summary>
public sealed class ApiOrderTests
{
    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task Checklist_60_A_subscribe_reaches_every_connection_of_the_user_as_a_push_and_publications_follow(Wire wire)
    {
        await using var host = await ApiHost.StartAsync();
        var one = host.Connect("alice", wire);
        var two = host.Connect("alice", wire);
        var stranger = host.Connect("bob", wire);
        Assert.Equal("{}", await host.ResultAsync("subscribe", """{"user":"alice","channel":"room","data":{"greeting":"hi"}}"""));
        host.Engine.Publish("room", "1");
        foreach (var peer in (TestPeer[])[one, two])
        {
            var push = peer.Take().Push!;
            Assert.Equal("room", push.Channel);
            Assert.Equal("""{"greeting":"hi"}""", Encoding.UTF8.GetString(push.Subscribe!.Data.Span));
            Assert.False(push.Subscribe.Recoverable || push.Subscribe.Positioned);
            Assert.Equal(["1"], peer.TakePublications());
        }
        Assert.Empty(stranger.TakeAll());
    }

    [Fact]
    public async Task Checklist_60_A_subscribe_that_is_repeated_or_finds_the_clients_own_subscription_changes_nothing()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "own");
        Assert.Equal("{}", await host.ResultAsync("subscribe", """{"user":"alice","channel":"own"}"""));
        Assert.Equal("{}", await host.ResultAsync("subscribe", """{"user":"alice","channel":"room"}"""));
        Assert.Equal("{}", await host.ResultAsync("subscribe", """{"user":"alice","channel":"room"}"""));
        Assert.Equal("room", Assert.Single(peer.TakeAll()).Push!.Channel);
        host.Engine.Publish("room", "1");
        Assert.Equal(["1"], peer.TakePublications());
    }

    [Fact]
    public async Task A_server_side_subscription_counts_against_the_channel_limit_and_is_ended_by_the_clients_unsubscribe()
    {
        await using var host = await ApiHost.StartAsync(static options => options.Client.ChannelLimit = 1);
        var peer = host.Connect("alice");
        Assert.Equal("{}", await host.ResultAsync("subscribe", """{"user":"alice","channel":"a"}"""));
        Assert.Equal(106, await host.ErrorAsync("subscribe", """{"user":"alice","channel":"b"}"""));
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "b" } });
        Assert.Equal([null, 106u], peer.TakeAll().Select(static reply => reply.Error?.Code));
        peer.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = "a" } });
        Assert.NotNull(peer.Take().Unsubscribe);
        host.Engine.Publish("a", "1");
        Assert.Empty(peer.TakeAll());
        Assert.Equal(0, peer.Connection.SubscriptionCount);
    }

    [Fact]
    public async Task The_subscribers_info_goes_with_what_it_publishes()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Connect("alice");
        await host.ResultAsync("subscribe", """{"user":"alice","channel":"room","info":{"role":"x"}}""");
        peer.Send(new Command { Id = 2, Publish = new PublishRequest { Channel = "room", Data = "1"u8.ToArray() } });
        var publication = Assert.Single(peer.TakeAll(), static reply => reply.Push?.Pub is not null).Push!.Pub!;
        Assert.Equal("""{"role":"x"}""", Encoding.UTF8.GetString(publication.Info!.ChanInfo.Span));
    }

    [Theory]
    [InlineData("""{"user":"alice"}""", 107)]
    [InlineData("""{"user":"alice","channel":"nowhere:1"}""", 102)]
    [InlineData("""{"user":"alice","channel":"a","b64info":"%"}""", 107)]
    [InlineData("""{"user":"alice","channel":"a","b64data":"%"}""", 107)]
    [InlineData("""{"user":"alice","channel":"a","expire_at":1}""", 107)]
    public async Task A_subscribe_that_cannot_be_carried_out_as_asked_is_refused(string body, int code)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Connect("alice");
        Assert.Equal(code, await host.ErrorAsync("subscribe", body));
        Assert.Empty(peer.TakeAll());
    }

    [Fact]
    public async Task Fields_that_say_nothing_do_not_stop_a_subscribe()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Connect("alice");
        await host.ResultAsync("subscribe", """{"user":"alice","channel":"a","expire_at":0,"recover_since":null,"override":{},"session":"","client":""}""");
        Assert.NotNull(peer.Take().Push!.Subscribe);
    }

    [Fact]
    public async Task Checklist_59_An_unsubscribe_pushes_2000_and_nothing_of_the_channel_follows()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        Assert.Equal("{}", await host.ResultAsync("unsubscribe", """{"user":"alice","channel":"room"}"""));
        var push = peer.Take().Push!;
        Assert.Equal(("room", 2000u, "server unsubscribe"), (push.Channel, push.Unsubscribe!.Code, push.Unsubscribe.Reason));
        host.Engine.Publish("room", "1");
        Assert.Empty(peer.TakeAll());
        Assert.Equal(0, host.Engine.Node.Channels.Count);
    }

    [Fact]
    public async Task Checklist_59_An_unsubscribe_without_channel_ends_all_subscriptions_and_one_without_match_succeeds()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "own");
        await host.ResultAsync("subscribe", """{"user":"alice","channel":"given"}""");
        peer.TakeAll();
        Assert.Equal("{}", await host.ResultAsync("unsubscribe", """{"user":"alice","channel":"elsewhere"}"""));
        Assert.Equal("{}", await host.ResultAsync("unsubscribe", """{"user":"nobody"}"""));
        Assert.Empty(peer.TakeAll());
        await host.ResultAsync("unsubscribe", """{"user":"alice"}""");
        Assert.Equal(["given", "own"], peer.TakeAll().Select(static reply => reply.Push!.Channel).Order());
        Assert.Equal(0, peer.Connection.SubscriptionCount);
    }

    [Fact]
    public async Task A74_An_unsubscribe_while_the_subscribe_is_in_work_is_heard_after_its_reply()
    {
        var broker = new SlowSubscribeBroker();
        await using var host = await ApiHost.StartAsync(broker: broker);
        var peer = host.Connect("alice");
        var subscribing = peer.SendAsync(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room" } });
        await host.ResultAsync("unsubscribe", """{"user":"alice"}""");
        Assert.Empty(peer.TakeAll());
        broker.Gate.SetResult();
        await subscribing;
        Assert.Collection(
            peer.TakeAll(),
            static reply => Assert.NotNull(reply.Subscribe),
            static reply => Assert.Equal(2000u, reply.Push!.Unsubscribe!.Code));
        host.Engine.Publish("room", "1");
        Assert.Empty(peer.TakeAll());
    }

    [Fact]
    public async Task A74_A_server_side_subscription_the_client_ends_before_it_is_announced_is_never_announced()
    {
        var broker = new SlowSubscribeBroker();
        await using var host = await ApiHost.StartAsync(broker: broker);
        var peer = host.Connect("alice");
        var subscribing = host.ResultAsync("subscribe", """{"user":"alice","channel":"room"}""");
        await broker.Entered.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        peer.Send(new Command { Id = 2, Unsubscribe = new UnsubscribeRequest { Channel = "room" } });
        broker.Gate.SetResult();
        Assert.Equal("{}", await subscribing);
        Assert.NotNull(Assert.Single(peer.TakeAll()).Unsubscribe);
    }

    [Fact]
    public async Task Checklist_118_A_disconnect_ends_all_connections_of_the_user_with_3503_except_the_whitelist()
    {
        await using var host = await ApiHost.StartAsync();
        var spared = host.Connect("alice");
        TestPeer[] others = [host.Connect("alice"), host.Connect("alice", Wire.Protobuf)];
        var stranger = host.Connect("bob");
        Assert.Equal("{}", await host.ResultAsync("disconnect", $$"""{"user":"alice","whitelist":["{{spared.Connection.Id}}","unknown"]}"""));
        Assert.All(others, static peer => Assert.Equal(new Disconnect(3503, "force disconnect"), peer.ClosedWith));
        Assert.Null(spared.ClosedWith);
        Assert.Null(stranger.ClosedWith);
    }

    [Theory]
    [InlineData("""{"code":4001,"reason":"banned"}""", 4001u, "banned")]
    [InlineData("""{"code":3011,"reason":"force reconnect"}""", 3011u, "force reconnect")]
    [InlineData("""{"code":4999}""", 4999u, "force disconnect")]
    [InlineData("null", 3503u, "force disconnect")]
    public async Task A_disconnect_may_name_code_and_reason(string disconnect, uint code, string reason)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Connect("alice");
        await host.ResultAsync("disconnect", $$"""{"user":"alice","disconnect":{{disconnect}}}""");
        Assert.Equal(new Disconnect(code, reason), peer.ClosedWith);
    }

    [Theory]
    [InlineData("""{"code":0}""")]
    [InlineData("""{"code":1000,"reason":"x"}""")]
    [InlineData("""{"code":2999,"reason":"x"}""")]
    [InlineData("""{"code":5000,"reason":"x"}""")]
    [InlineData("""{"code":4294970796,"reason":"x"}""")]
    [InlineData("""{"reason":"x"}""")]
    [InlineData("""{"code":4000,"reason":"000000000011111111112222222222333333333344444444445555555555666666666677777777778888888888999999999900000000001111111111\u00fc\u00fc"}""")]
    public async Task A_disconnect_that_no_close_frame_can_carry_is_107(string disconnect)
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Connect("alice");
        Assert.Equal(107, await host.ErrorAsync("disconnect", $$"""{"user":"alice","disconnect":{{disconnect}}}"""));
        Assert.Null(peer.ClosedWith);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"user":""}""")]
    public async Task An_empty_user_means_anonymous_connections_only_and_not_those_that_have_not_connected(string body)
    {
        await using var host = await ApiHost.StartAsync();
        var anonymous = host.Connect("");
        var named = host.Connect("alice");
        var silent = host.Engine.Open();
        await host.ResultAsync("disconnect", body);
        Assert.NotNull(anonymous.ClosedWith);
        Assert.Null(named.ClosedWith);
        Assert.Null(silent.ClosedWith);
    }

    [Fact]
    public async Task A_client_id_narrows_to_one_connection_of_the_user_and_a_session_to_none()
    {
        await using var host = await ApiHost.StartAsync();
        var one = host.Connect("alice");
        var two = host.Connect("alice");
        await host.ResultAsync("disconnect", $$"""{"user":"bob","client":"{{one.Connection.Id}}"}""");
        await host.ResultAsync("disconnect", $$"""{"client":"{{one.Connection.Id}}"}""");
        await host.ResultAsync("disconnect", """{"user":"alice","client":"not an id"}""");
        await host.ResultAsync("disconnect", """{"user":"alice","session":"x"}""");
        Assert.Null(one.ClosedWith);
        await host.ResultAsync("disconnect", $$"""{"user":"alice","client":"{{one.Connection.Id}}"}""");
        Assert.NotNull(one.ClosedWith);
        Assert.Null(two.ClosedWith);
    }

    [Fact]
    public async Task What_was_published_before_a_disconnect_is_still_delivered()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Subscribe("alice", "room");
        peer.StopReading();
        host.Engine.Publish("room", "1");
        host.Engine.Publish("room", "2");
        await host.ResultAsync("disconnect", """{"user":"alice"}""");
        peer.ReadAgain();
        Assert.Equal(["1", "2"], peer.TakePublications());
    }

    /// <summary>Subscribes when it is told to, on the stack of whoever tells it.</summary>
    private sealed class SlowSubscribeBroker() : FaultyBroker(new MemoryBroker(TimeProvider.System, RandomSource.System))
    {
        public TaskCompletionSource Gate { get; } = new();

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken)
        {
            Entered.TrySetResult();
            return new ValueTask(Gate.Task);
        }
    }

    [Fact]
    public async Task A_refresh_tells_the_users_clients_their_new_expiry_and_expired_ends_them()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Connect("alice");
        var stranger = host.Connect("bob");
        var end = host.Engine.Time.GetUtcNow().ToUnixTimeSeconds() + 100;
        Assert.Equal("{}", await host.ResultAsync("refresh", $$"""{"user":"alice","expire_at":{{end}},"info":{"v":2} }"""));
        Assert.Equal(100u, peer.Take().Push!.Refresh!.Ttl);
        Assert.Equal("""{"v":2}""", Encoding.UTF8.GetString(peer.Connection.ConnInfo.Span));
        Assert.Equal("{}", await host.ResultAsync("refresh", """{"user":"alice","expired":true}"""));
        Assert.Equal(Disconnects.Expired, peer.ClosedWith);
        Assert.Empty(stranger.TakeAll());
        Assert.Null(stranger.ClosedWith);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("1764265200000000000")]   // nanoseconds by mistake
    public async Task A_refresh_until_a_time_far_away_ends_nobody(string end)
    {
        await using var host = await ApiHost.StartAsync(static options => options.Client.PingInterval = TimeSpan.FromHours(10));
        var peer = host.Connect("alice");
        Assert.Equal("{}", await host.ResultAsync("refresh", $$"""{"user":"alice","expire_at":{{end}} }"""));
        Assert.Equal(31_536_000u, peer.Take().Push!.Refresh!.Ttl);
        host.Engine.Time.Advance(TimeSpan.FromHours(1));
        Assert.Null(peer.ClosedWith);
    }

    [Theory]
    [InlineData("{}", 107)]
    [InlineData("""{"user":""}""", 107)]
    [InlineData("""{"user":"alice","expire_at":-1}""", 107)]
    public async Task A_revocation_of_nobody_is_refused(string body, int code)
    {
        await using var host = await ApiHost.StartAsync();
        Assert.Equal(code, await host.ErrorAsync("revoke", body));
    }

    [Fact]
    public async Task A65_A_revoked_user_is_closed_with_3500()
    {
        await using var host = await ApiHost.StartAsync();
        var peer = host.Connect("alice");
        var stranger = host.Connect("bob");
        Assert.Equal("{}", await host.ResultAsync("revoke", """{"user":"alice"}"""));
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
        Assert.Null(stranger.ClosedWith);
    }
}
