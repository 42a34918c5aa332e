using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Connections;
using Starling.Tests.Presence;

namespace Starling.Tests.State;

/// <summary>Subscribing to keyed state (protocol 4.12).</summary>
public sealed class StateSubscribeTests
{
    [Theory]
    [InlineData("board:1", true)]
    [InlineData("game:1", true)]
    [InlineData("cursors:1", false)]
    public async Task Checklist_105_Fewer_keys_than_a_page_go_live_in_one_reply(string channel, bool positioned)
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany(channel, 99);
        var peer = engine.Connect();
        var loaded = peer.Load(channel);
        Assert.Equal((1, 99), (loaded.Pages, loaded.State.Count));
        Assert.True(loaded.Live is { Type: SubscriptionType.Map, Phase: MapPhase.Live, Cursor: "", Expires: false });
        Assert.Equal((positioned, positioned, positioned ? 99UL : 0, positioned ? 8 : 0),
            (loaded.Live.Recoverable, loaded.Live.Positioned, loaded.Live.Offset, loaded.Live.Epoch.Length));
        engine.Write(channel, "key-0000", "1");
        engine.Remove(channel, "key-0001");
        var pushes = peer.TakeAll().Select(static reply => reply.Push!.Pub!).ToArray();
        Assert.Equal(["key-0000", "key-0001"], pushes.Select(static pub => pub.Key));
        Assert.True(pushes[1] is { Removed: true, Data.Length: 0 });
        Assert.Equal(positioned ? 100UL : 0, pushes[0].Offset);
    }

    [Fact]
    public async Task An_empty_channel_is_live_at_once()
    {
        await using var engine = StateHarness.Start();
        var peer = engine.Connect();
        Assert.Empty(peer.Load("board:1").State);
        engine.Write("board:1", "a", "1");
        Assert.Equal("a", peer.Take().Push!.Pub!.Key);
    }

    [Theory]
    [InlineData("board:1")]
    [InlineData("cursors:1")]
    public async Task Checklist_106_107_Whatever_changes_while_pages_load_the_client_ends_with_the_state(string channel)
    {
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns => ns.Map.StreamSize = 10_000));
        engine.WriteMany(channel, 1_050);
        var peer = engine.Connect();
        var number = 0;
        var loaded = peer.Load(channel, between: page =>
        {
            for (var i = 0; i < 40; i++) engine.Write(channel, $"key-{number++ * 7 % 1_050:D4}", $"{page}");
            engine.Remove(channel, $"key-{page * 50 + 1:D4}");
            engine.Write(channel, $"new-{page}", "1");
        });
        Assert.True(loaded.Pages > 10);
        Assert.Equal(loaded.PageKeys.Count, loaded.PageKeys.Distinct().Count());
        loaded.Apply(peer.TakeAll());
        await SameAsync(engine, channel, loaded);
        engine.Write(channel, "key-0500", "\"after\"");
        loaded.Apply(peer.TakeAll());
        await SameAsync(engine, channel, loaded);
    }

    [Fact]
    public async Task I2_A_channel_without_a_stream_is_loaded_again_when_changes_may_have_been_lost()
    {
        await using var engine = StateHarness.Start();
        var (cursors, board) = (engine.Connect(), engine.Connect());
        cursors.Load("cursors:1");
        board.Load("board:1");
        engine.Node.OnPositionUnknown(null);
        Assert.Equal(2500u, cursors.Take().Push!.Unsubscribe!.Code);
        Assert.Empty(board.Received);   // its stream says that nothing was lost
        engine.Write("cursors:1", "a", "1");
        Assert.Equal(["a"], cursors.Load("cursors:1").State.Keys);
    }

    [Fact]
    public async Task I2_A_client_that_is_loading_such_a_channel_meanwhile_begins_anew()
    {
        var broker = new FaultyBroker(new MemoryBroker(new ManualTime(), RandomSource.System));
        await using var engine = StateHarness.Start(broker: broker);
        engine.WriteMany("cursors:1", 150, "1");
        var peer = engine.Connect();
        var first = peer.Ask("cursors:1", MapPhase.State).Result();
        broker.Drops = static _ => true;
        engine.Write("cursors:1", first.State![0].Key, "2");
        engine.Node.OnPositionUnknown(null);
        Assert.Equal(112u, peer.Ask("cursors:1", MapPhase.State, request => request.Cursor = first.Cursor).Error!.Code);
        await SameAsync(engine, "cursors:1", peer.Load("cursors:1"));
    }

    [Theory]
    [InlineData("cursors:1")]
    [InlineData("board:1")]
    public async Task I2_What_is_lost_when_all_is_loaded_and_the_client_not_live_yet_is_told_behind_the_live_reply(string channel)
    {
        var broker = new PresenceFaults(new MemoryBroker(new ManualTime(), RandomSource.System));
        await using var engine = StateHarness.Start(
            static options => options.Channel.Namespaces.ForEach(static ns => ns.Presence = true), broker);
        var peer = engine.Connect();
        broker.Entering = new TaskCompletionSource<bool>();
        peer.Send(new Command { Id = 7, Subscribe = new SubscribeRequest { Channel = channel, Type = SubscriptionType.Map, Phase = MapPhase.State } });
        Assert.Empty(peer.Received);
        var found = engine.Node.Channels.Find(channel)!;
        if (found.History is null) engine.Node.OnPositionUnknown(null);
        else found.LosePosition(found.Log.Position.Epoch, 10);   // ten changes were lost, and the stream has not all of them any more
        broker.Entering.SetResult(true);
        await Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the live reply");
        Assert.Empty(peer.Take().Result().State ?? []);
        Assert.Equal(2500u, peer.Take().Push!.Unsubscribe!.Code);
    }

    [Fact]
    public async Task What_may_have_been_lost_before_anything_is_loaded_is_nothing_to_a_client()
    {
        var broker = new FaultyBroker(new MemoryBroker(new ManualTime(), RandomSource.System)) { Attaching = new TaskCompletionSource() };
        await using var engine = StateHarness.Start(broker: broker);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 7, Subscribe = new SubscribeRequest { Channel = "cursors:1", Type = SubscriptionType.Map, Phase = MapPhase.State } });
        engine.Write("cursors:1", "a", "1");
        engine.Node.OnPositionUnknown(null);   // the broker is back
        broker.Attaching.SetResult();
        await Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the live reply");
        Assert.Equal("a", Assert.Single(peer.Take().Result().State!).Key);
        Assert.DoesNotContain(peer.TakeAll(), static reply => reply.Push?.Unsubscribe is not null);
    }

    [Fact]
    public async Task What_this_node_lost_of_a_stream_while_pages_were_read_is_nothing_to_a_client_either()
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 150);
        var peer = engine.Connect();
        var loaded = peer.Load("board:1", between: _ =>
        {
            var channel = engine.Node.Channels.Find("board:1")!;
            channel.LosePosition(channel.Log.Position.Epoch, 150);
        });
        engine.Write("board:1", "after", "1");
        loaded.Apply(peer.TakeAll());
        await SameAsync(engine, "board:1", loaded);
    }

    [Fact]
    public async Task A_client_whose_changes_have_left_the_stream_gets_the_newest_of_each_key()
    {
        await using var engine = StateHarness.Start();   // the stream keeps 100
        engine.WriteMany("board:1", 150);
        var peer = engine.Connect();
        var loaded = peer.Load("board:1", between: page =>
        {
            if (page != 1) return;
            for (var round = 1; round <= 10; round++) engine.WriteMany("board:1", 50, $"{round}");   // 500 changes of 50 keys
        });
        Assert.Equal(50, loaded.Changes.Count);
        await SameAsync(engine, "board:1", loaded);
    }

    [Fact]
    public async Task Many_changes_come_in_pages_of_the_stream_before_the_live_reply()
    {
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns => ns.Map.StreamSize = 10_000));
        engine.WriteMany("board:1", 150);
        var peer = engine.Connect();
        var first = peer.Ask("board:1", MapPhase.State).Result();
        engine.WriteMany("board:1", 450, from: 1_000);
        var second = peer.Ask("board:1", MapPhase.State, request => (request.Cursor, request.Offset, request.Epoch) = (first.Cursor, first.Offset, first.Epoch)).Result();
        Assert.True(second is { Phase: MapPhase.State, Cursor: "", Offset: 150 });
        Assert.Equal(50, second.State!.Count);
        var offset = second.Offset;
        var pages = 0;
        while (true)
        {
            var page = peer.Ask("board:1", MapPhase.Stream, request => (request.Offset, request.Epoch) = (offset, first.Epoch)).Result();
            Assert.Equal(offset + 1, page.Publications![0].Offset);
            if (page.Phase == MapPhase.Live)
            {
                Assert.Equal(600UL, page.Offset);
                break;
            }
            pages++;
            offset = page.Offset;
        }
        Assert.Equal(4, pages);
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 100)]
    [InlineData(250, 250)]
    [InlineData(100_000, 1_000)]
    public async Task A_page_has_between_100_and_1000_entries(int limit, int expected)
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 1_100);
        Assert.Equal(expected, engine.Connect().Ask("board:1", MapPhase.State, request => request.Limit = limit).Result().State!.Count);
    }

    [Fact]
    public async Task Checklist_108_Recovery_returns_only_changes_and_a_foreign_epoch_is_112()
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 20);
        var first = engine.Connect();
        var live = first.Load("board:1").Live;
        first.Drop();
        engine.Write("board:1", "key-0003", "1");
        engine.Remove("board:1", "key-0004");
        var second = engine.Connect();
        var result = second.Ask("board:1", MapPhase.Stream, request =>
            (request.Recover, request.Offset, request.Epoch) = (true, live.Offset, live.Epoch)).Result();
        Assert.True(result is { Phase: MapPhase.Live, WasRecovering: true, Recovered: true, Offset: 22, State: null or { Count: 0 } });
        Assert.Equal(["key-0003", "key-0004"], result.Publications!.Select(static change => change.Key));
        engine.Write("board:1", "a", "1");
        Assert.Equal(23UL, second.Take().Push!.Pub!.Offset);
        foreach (var (offset, epoch) in new[] { (live.Offset, "zzzzzzzz"), (99UL, live.Epoch) })
        {
            var other = engine.Connect();
            Assert.Equal(112u, other.Ask("board:1", MapPhase.Stream, request => (request.Recover, request.Offset, request.Epoch) = (true, offset, epoch)).Error!.Code);
            Assert.Equal(0, other.Connection.SubscriptionCount);
        }
    }

    [Fact]
    public async Task A_recovery_the_stream_no_longer_covers_is_112_unless_the_node_knows_every_change()
    {
        await using var engine = StateHarness.Start();
        var watcher = engine.Connect();
        watcher.Load("board:1");
        watcher.StopReading();   // what it has not read stays in the log
        engine.Write("board:1", "on its way", "1");
        var live = engine.Connect().Load("board:1").Live;
        for (var round = 0; round < 10; round++) engine.WriteMany("board:1", 30, $"{round}");
        var peer = engine.Connect();
        var changes = peer.Ask("board:1", MapPhase.Stream, request => (request.Recover, request.Offset, request.Epoch) = (true, live.Offset, live.Epoch)).Result();
        Assert.True(changes is { Phase: MapPhase.Stream, Publications.Count: 30, Offset: 301 });
        var recovered = peer.Ask("board:1", MapPhase.Stream, request => (request.Recover, request.Offset, request.Epoch) = (true, changes.Offset, live.Epoch)).Result();
        Assert.True(recovered is { Phase: MapPhase.Live, Recovered: true, WasRecovering: true, Offset: 301 });
        watcher.Drop();
        await using var other = StateHarness.Start();
        var epoch = other.Connect().Load("board:1").Live.Epoch;
        for (var round = 0; round < 10; round++) other.WriteMany("board:1", 30, $"{round}");
        other.Time.Advance(TimeSpan.FromSeconds(11));   // the quiet log is given back
        Assert.Equal(112u, other.Connect().Ask("board:1", MapPhase.Stream, request => (request.Recover, request.Epoch) = (true, epoch)).Error!.Code);
    }

    [Fact]
    public async Task Wrong_requests_get_the_protocols_errors()
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 150);
        var peer = engine.Connect();
        uint Code(string channel, MapPhase phase, Action<SubscribeRequest>? more = null) => peer.Ask(channel, phase, more).Error?.Code ?? 0;
        Assert.Equal(103u, Code("board:1", MapPhase.State, static request => request.Type = SubscriptionType.Stream));
        Assert.Equal(103u, Code("board:1", MapPhase.State, static request => request.Type = SubscriptionType.MapUsers));
        Assert.Equal(103u, Code("room", MapPhase.State));
        Assert.Equal(103u, Code("board:1", MapPhase.State, static request => request.Cursor = "key"));
        Assert.Equal(103u, Code("board:1", MapPhase.Stream, static request => request.Offset = 1));
        Assert.Equal(107u, Code("cursors:1", MapPhase.Stream, static request => request.Recover = true));
        Assert.Equal(107u, Code("board:1", (MapPhase)9));
        Assert.Equal(0u, Code("board:1", MapPhase.State));
        Assert.Equal(105u, Code("board:1", MapPhase.State));
        Assert.Equal(112u, Code("board:1", MapPhase.State, static request => (request.Cursor, request.Epoch) = ("key-0001", "zzzzzzzz")));
        Assert.Equal(0, peer.Connection.SubscriptionCount);   // an error ends the loading
        peer.Load("board:1");
        Assert.Equal(105u, Code("board:1", MapPhase.State));
        Assert.Equal(103u, Code("board:1", MapPhase.State, static request => request.Cursor = "key-0001"));
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task A_direct_join_catches_up_from_a_position()
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 5);
        var epoch = engine.Connect().Load("board:1").Live.Epoch;
        var result = engine.Connect().Ask("board:1", MapPhase.Live, request => (request.Offset, request.Epoch) = (3, epoch)).Result();
        Assert.Equal([4UL, 5UL], result.Publications!.Select(static change => change.Offset));
        Assert.Equal(112u, engine.Connect().Ask("board:1", MapPhase.Live, request => (request.Offset, request.Epoch) = (6, epoch)).Error!.Code);
    }

    [Fact]
    public async Task Checklist_108_Clearing_while_a_client_loads_is_112_and_live_clients_are_told_to_load_anew()
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 150);
        var live = engine.Connect();
        live.Load("board:1");
        var loading = engine.Connect();
        var first = loading.Ask("board:1", MapPhase.State).Result();
        await engine.Node.State.ClearAsync("board:1", TestContext.Current.CancellationToken);
        var next = loading.Ask("board:1", MapPhase.State, request => (request.Cursor, request.Offset, request.Epoch) = (first.Cursor, first.Offset, first.Epoch));
        Assert.Equal(112u, next.Error!.Code);
        Assert.Equal(2500u, live.Take().Push!.Unsubscribe!.Code);
        Assert.Empty(live.Load("board:1").State);
    }

    [Fact]
    public async Task More_changes_than_the_live_reply_may_hold_are_112()
    {
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns =>
        {
            ns.Map.StreamSize = 1_000;
            ns.Map.LiveTransitionMaxPublicationLimit = 20;
        }));
        var epoch = engine.Connect().Load("board:1").Live.Epoch;
        engine.WriteMany("board:1", 21);
        Reply Recover(ulong offset) => engine.Connect().Ask("board:1", MapPhase.Stream, request => (request.Recover, request.Offset, request.Epoch) = (true, offset, epoch));
        Assert.Equal(112u, Recover(0).Error!.Code);
        Assert.Equal(20, Recover(1).Result().Publications!.Count);
    }

    [Fact]
    public async Task A_client_that_loads_too_long_is_closed_with_3008()
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 150);
        var (slow, quick) = (engine.Connect(), engine.Connect());
        slow.Ask("board:1", MapPhase.State).Result();
        quick.Load("board:1");
        engine.Time.Advance(TimeSpan.FromSeconds(5.2));
        Assert.Equal(3008u, slow.ClosedWith!.Value.Code);
        Assert.Null(quick.ClosedWith);
    }

    [Fact]
    public async Task Checklist_109_A_key_that_expires_is_removed_for_subscribers()
    {
        await using var engine = StateHarness.Start(static options => options.Client.PingInterval = TimeSpan.FromHours(1));
        var (ephemeral, recoverable) = (engine.Connect(), engine.Connect());
        ephemeral.Load("cursors:1");
        recoverable.Load("game:1");
        engine.Write("cursors:1", "a", "1");
        engine.Write("game:1", "a", "1");
        ephemeral.TakeAll();
        recoverable.TakeAll();
        engine.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.DoesNotContain(ephemeral.TakeAll(), static reply => reply.Push?.Pub is not null);
        engine.Time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.True(Assert.Single(ephemeral.TakeAll(), static reply => reply.Push?.Pub is not null).Push!.Pub is { Key: "a", Removed: true, Offset: 0 });
        Assert.True(Assert.Single(recoverable.TakeAll(), static reply => reply.Push?.Pub is not null).Push!.Pub is { Key: "a", Removed: true, Offset: 2 });
    }

    [Fact]
    public async Task A_slow_client_gets_the_newest_value_of_each_key_when_it_reads_again()
    {
        await using var engine = StateHarness.Start();
        var peer = engine.Connect();
        peer.Load("cursors:1");
        peer.StopReading();
        for (var i = 0; i < 1_000; i++) engine.Write("cursors:1", $"{i % 5}", $"{i}");
        peer.ReadAgain();
        var values = peer.TakePublications();
        Assert.InRange(values.Length, 5, 10);   // one write was already on its way
        Assert.Equal(["995", "996", "997", "998", "999"], values.TakeLast(5).Order());
    }

    [Fact]
    public async Task I12_A_slow_client_that_is_sent_away_is_done_when_all_it_had_to_get_has_changed_again()
    {
        await using var engine = StateHarness.Start();
        var peer = engine.Connect();
        peer.Load("cursors:1");
        peer.StopReading();
        engine.Write("cursors:1", "on its way", "1");
        engine.WriteMany("cursors:1", 100, "1");
        peer.Connection.Disconnect(new Disconnect(4500, "enough"));
        engine.WriteMany("cursors:1", 100, "2");
        await Task.Run(peer.ReadAgain, TestContext.Current.CancellationToken).WaitAsync(Eventually.Deadline, TestContext.Current.CancellationToken);
        Assert.Equal(new Disconnect(4500, "enough"), peer.ClosedWith);
    }

    [Theory]
    [InlineData("cursors:1")]
    [InlineData("board:1")]
    public async Task A_client_that_fell_off_the_log_is_told_to_load_again(string channel)
    {
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns => ns.RingBytesMax = 4096));
        var peer = engine.Connect();
        peer.Load(channel);
        peer.StopReading();
        engine.WriteMany(channel, 500);
        peer.ReadAgain();
        Assert.Null(peer.ClosedWith);
        Assert.Equal(2500u, Assert.Single(peer.TakeAll(), static reply => reply.Push?.Unsubscribe is not null).Push!.Unsubscribe!.Code);
        Assert.Equal(500, peer.Load(channel).State.Count);
    }

    [Fact]
    public async Task I2_A_lost_change_is_mended_from_the_stream()
    {
        var broker = new FaultyBroker(new MemoryBroker(new TestKit.ManualTime(), RandomSource.System));
        await using var engine = StateHarness.Start(broker: broker);
        var peer = engine.Connect();
        var loaded = peer.Load("board:1");
        broker.Drops = static publication => publication.Offset is 2 or 3;
        for (var i = 1; i <= 5; i++) engine.Write("board:1", $"{i}", "1");
        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL], peer.TakeAll().Select(static reply => reply.Push!.Pub!.Offset));
        Assert.Empty(loaded.State);
    }

    [Fact]
    public async Task A_tags_filter_holds_for_pages_changes_and_pushes()
    {
        await using var engine = StateHarness.Start();
        engine.Write("board:1", "r1", "1", new() { ["team"] = "red" });
        engine.Write("board:1", "b1", "1", new() { ["team"] = "blue" });
        var peer = engine.Connect();
        var loaded = peer.Load("board:1", static request => request.Tf = new FilterNode { Key = "team", Cmp = "eq", Val = "red" });
        Assert.Equal(["r1"], loaded.State.Keys);
        Assert.Equal(2UL, loaded.Live.Offset);
        engine.Write("board:1", "b2", "1", new() { ["team"] = "blue" });
        engine.Write("board:1", "r2", "1", new() { ["team"] = "red" });
        engine.Remove("board:1", "b1");
        engine.Remove("board:1", "r1");
        Assert.Equal(["r2", "r1"], peer.TakeAll().Select(static reply => reply.Push!.Pub!.Key));
    }

    [Fact]
    public async Task An_unsubscribed_client_gets_nothing_more_even_while_it_loads()
    {
        await using var engine = StateHarness.Start();
        engine.WriteMany("board:1", 150);
        var peer = engine.Connect();
        var first = peer.Ask("board:1", MapPhase.State).Result();
        peer.Send(new Command { Id = 9, Unsubscribe = new UnsubscribeRequest { Channel = "board:1" } });
        Assert.NotNull(peer.Take().Unsubscribe);
        Assert.Equal(103u, peer.Ask("board:1", MapPhase.State, request => (request.Cursor, request.Offset, request.Epoch) = (first.Cursor, first.Offset, first.Epoch)).Error!.Code);
        engine.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Null(peer.ClosedWith);
        engine.Write("board:1", "a", "1");
        Assert.DoesNotContain(peer.TakeAll(), static reply => reply.Push is not null);
    }

    [Fact]
    public async Task Pages_stay_within_what_may_wait_for_a_client()
    {
        await using var engine = StateHarness.Start(static options => options.Channel.Namespaces.ForEach(static ns => ns.Map.StreamSize = 1_000));
        var value = $"\"{new string('x', 50_000)}\"";
        engine.WriteMany("board:1", 60, value);   // 3 MB, where 1 MiB may wait
        var peer = engine.Connect();
        var loaded = peer.Load("board:1", between: page =>
        {
            if (page == 1) engine.WriteMany("board:1", 60, value.Replace('x', 'y'));
        });
        loaded.Apply(peer.TakeAll());
        Assert.Null(peer.ClosedWith);
        await SameAsync(engine, "board:1", loaded);
    }

    internal static async Task SameAsync(EngineHarness engine, string channel, Loaded loaded)
    {
        var (_, page) = await engine.Node.State.ReadAsync(channel, new StateQuery(-1), TestContext.Current.CancellationToken);
        Assert.Equal(
            page.Entries.Select(static entry => $"{entry.Publication.Key}={StateHarness.Text(entry.Publication)}").Order(),
            loaded.State.Select(static pair => $"{pair.Key}={pair.Value}").Order());
    }
}
