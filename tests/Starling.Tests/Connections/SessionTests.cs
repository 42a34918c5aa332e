using System.Text;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Connections;

/// <summary>Life cycle, commands and their codes (protocol 1.9 and 3).</summary>
public sealed class SessionTests
{
    private static Command Rpc(uint id, string method, string data = "null") =>
        new() { Id = id, Rpc = new RpcRequest { Method = method, Data = Encoding.UTF8.GetBytes(data) } };

    [Fact]
    public async Task A89_The_operator_is_told_which_option_lets_in_who_brings_no_token_and_not_once_for_each()
    {
        await using var engine = new EngineHarness(static options => options.Client.Insecure = false);
        for (var i = 0; i < 3; i++) Refuse();
        var line = Assert.Single(engine.Log.Notes);
        Assert.StartsWith("1 clients", line, StringComparison.Ordinal);
        Assert.Contains("client.allow_anonymous_connect_without_token", line, StringComparison.Ordinal);
        engine.Time.Advance(TimeSpan.FromSeconds(11));
        Refuse();
        Assert.StartsWith("3 clients", engine.Log.Notes[1], StringComparison.Ordinal);

        void Refuse()
        {
            var peer = engine.Open();
            peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
            Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
        }
    }

    [Fact]
    public async Task Checklist_34_A_command_before_connect_closes_with_3501()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Subscribe = new SubscribeRequest { Channel = "room" } });
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_34_A_second_connect_closes_with_3501()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Connect = new ConnectRequest() });
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_35_A10_A_connection_that_never_connects_is_closed_with_3502_after_ten_seconds()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Open();
        engine.Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Null(peer.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(2.2));
        Assert.Equal(Disconnects.Stale, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_39_Without_credentials_connect_closes_with_3501_unless_anonymous_access_is_on()
    {
        await using var closed = new EngineHarness(static options => options.Client.Insecure = false);
        var refused = closed.Open();
        refused.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        Assert.Equal(Disconnects.BadRequest, refused.ClosedWith);
        await using var open = new EngineHarness(static options =>
        {
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
        });
        Assert.Equal("", open.Connect().Connection.User);
    }

    [Fact]
    public async Task A_token_that_nothing_can_verify_closes_with_3500()
    {
        await using var engine = new EngineHarness(static options =>
        {
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
        });
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = "a.b.c" } });
        Assert.Equal(Disconnects.InvalidToken, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_45_Subscribes_in_the_connect_frame_are_answered_after_the_connect_reply()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Open();
        peer.Send(
            new Command { Id = 1, Connect = new ConnectRequest() },
            new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a" } },
            new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = "b" } });
        Assert.Equal([1u, 2u, 3u], peer.TakeAll().Select(static reply => reply.Id));
        Assert.Equal(1, peer.Writes);
    }

    [Fact]
    public async Task Checklist_46_After_a_connect_error_nothing_is_answered_and_the_connection_is_dropped_after_five_seconds()
    {
        await using var engine = new EngineHarness();
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Refuse(new ProtocolError(1000, "no")));
        var peer = engine.Open();
        peer.Send(
            new Command { Id = 1, Connect = new ConnectRequest() },
            new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "a" } });
        Assert.Equal(1000u, Assert.Single(peer.TakeAll()).Error!.Code);
        engine.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(peer.WasAborted);
        engine.Time.Advance(TimeSpan.FromSeconds(2.2));
        Assert.True(peer.WasAborted);
    }

    [Theory]
    [InlineData("nowhere:1", 102u)]
    [InlineData("caf\u00e9", 107u)]
    [InlineData("line\nbreak", 107u)]
    public async Task Checklist_48_A43_Bad_channel_names_are_refused(string channel, uint code)
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = channel } });
        Assert.Equal(code, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_49_A_name_of_256_bytes_is_refused_one_of_255_is_not_and_an_empty_one_closes()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = new string('a', 256) } });
        Assert.Equal(107u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = new string('a', 255) } });
        Assert.Null(peer.Take().Error);
        peer.SendText("""{"id":4,"subscribe":{}}""");
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_50_A_second_subscribe_to_the_same_channel_is_refused_with_105()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Subscribe("room");
        peer.Send(new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = "room" } });
        Assert.Equal(105u, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_51_A45_The_129th_subscription_is_refused_with_106()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        for (uint i = 0; i < 128; i++) peer.Send(new Command { Id = i + 2, Subscribe = new SubscribeRequest { Channel = $"room{i}" } });
        Assert.All(peer.TakeAll(), static reply => Assert.Null(reply.Error));
        peer.Send(new Command { Id = 200, Subscribe = new SubscribeRequest { Channel = "one-more" } });
        Assert.Equal(106u, peer.Take().Error!.Code);
        Assert.Equal(128, engine.Node.Channels.Count);
    }

    [Fact]
    public async Task Checklist_57_To_unsubscribe_from_an_unknown_channel_succeeds()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Unsubscribe = new UnsubscribeRequest { Channel = "room" } });
        Assert.NotNull(peer.Take().Unsubscribe);
    }

    [Fact]
    public async Task Checklist_76_Publishing_without_permission_is_refused_with_103_and_without_data_with_107()
    {
        await using var engine = new EngineHarness(static options =>
        {
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
        });
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Publish = new PublishRequest { Channel = "room", Data = "1"u8.ToArray() } });
        Assert.Equal(103u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 3, Publish = new PublishRequest { Channel = "room" } });
        Assert.Equal(107u, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_81_History_and_presence_are_not_available_where_no_namespace_keeps_them()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Subscribe("room");
        peer.Send(
            new Command { Id = 3, History = new HistoryRequest { Channel = "room" } },
            new Command { Id = 4, Presence = new PresenceRequest { Channel = "room" } },
            new Command { Id = 5, PresenceStats = new PresenceStatsRequest { Channel = "room" } });
        Assert.All(peer.TakeAll(), static reply => Assert.Equal(108u, reply.Error!.Code));
    }

    [Fact]
    public async Task Checklist_84_A_call_reaches_its_handler_and_an_unknown_method_is_104()
    {
        await using var engine = new EngineHarness();
        engine.Handlers.Rpc["echo"] = static context => ValueTask.FromResult(RpcResult.Ok(context.Data));
        var peer = engine.Connect();
        peer.Send(Rpc(2, "echo", """{"a":1}"""), Rpc(3, "other"));
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(peer.Take().Rpc!.Data.Span));
        Assert.Equal(104u, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Calls_are_not_available_where_nothing_is_callable()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.Send(Rpc(2, "echo"));
        Assert.Equal(108u, peer.Take().Error!.Code);
    }

    [Fact]
    public async Task Checklist_85_A_message_reaches_its_handler_and_closes_with_3508_without_one()
    {
        await using var engine = new EngineHarness();
        var got = new List<string>();
        engine.Handlers.Message = context =>
        {
            got.Add(Encoding.UTF8.GetString(context.Data.Span));
            return default;
        };
        var peer = engine.Connect();
        peer.Send(new Command { Send = new SendRequest { Data = "\"hello\""u8.ToArray() } });
        Assert.Equal(["\"hello\""], got);
        Assert.Empty(peer.Received);
        engine.Handlers.Message = null;
        peer.Send(new Command { Send = new SendRequest { Data = "1"u8.ToArray() } });
        Assert.Equal(Disconnects.NotAvailable, peer.ClosedWith);
    }

    [Theory]
    [InlineData("""{"id":5}""")]                                          // checklist 86
    [InlineData("")]                                                      // checklist 8
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"id":2,"refresh":{"token":"x"}}""")]
    public async Task Violations_close_with_3501(string frame)
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.SendText(frame);
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }

    [Fact]
    public async Task What_follows_a_violation_in_the_same_frame_is_not_run()
    {
        await using var engine = new EngineHarness();
        var called = false;
        engine.Handlers.Rpc["x"] = _ =>
        {
            called = true;
            return ValueTask.FromResult(RpcResult.Ok());
        };
        var peer = engine.Connect();
        peer.SendText("{\"id\":7}\n{\"id\":8,\"rpc\":{\"method\":\"x\"}}");
        Assert.False(called);
    }

    [Fact]
    public async Task A17_Replies_to_good_commands_before_a_violation_are_written()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.SendText("{\"id\":7,\"unsubscribe\":{\"channel\":\"a\"}}\nnonsense");
        Assert.Equal(7u, peer.Take().Id);
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_87_Pings_come_at_the_interval_the_first_after_half_to_one_of_it()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        var pings = new List<double>();
        for (var tenths = 0; tenths < 1_300; tenths++)
        {
            engine.Time.Advance(TimeSpan.FromMilliseconds(100));
            if (peer.TakeAll().Count == 0) continue;
            pings.Add(engine.Time.Elapsed.TotalSeconds);
            peer.SendText("{}");
        }
        Assert.InRange(pings[0], 12.5, 25.2);
        Assert.InRange(pings.Count, 5, 6);
        for (var i = 1; i < pings.Count; i++) Assert.InRange(pings[i] - pings[i - 1], 24.9, 25.2);
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_88_A81_A_missing_pong_closes_with_3012_after_its_timeout()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        while (peer.Received.Count == 0) engine.Time.Advance(TimeSpan.FromMilliseconds(100));
        engine.Time.Advance(TimeSpan.FromSeconds(7.8));
        Assert.Null(peer.ClosedWith);
        engine.Time.Advance(TimeSpan.FromSeconds(0.4));
        Assert.Equal(Disconnects.NoPong, peer.ClosedWith);
    }

    [Fact]
    public async Task Any_traffic_counts_as_life()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        while (peer.Received.Count == 0) engine.Time.Advance(TimeSpan.FromMilliseconds(100));
        engine.Time.Advance(TimeSpan.FromSeconds(4));
        peer.Send(Rpc(9, "x"));
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_89_A_pong_without_a_ping_closes_with_3501()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.SendText("{}");
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }

    [Fact]
    public async Task Checklist_96_Shutdown_closes_every_connection_with_3001()
    {
        await using var engine = new EngineHarness();
        var peers = Enumerable.Range(0, 3).Select(_ => engine.Connect()).ToArray();
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        Assert.All(peers, static peer => Assert.Equal(Disconnects.Shutdown, peer.ClosedWith));
        foreach (var peer in peers) peer.Drop();
        while (!stopping.IsCompleted) engine.Time.Advance(TimeSpan.FromMilliseconds(50));
        await stopping;
        Assert.False(engine.Open().IsAdmitted);
    }

    [Fact]
    public async Task Checklist_95_Pushes_that_nobody_reads_overflow_the_queue_and_close_with_3008()
    {
        await using var engine = new EngineHarness(static options => options.Client.QueueMaxSize = 16 * 1024);
        var (peer, other) = (engine.Connect(), engine.Connect());
        peer.StopReading();
        for (uint i = 0; i < 10_000 && peer.ClosedWith is null; i++) peer.Connection.Send(new Reply { Push = new Push { Refresh = new RefreshPush { Ttl = i } } });
        Assert.Equal(Disconnects.Slow, peer.ClosedWith);
        other.Send(Rpc(2, "x"));
        Assert.Equal(2u, other.Take().Id);
    }

    [Fact]
    public async Task A90_A_slow_handler_delays_only_its_own_connection_and_commands_keep_their_order()
    {
        await using var engine = new EngineHarness();
        var gate = new TaskCompletionSource();
        engine.Handlers.Rpc["slow"] = async _ =>
        {
            await gate.Task;
            return RpcResult.Ok("1"u8.ToArray());
        };
        engine.Handlers.Rpc["fast"] = static _ => ValueTask.FromResult(RpcResult.Ok("2"u8.ToArray()));
        var peer = engine.Connect();
        var other = engine.Connect();
        peer.Send(Rpc(2, "slow"), Rpc(3, "fast"));
        peer.Send(Rpc(4, "fast"));
        Assert.Empty(peer.Received);
        other.Send(Rpc(2, "fast"));
        Assert.Single(other.TakeAll());
        gate.SetResult();
        Assert.Equal([2u, 3u, 4u], peer.TakeAll().Select(static reply => reply.Id));
        Assert.False(peer.Connection.Commands.IsBusy);
    }

    [Fact]
    public async Task A90_A_slow_handler_does_not_make_its_client_look_dead()
    {
        await using var engine = new EngineHarness();
        var gate = new TaskCompletionSource();
        engine.Handlers.Rpc["slow"] = async _ =>
        {
            await gate.Task;
            return RpcResult.Ok();
        };
        var peer = engine.Connect();
        peer.Send(Rpc(2, "slow"));
        engine.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(peer.ClosedWith);
        Assert.NotEmpty(peer.TakeAll());   // pings go out meanwhile
        gate.SetResult();
    }

    [Fact]
    public async Task A90_A_thousand_slow_handlers_keep_nobody_from_being_pinged_and_all_are_answered_in_the_end()
    {
        await using var engine = new EngineHarness();
        var gate = new TaskCompletionSource();
        engine.Handlers.Rpc["slow"] = async _ =>
        {
            await gate.Task;
            return RpcResult.Ok();
        };
        var peers = Enumerable.Range(0, 1_000).Select(_ => engine.Connect()).ToList();
        foreach (var peer in peers) peer.Send(Rpc(7, "slow"));
        engine.Time.Advance(TimeSpan.FromSeconds(26));
        Assert.All(peers, static peer => Assert.Equal(0u, peer.Take().Id));   // the ping
        engine.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.All(peers, static peer => Assert.Null(peer.ClosedWith));
        var writes = peers.ConvertAll(static peer => peer.Writes);
        gate.SetResult();
        await Eventually.IsTrueAsync(
            () => peers.Select((peer, i) => peer.Writes > writes[i] && !peer.Connection.Commands.IsBusy).All(static isDone => isDone), "all handlers to be answered");
        Assert.All(peers, static peer => Assert.Equal(7u, peer.TakeAll()[^1].Id));
    }

    [Fact]
    public async Task A_handler_that_throws_costs_its_caller_an_error_100_and_nothing_else()
    {
        await using var engine = new EngineHarness();
        engine.Handlers.Rpc["broken"] = static _ => throw new InvalidOperationException("on purpose");
        engine.Handlers.Publishing = static _ => throw new InvalidOperationException("on purpose");
        var peer = engine.Connect();
        peer.Send(Rpc(2, "broken"));
        peer.Send(new Command { Id = 3, Publish = new PublishRequest { Channel = "a", Data = "1"u8.ToArray() } });
        Assert.All(peer.TakeAll(), static reply => Assert.Equal(100u, reply.Error!.Code));
        Assert.Null(peer.ClosedWith);
        Assert.Equal(2, engine.Log.Errors.Count);
        engine.Log.Errors.Clear();
    }

    [Fact]
    public async Task Handlers_decide_who_connects_subscribes_and_what_is_published()
    {
        await using var engine = new EngineHarness(static options => options.Client.Insecure = false);
        engine.Handlers.Connecting = static context =>
            ValueTask.FromResult(context.Token == "good" ? ConnectingResult.Accept("42", "{\"name\":\"Ann\"}"u8.ToArray()) : ConnectingResult.Close(Disconnects.InvalidToken));
        engine.Handlers.Subscribing = static context =>
            ValueTask.FromResult(context.Channel == "allowed" ? SubscribingResult.Accept() : SubscribingResult.Refuse(ProtocolErrors.PermissionDenied));
        engine.Handlers.Publishing = static context =>
            ValueTask.FromResult(PublishingResult.Accept("\"changed\""u8.ToArray(), new Dictionary<string, string> { ["by"] = context.User }));
        var bad = engine.Open();
        bad.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = "bad" } });
        Assert.Equal(Disconnects.InvalidToken, bad.ClosedWith);
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = "good" } });
        Assert.Equal("42", peer.Connection.User);
        peer.Send(
            new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "other" } },
            new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = "allowed" } },
            new Command { Id = 4, Publish = new PublishRequest { Channel = "allowed", Data = "1"u8.ToArray() } });
        var replies = peer.TakeAll();
        Assert.Equal(103u, replies.Single(static r => r.Id == 2).Error!.Code);
        var publication = replies.Single(static r => r.Push is not null).Push!.Pub!;
        Assert.Equal("\"changed\"", Encoding.UTF8.GetString(publication.Data.Span));
        Assert.Equal("42", publication.Tags!["by"]);
        Assert.Equal("{\"name\":\"Ann\"}", Encoding.UTF8.GetString(publication.Info!.ConnInfo.Span));
    }

    [Fact]
    public async Task Checklist_44_More_connections_of_a_user_than_allowed_close_with_3504()
    {
        await using var engine = new EngineHarness(static options => options.Client.UserConnectionLimit = 2);
        engine.Handlers.Connecting = static _ => ValueTask.FromResult(ConnectingResult.Accept("42"));
        engine.Connect();
        var second = engine.Connect();
        var third = engine.Open();
        third.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        Assert.Equal(Disconnects.ConnectionLimit, third.ClosedWith);
        third.Drop();
        second.Drop();
        engine.Connect();
        Assert.Equal(1, engine.Node.Connections.UserCount);
    }
}
