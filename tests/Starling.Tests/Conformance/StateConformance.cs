using System.Text;
using Starling.Brokers;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Conformance;

/// <summary>Keyed state: keys, pages, the stream of changes, expiry (protocol 4.12; I2, I3).</summary>
public abstract class StateConformance : BrokerConformance
{
    /// <summary>Keys stay; a hundred changes are kept.</summary>
    private protected static StateStorage Persistent { get; } = new(TimeSpan.Zero, 100, TimeSpan.FromDays(1), TimeSpan.MaxValue);

    private StateStorage Expiring => new(Bench.Ttl, 100, TimeSpan.FromDays(1), LongMeta);

    private StateStorage Ephemeral => new(Bench.Ttl, 0, TimeSpan.Zero, Bench.Ttl);

    private protected static string[] Keys(StatePage page) => [.. page.Entries.Select(static entry => entry.Publication.Key)];

    private protected static string Text(Publication publication) => Encoding.UTF8.GetString(publication.Data.Span);

    /// <summary>A change as "key=value@offset", or "-key@offset" for a removal.</summary>
    private protected static string Shown(Publication change) =>
        change.Removed ? $"-{change.Key}@{change.Offset}" : $"{change.Key}={Text(change)}@{change.Offset}";

    [Fact]
    public async Task Each_change_gets_the_next_offset_is_stored_and_announced()
    {
        var node = await JoinAsync("map");
        var first = await node.WriteAsync("map", "a", "1", Persistent);
        await node.WriteAsync("map", "b", "2", Persistent);
        await node.WriteAsync("map", "a", "3", Persistent);
        var last = await node.RemoveAsync("map", "b", Persistent);
        Assert.Equal((StateWriteStatus.Written, 1UL, 4UL), (first.Status, first.Offset, last.Offset));
        Assert.Equal(first.Epoch, last.Epoch);
        var delivered = await node.Sink.TakeAsync("map", 4);
        Assert.Equal(["a=1@1", "b=2@2", "a=3@3", "-b@4"], delivered.Select(static one => Shown(one.Publication)));
        Assert.All(delivered, one => Assert.Equal(first.Epoch, one.Epoch));
        Assert.Equal([first.Epoch, "", "", ""], delivered.Select(static one => one.Publication.Epoch));
        var stream = await node.ReadChangesAsync("map", new HistoryQuery(-1, LongMeta));
        Assert.Equal(["a=1@1", "b=2@2", "a=3@3", "-b@4"], stream.Publications.Select(Shown));
        var page = await node.ReadStateAsync("map", Persistent);
        Assert.Equal(["a=3@3"], page.Entries.Select(static entry => Shown(entry.Publication)));
        Assert.Equal((4UL, first.Epoch, ""), (page.Offset, page.Epoch, page.Cursor));
    }

    [Fact]
    public async Task A_value_keeps_tags_score_publisher_and_time_and_its_removal_carries_the_tags()
    {
        var node = await JoinAsync("map");
        var tags = new Dictionary<string, string> { ["team"] = "red" };
        await node.Broker.WriteStateAsync("map", new StateWrite("a", new Publication
        {
            Data = "1"u8.ToArray(),
            Tags = tags,
            Score = -7,
            Info = new ClientInfo { User = "u", Client = "c" },
        }), Persistent, TestContext.Current.CancellationToken);
        var entry = Assert.Single((await node.ReadStateAsync("map", Persistent)).Entries);
        Assert.True(entry is { Publication: { Score: -7, Info.User: "u" }, TimeMs: > 0 });
        Assert.Equal("red", entry.Publication.Tags!["team"]);
        await node.RemoveAsync("map", "a", Persistent);
        var removal = (await node.Sink.TakeAsync("map", 2))[1].Publication;
        Assert.True(removal is { Removed: true, Key: "a", Data.Length: 0 });
        Assert.Equal("red", removal.Tags!["team"]);
    }

    [Fact]
    public async Task A_channel_without_stream_has_no_positions()
    {
        var node = await JoinAsync("map");
        Assert.Equal(new StateWriteResult(StateWriteStatus.Written), await node.WriteAsync("map", "a", "1", Ephemeral));
        var delivery = Assert.Single(await node.Sink.TakeAsync("map", 1));
        Assert.Equal(("a=1@0", ""), (Shown(delivery.Publication), delivery.Epoch));
        var page = await node.ReadStateAsync("map", Ephemeral);
        Assert.Equal((0UL, ""), (page.Offset, page.Epoch));
        Assert.Equal(["a"], Keys(page));
    }

