using System.Text;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Limits;

public sealed class RateLimitTests
{
    private const int Commands = 1_000;

    private static readonly ReadOnlyMemory<byte> s_data = Encoding.UTF8.GetBytes("1");

    [Fact]
    public async Task A47_A_publish_over_the_limit_gets_error_111_that_names_the_limit_and_when_to_try_again()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.Connection.Publish = new RateOptions { Rate = 2 });
        var peer = harness.Connect();
        Assert.Equal([0u, 0u, 111u], Publish(peer, 3).Select(static error => error?.Code ?? 0));
        peer.Send(new Command { Id = 9, Publish = new PublishRequest { Channel = "news", Data = s_data } });
        var error = peer.Take().Error!;
        Assert.True(error.Temporary);
        Assert.Equal("too many requests: publish of this connection, try again in 550 ms", error.Message);

        peer.Send(new Command { Id = 10, Subscribe = new SubscribeRequest { Channel = "news" } });
        Assert.NotNull(peer.Take().Subscribe);   // another kind
        Assert.Null(Publish(harness.Connect(), 1)[0]);   // another connection
        harness.Time.Advance(TimeSpan.FromMilliseconds(550));
        Assert.Equal([0u, 111u], Publish(peer, 2, skipPushes: true).Select(static error => error?.Code ?? 0));
    }

    [Fact]
    public async Task A47_Publishing_by_a_call_counts_as_publishing()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.Connection.Publish = new RateOptions { Rate = 1 });
        var peer = harness.Connect();
        Assert.Null(Publish(peer, 1)[0]);
        peer.Send(new Command { Id = 9, Rpc = new RpcRequest { Method = "starling.publish", Data = Encoding.UTF8.GetBytes("""{"channel":"news","data":1,"id":"a"}""") } });
        Assert.Equal(111u, peer.Take().Error?.Code);
    }

    [Fact]
    public async Task A47_The_connections_of_a_user_share_what_the_user_may()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.User.Publish = new RateOptions { Rate = 3 });
        harness.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(Encoding.UTF8.GetString(context.Data.Span).Trim('"')));
        var first = Connect(harness, "ada");
        var second = Connect(harness, "ada");
        var other = Connect(harness, "ben");
        Assert.Equal([0u, 0u], Codes(first, 2));
        Assert.Equal([0u, 111u], Codes(second, 2));
        Assert.Equal([0u, 0u, 0u, 111u], Codes(other, 4));
        second.Drop();
        Assert.Equal([111u], Codes(Connect(harness, "ada"), 1));   // coming back does not help
    }

    [Fact]
    public async Task A77_The_connections_from_an_address_share_what_the_address_may()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.Address.Subscribe = new RateOptions { Rate = 10, Burst = 1 });
        harness.Subscribe("news");
        var peer = harness.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "news" } });
        Assert.StartsWith("too many requests: subscribe of this address", peer.Take().Error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A46_Subscribing_and_unsubscribing_in_a_loop_is_limited_and_an_unsubscribe_is_always_done()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.Connection.Subscribe = new RateOptions { Rate = 5 });
        var peer = harness.Connect();
        var granted = 0;
        for (var i = 0u; i < 50; i++)
        {
            peer.Send(new Command { Id = (2 * i) + 2, Subscribe = new SubscribeRequest { Channel = "news" } });
            if (peer.Take().Subscribe is not null) granted++;
            peer.Send(new Command { Id = (2 * i) + 3, Unsubscribe = new UnsubscribeRequest { Channel = "news" } });
            Assert.NotNull(peer.Take().Unsubscribe);
        }
        Assert.Equal(5, granted);
        Assert.Equal(0, harness.Node.Channels.Count);
    }

    [Fact]
    public async Task A47_Who_goes_on_after_a_hundred_refusals_is_closed_with_3013()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.Connection.Commands = new RateOptions { Rate = 1 });
        var peer = harness.Connect();
        Assert.Equal(1 + 100, Publish(peer, 1_000).Count);
        Assert.Equal(Disconnects.TooManyRequests, peer.ClosedWith);
    }

    [Fact]
    public async Task Refusals_spread_over_time_end_no_connection()
    {
        await using var harness = new EngineHarness(static options =>
        {
            options.Client.RateLimit.Connection.Commands = new RateOptions { Rate = 1 };
            options.Client.PingInterval = TimeSpan.FromHours(1);
        });
        var peer = harness.Connect();
        for (var second = 0; second < 100; second++)
        {
            Publish(peer, 8);
            harness.Time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task A_message_over_the_limit_closes_with_3013_since_it_has_no_reply()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.Connection.Rpc = new RateOptions { Rate = 1 });
        var taken = 0;
        harness.Handlers.Message = _ =>
        {
            taken++;
            return default;
        };
        var peer = harness.Connect();
        for (var i = 0; i < 3; i++) peer.Send(new Command { Send = new SendRequest { Data = s_data } });
        Assert.Equal(1, taken);
        Assert.Equal(Disconnects.TooManyRequests, peer.ClosedWith);
    }

    [Fact]
    public async Task A47_The_answer_to_a_ping_costs_nothing_and_pongs_nobody_asked_for_count_until_they_close()
    {
        await using var harness = new EngineHarness(static options =>
            options.Client.RateLimit.Connection.Commands = new RateOptions { Rate = 3, Interval = TimeSpan.FromHours(1) });
        var peer = harness.Connect(session: "s");   // elsewhere the first one is a violation
        for (var second = 0; second < 30 && peer.Received.Count == 0; second++) harness.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(peer.Take().IsPing);
        for (var pong = 0; pong < 1 + 3; pong++) peer.SendText("{}");
        Assert.Null(peer.ClosedWith);
        peer.SendText("{}");
        Assert.Equal(Disconnects.TooManyRequests, peer.ClosedWith);
    }

    [Fact]
    public async Task A47_Bytes_are_counted_and_a_large_command_is_paid_for_by_the_next_ones()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.Connection.Bytes = new RateOptions { Rate = 1_000 });
        var peer = harness.Connect();
        var large = Encoding.UTF8.GetBytes($"\"{new string('x', 5_000)}\"");
        peer.Send(new Command { Id = 2, Publish = new PublishRequest { Channel = "news", Data = large } });
        Assert.NotNull(peer.Take().Publish);
        Assert.Equal([111u], Codes(peer, 1));
        harness.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal([111u], Codes(peer, 1));
        harness.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([0u], Codes(peer, 1));
    }

    [Fact]
    public async Task A47_A_user_who_connects_too_often_gets_111_and_may_come_back()
    {
        await using var harness = new EngineHarness(static options => options.Client.RateLimit.User.Connect = new RateOptions { Rate = 2, Interval = TimeSpan.FromMinutes(1) });
        harness.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("ada"));
        harness.Connect().Drop();
        harness.Connect().Drop();
        var peer = harness.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        var error = peer.Take().Error!;
        Assert.Equal((111u, true), (error.Code, error.Temporary));
        Assert.StartsWith("too many requests: connect of this user, try again in 30", error.Message, StringComparison.Ordinal);
        peer.Drop();
        harness.Time.Advance(TimeSpan.FromSeconds(31));
        harness.Connect();
    }

    [Fact]
    public async Task A77_An_address_has_as_many_connections_as_allowed()
    {
        await using var harness = new EngineHarness(static options => options.Client.AddressConnectionLimit = 2);
        harness.Connect();
        var second = harness.Connect();
        Assert.True(harness.Node.RateLimiter.JudgeConnect(null, out _) > 0);
        var third = harness.Open();
        Assert.False(third.IsAdmitted);
        Assert.Equal(Disconnects.TooManyRequests, third.ClosedWith);
        third.Drop();
        second.Drop();
        Assert.Equal(0, harness.Node.RateLimiter.JudgeConnect(null, out _));
        harness.Connect();
    }

    [Fact]
    public async Task A10_Only_so_many_connections_may_be_open_without_being_connected()
    {
        await using var harness = new EngineHarness(static options => options.Client.PendingConnectionLimit = 3);
        for (var i = 0; i < 5; i++) harness.Connect();
        var pending = Enumerable.Range(0, 3).Select(_ => harness.Open()).ToList();
        Assert.False(harness.Node.HasRoom);
        Assert.False(harness.Open().IsAdmitted);
        pending[0].Send(new Command { Id = 1, Connect = new ConnectRequest() });
        pending[1].Drop();
        Assert.Equal(1, harness.Node.PendingCount);
        Assert.True(harness.Node.HasRoom);
        harness.Time.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(Disconnects.Stale, pending[2].ClosedWith);
        pending[2].Drop();
        Assert.Equal(0, harness.Node.PendingCount);
    }

    [Fact]
    public async Task To_find_fitting_limits_one_can_be_warned_only()
    {
        await using var harness = new EngineHarness(static options =>
        {
            options.Client.RateLimit.Action = RateLimitAction.Warn;
            options.Client.RateLimit.Connection.Publish = new RateOptions { Rate = 1 };
        });
        Assert.All(Publish(harness.Connect(), 500), static error => Assert.Null(error));
        Assert.Equal(1, harness.Log.Warnings.Count(static line => line.Contains("client.rate_limit.connection.publish: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A89_A_flood_of_refusals_is_one_line_in_ten_seconds_that_counts_them()
    {
        await using var harness = new EngineHarness(static options =>
        {
            options.Client.RateLimit.Connection.Publish = new RateOptions { Rate = 1 };
            options.Client.RateLimit.DisconnectAfter = 0;
            options.Client.PingInterval = TimeSpan.FromHours(1);
        });
        var peer = harness.Connect();
        for (var second = 0; second < 20; second++)
        {
            Publish(peer, 1_000);
            harness.Time.Advance(TimeSpan.FromSeconds(1));
        }
        var lines = harness.Log.Warnings.Where(static line => line.Contains("Over a limit", StringComparison.Ordinal)).ToList();
        Assert.InRange(lines.Count, 2, 3);
        Assert.Contains("client.rate_limit.connection.publish: 9", lines[1], StringComparison.Ordinal);   // some 9,990
    }

    [Fact]
    public async Task The_line_names_each_limit_that_was_passed_with_how_often()
    {
        await using var harness = new EngineHarness(static options =>
        {
            options.Client.RateLimit.Connection.Publish = options.Client.RateLimit.Address.Subscribe = new RateOptions { Rate = 1 };
            options.Client.PingInterval = TimeSpan.FromHours(1);
        });
        var peer = harness.Connect();
        Publish(peer, 2);   // the first line, for the first refusal
        Publish(peer, 3);
        for (var id = 10u; id < 13; id++) peer.Send(new Command { Id = id, Subscribe = new SubscribeRequest { Channel = $"news{id}" } });
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        Publish(peer, 2);   // one more refusal, whose turn it is to be told
        Assert.Equal(
            [
                "Over a limit, how often since the last line of this kind: client.rate_limit.connection.publish: 1. " +
                "Action: refuse. If these are your own clients, raise it.",
                "Over a limit, how often since the last line of this kind: client.rate_limit.connection.publish: 4, client.rate_limit.address.subscribe: 2. " +
                "Action: refuse. If these are your own clients, raise it.",
            ],
            harness.Log.Warnings.Where(static line => line.StartsWith("Over a limit", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A89_Connections_that_find_no_room_are_one_line_in_ten_seconds_that_counts_them_by_limit()
    {
        await using var harness = new EngineHarness(static options => (options.Client.ConnectionLimit, options.Client.PendingConnectionLimit) = (3, 2));
        var pending = harness.Open();
        harness.Open();
        for (var i = 0; i < 4; i++) harness.Node.TakeRoom();
        pending.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        harness.Open();
        for (var i = 0; i < 5; i++) harness.Node.TakeRoom();
        harness.Time.Advance(TimeSpan.FromSeconds(10));
        harness.Node.TakeRoom();
        Assert.Equal(
            [
                "Connections were refused for want of room on this node, how many since the last line of this kind: client.pending_connection_limit: 1.",
                "Connections were refused for want of room on this node, how many since the last line of this kind: client.connection_limit: 6, client.pending_connection_limit: 3.",
            ],
            harness.Log.Warnings.Where(static line => line.StartsWith("Connections were refused", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A77_Who_loses_the_race_for_the_last_place_hears_that_there_are_too_many_and_comes_back()
    {
        await using var harness = new EngineHarness(static options => options.Client.ConnectionLimit = 1);
        harness.Connect();
        var late = harness.Open();   // the door had let it in
        Assert.False(late.IsAdmitted);
        Assert.Equal(Disconnects.TooManyRequests, late.ClosedWith);
        Assert.True(late.ClosedWith!.Value.Reconnects);
    }

    [Fact]
    public async Task A91_After_a_flood_nothing_is_left_of_it()
    {
        await using var harness = new EngineHarness(static options =>
        {
            options.Client.RateLimit.User.Commands = new RateOptions { Rate = 1 };
            options.Client.RateLimit.Address.Commands = new RateOptions { Rate = 1 };
        });
        var count = 0;
        harness.Handlers.Connecting = _ => ValueTask.FromResult(ConnectingResult.Accept($"user{count++}"));
        var peers = Enumerable.Range(0, 500).Select(_ => harness.Connect()).ToList();
        foreach (var peer in peers) Publish(peer, 20);
        Assert.Equal(501, harness.Node.RateLimiter.RememberedCount);
        foreach (var peer in peers) peer.Drop();
        harness.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(0, harness.Node.RateLimiter.RememberedCount);
        Assert.Equal(0, harness.Node.Connections.Count);
        Assert.Equal(0, harness.Node.PendingCount);
    }

    [Fact]
    public async Task A_command_within_its_limits_allocates_nothing_for_them()
    {
        await using var free = new EngineHarness();
        await using var limited = new EngineHarness(static options =>
        {
            var limits = options.Client.RateLimit;
            limits.Connection.Commands = limits.Connection.Rpc = limits.Connection.Bytes = new RateOptions { Rate = 1_000_000 };
            limits.User.Commands = limits.Address.Commands = new RateOptions { Rate = 1_000_000 };
        });
        var without = AllocatedBy(free);
        Assert.InRange(AllocatedBy(limited), 0, without + (Commands * 8));   // no object is as small
    }

    /// <summary>The least of a few tries: what waits for the peer is in rented buffers, and a pool that is empty makes new ones.</summary>
    private static long AllocatedBy(EngineHarness engine) => Enumerable.Range(0, 5).Min(_ => AllocatedBy(engine.Connect()));

    /// <summary>What commands allocate until their replies wait. The peer reads in between, so that few buffers do and the pool has them back.</summary>
    private static long AllocatedBy(TestPeer peer)
    {
        const int AtOnce = 20;
        var frame = Encoding.UTF8.GetBytes("""{"id":5,"ping":{}}""");
        var allocated = 0L;
        for (var sent = -AtOnce; sent < Commands; sent += AtOnce)   // the first ones warm up
        {
            peer.StopReading();
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < AtOnce; i++) Assert.True(peer.SendRawAsync(frame).IsCompletedSuccessfully);
            if (sent >= 0) allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            peer.ReadAgain();
            Assert.Equal(AtOnce, peer.TakeAll().Count);
        }
        return allocated;
    }

    private static TestPeer Connect(EngineHarness harness, string user)
    {
        var peer = harness.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Data = Encoding.UTF8.GetBytes($"\"{user}\"") } });
        Assert.NotNull(peer.Take().Connect);
        return peer;
    }

    private static uint[] Codes(TestPeer peer, int count) => [.. Publish(peer, count).Select(static error => error?.Code ?? 0)];

    /// <summary>Publishes so often, and gives the errors of the replies.</summary>
    private static List<ProtocolError?> Publish(TestPeer peer, int count, bool skipPushes = false)
    {
        for (var i = 0u; i < count; i++) peer.Send(new Command { Id = i + 100, Publish = new PublishRequest { Channel = "news", Data = s_data } });
        return [.. peer.TakeAll().Where(reply => reply.Id > 0 || !skipPushes).Select(static reply => reply.Error)];
    }
}