    [Fact]
    public async Task Checklist_106_Pages_give_every_key_once_while_keys_change_come_and_go()
    {
        var node = await JoinAsync("map");
        for (var i = 0; i < 250; i++) await node.WriteAsync("map", $"key-{i:D3}", "old", Persistent);
        var first = await node.ReadStateAsync("map", Persistent, new StateQuery(100));
        var seen = Keys(first).ToList();
        for (var cursor = first.Cursor; cursor.Length > 0;)
        {
            await node.WriteAsync("map", seen[0], "new", Persistent);       // one already seen
            await node.WriteAsync("map", "key-249", "new", Persistent);     // one perhaps to come
            await node.RemoveAsync("map", "key-200", Persistent);
            await node.WriteAsync("map", $"new-{seen.Count}", "new", Persistent);
            var page = await node.ReadStateAsync("map", Persistent, new StateQuery(100) { Cursor = cursor, RevisionOffset = first.Offset });
            seen.AddRange(Keys(page));
            cursor = page.Cursor;
        }
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.DoesNotContain(seen, static key => key.StartsWith("new", StringComparison.Ordinal));
        var changed = (await node.ReadChangesAsync("map", new HistoryQuery(-1, LongMeta) { SinceOffset = first.Offset })).Publications;
        Assert.Equal(250, seen.Union(changed.Select(static change => change.Key)).Count(static key => key.StartsWith("key", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_page_without_limit_tells_the_position_only_a_negative_one_gives_all_and_a_key_gives_one()
    {
        var node = await JoinAsync("map");
        for (var i = 0; i < 5; i++) await node.WriteAsync("map", $"{i}", "x", Persistent);
        var position = await node.ReadStateAsync("map", Persistent, new StateQuery(0));
        Assert.Equal((0, 5UL), (position.Entries.Count, position.Offset));
        Assert.Equal(5, (await node.ReadStateAsync("map", Persistent, new StateQuery(-1))).Entries.Count);
        Assert.Equal(["3"], Keys(await node.ReadStateAsync("map", Persistent, new StateQuery(-1) { Key = "3" })));
        Assert.Empty((await node.ReadStateAsync("map", Persistent, new StateQuery(-1) { Key = "9" })).Entries);
        var exact = await node.ReadStateAsync("map", Persistent, new StateQuery(5));
        Assert.Equal((5, ""), (exact.Entries.Count, exact.Cursor));
        Assert.Equal(5, await node.Broker.CountKeysAsync("map", TestContext.Current.CancellationToken));
        Assert.Equal(0, await node.Broker.CountKeysAsync("nothing", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_page_ends_early_rather_than_hold_too_many_bytes_but_never_empty()
    {
        var node = await JoinAsync("map");
        for (var i = 0; i < 6; i++) await node.WriteAsync("map", $"{i}", new string('x', 100), Persistent);
        var seen = new List<string>();
        var cursor = "";
        do
        {
            var page = await node.ReadStateAsync("map", Persistent, new StateQuery(100) { Cursor = cursor, BytesMax = 250 });
            Assert.InRange(page.Entries.Count, 1, 3);
            seen.AddRange(Keys(page));
            cursor = page.Cursor;
        }
        while (cursor.Length > 0);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], seen.Order(StringComparer.Ordinal));
        Assert.Single((await node.ReadStateAsync("map", Persistent, new StateQuery(100) { BytesMax = 1 })).Entries);
    }

    [Fact]
    public async Task Checklist_109_A_key_that_is_not_written_again_in_time_is_removed_and_that_is_announced()
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "short", "1", Expiring);
        await node.WriteAsync("map", "long", "1", Expiring);
        await PassAsync(Bench.Ttl * 0.6);
        await node.WriteAsync("map", "long", "2", Expiring);
        await PassAsync((Bench.Ttl * 0.6) + Bench.ExpirySlack);
        var delivered = await node.Sink.TakeAsync("map", 4);
        Assert.Equal("-short@4", Shown(delivered[3].Publication));
        Assert.Equal(delivered[0].Epoch, delivered[3].Epoch);
    }

    [Fact]
    public async Task An_expired_key_is_gone_for_readers_and_writers_alike()
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "a", "1", Ephemeral);
        await PassAsync(Bench.Ttl + TimeSpan.FromSeconds(1));
        Assert.Empty((await node.ReadStateAsync("map", Ephemeral)).Entries);
        Assert.Equal(StateWriteStatus.KeyNotFound, (await node.WriteAsync("map", "a", "2", Ephemeral, static write => write with { Condition = KeyCondition.IfExists })).Status);
        Assert.Equal("-a@0", Shown((await node.Sink.TakeAsync("map", 2))[1].Publication));
    }

    [Fact]
    public async Task The_stream_keeps_its_last_changes_in_order()
    {
        var node = await JoinAsync("map");
        for (var i = 1; i <= 120; i++) await node.WriteAsync("map", $"{i % 7}", $"{i}", Persistent);
        var kept = await node.ReadChangesAsync("map", new HistoryQuery(-1, LongMeta));
        Assert.Equal(Enumerable.Range(21, 100).Select(static i => (ulong)i), kept.Publications.Select(static change => change.Offset));
        var part = await node.ReadChangesAsync("map", new HistoryQuery(3, LongMeta) { SinceOffset = 117 });
        Assert.Equal([118UL, 119UL, 120UL], part.Publications.Select(static change => change.Offset));
        var reverse = await node.ReadChangesAsync("map", new HistoryQuery(2, LongMeta) { SinceOffset = 100, Reverse = true });
        Assert.Equal([99UL, 98UL], reverse.Publications.Select(static change => change.Offset));
        Assert.Equal(7, (await node.ReadStateAsync("map", Persistent)).Entries.Count);
    }

    [Fact]
    public async Task A_change_may_say_less_than_the_value_it_leads_to()
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "a", "whole", Persistent, static write => write with { StreamData = "step"u8.ToArray() });
        var delivery = Assert.Single(await node.Sink.TakeAsync("map", 1));
        Assert.Equal(("a=step@1", PublicationTraits.Increment), (Shown(delivery.Publication), delivery.Traits));
        Assert.Equal("a=whole@1", Shown(Assert.Single((await node.ReadStateAsync("map", Persistent)).Entries).Publication));
        Assert.Equal("a=step@1", Shown(Assert.Single((await node.ReadChangesAsync("map", new HistoryQuery(-1, LongMeta))).Publications)));
    }

    [Fact]
    public async Task Clearing_drops_the_keys_and_starts_another_stream()
    {
        var node = await JoinAsync("map");
        var lost = new List<string?>();
        node.Sink.Losing = lost.Add;
        var before = await node.WriteAsync("map", "a", "1", Persistent);
        Assert.True(await node.Broker.ClearStateAsync("map", Persistent, TestContext.Current.CancellationToken));
        var page = await node.ReadStateAsync("map", Persistent);
        Assert.Equal((0, 0UL), (page.Entries.Count, page.Offset));
        Assert.NotEqual(before.Epoch, page.Epoch);
        await Eventually.IsTrueAsync(() => lost.Contains("map"), "the word that the position is lost");
        Assert.Equal(1UL, (await node.WriteAsync("map", "a", "2", Persistent)).Offset);
    }

    [Fact]
    public async Task Clearing_a_channel_without_stream_announces_each_removal()
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "a", "1", Ephemeral);
        await node.WriteAsync("map", "b", "1", Ephemeral);
        await node.Broker.ClearStateAsync("map", Ephemeral, TestContext.Current.CancellationToken);
        var removals = (await node.Sink.TakeAsync("map", 4)).Skip(2).Select(static one => Shown(one.Publication));
        Assert.Equal(["-a@0", "-b@0"], removals.Order(StringComparer.Ordinal));
    }

    /// <summary>Random writes, removals and reads against a plain dictionary.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task I3_State_and_stream_agree_with_a_dictionary_whatever_is_written(int seed)
    {
        var random = new Random(seed);
        var node = await JoinAsync("map");
        var model = new Dictionary<string, string>();
        var changes = new List<string>();
        for (var step = 0; step < 400; step++)
        {
            var key = $"k{random.Next(40)}";
            if (random.Next(4) == 0)
            {
                var removed = await node.RemoveAsync("map", key, Persistent);
                Assert.Equal(model.Remove(key) ? StateWriteStatus.Written : StateWriteStatus.KeyNotFound, removed.Status);
                if (removed.Status == StateWriteStatus.Written) changes.Add($"-{key}@{changes.Count + 1}");
            }
            else
            {
                await node.WriteAsync("map", key, $"{step}", Persistent);
                model[key] = $"{step}";
                changes.Add($"{key}={step}@{changes.Count + 1}");
            }
        }
        var page = await node.ReadStateAsync("map", Persistent);
        Assert.Equal(
            model.Select(static pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal),
            page.Entries.Select(static entry => $"{entry.Publication.Key}={Text(entry.Publication)}").Order(StringComparer.Ordinal));
        Assert.Equal((ulong)changes.Count, page.Offset);
        Assert.Equal(changes, (await node.Sink.TakeAsync("map", changes.Count)).Select(static one => Shown(one.Publication)));
        var stream = await node.ReadChangesAsync("map", new HistoryQuery(-1, LongMeta));
        Assert.Equal(changes.TakeLast(100), stream.Publications.Select(Shown));
    }
}
