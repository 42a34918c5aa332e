using Starling.Brokers;

namespace Starling.Tests.Conformance;

/// <summary>Idempotency keys, versions, expected offsets (protocol 4.8, I1).</summary>
public abstract class PublishConditionConformance : BrokerConformance
{
    private const int Rivals = 32;

    [Fact]
    public async Task I1_A_repeat_of_a_key_is_not_published_and_gets_the_first_result()
    {
        var node = await JoinAsync("room");
        await node.PublishAsync("room", "0", Stored);
        var keyed = Stored with { IdempotencyKey = "k1" };
        var first = await node.PublishAsync("room", "1", keyed);
        await node.PublishAsync("room", "2", Stored);
        var repeat = await node.PublishAsync("room", "1 again", keyed);
        Assert.Equal(first with { Status = PublishStatus.Duplicate }, repeat);
        Assert.Equal(3UL, (await node.ReadAsync("room")).Offset);
        Assert.Equal(["0", "1", "2"], (await node.Sink.TakeAsync("room", 3)).Select(static one => one.Data));
    }

    [Fact]
    public async Task A_key_counts_in_its_channel_only_and_other_keys_do_not_count()
    {
        var node = await JoinAsync("room", "hall");
        var keyed = Stored with { IdempotencyKey = "k1" };
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "1", keyed)).Status);
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("hall", "1", keyed)).Status);
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "2", keyed with { IdempotencyKey = "K1" })).Status);
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "3", keyed with { IdempotencyKey = "" })).Status);
        Assert.Equal(3UL, (await node.ReadAsync("room")).Offset);
    }

    [Fact]
    public async Task A_key_works_without_history_too()
    {
        var node = await JoinAsync("room");
        var keyed = Unstored with { IdempotencyKey = "k1" };
        Assert.Equal(new PublishResult(PublishStatus.Accepted), await node.PublishAsync("room", "1", keyed));
        Assert.Equal(new PublishResult(PublishStatus.Duplicate), await node.PublishAsync("room", "1", keyed));
        await node.PublishAsync("room", "2", Unstored);
        Assert.Equal(["1", "2"], (await node.Sink.TakeAsync("room", 2)).Select(static one => one.Data));
    }

    [Fact]
    public async Task A_key_is_forgotten_when_its_window_is_over()
    {
        var node = await JoinAsync("room");
        var keyed = Stored with { IdempotencyKey = "k1" };
        await node.PublishAsync("room", "1", keyed);
        await PassAsync(PublishOptions.IdempotencyWindow - TimeSpan.FromSeconds(1));
        Assert.Equal(PublishStatus.Duplicate, (await node.PublishAsync("room", "1", keyed)).Status);
        await PassAsync(TimeSpan.FromSeconds(2) + Bench.ExpirySlack);
        Assert.Equal(2UL, (await node.PublishAsync("room", "1", keyed)).Offset);
    }

    [Fact]
    public async Task A_key_whose_publish_was_refused_may_be_used_again()
    {
        var node = await JoinAsync("room");
        var keyed = Stored with { IdempotencyKey = "k1" };
        Assert.Equal(PublishStatus.Conflict, (await node.PublishAsync("room", "1", keyed with { ExpectedOffset = 7 })).Status);
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "1", keyed with { ExpectedOffset = 0 })).Status);
    }

    [Fact]
    public async Task I1_Of_many_publishes_with_one_key_at_once_exactly_one_is_accepted()
    {
        var node = await JoinAsync("room");
        var results = await AtOnceAsync(i => node.PublishAsync("room", $"{i}", Stored with { IdempotencyKey = "k1" }));
        Assert.Single(results, static result => result.Status == PublishStatus.Accepted);
        Assert.Equal(Rivals - 1, results.Count(static result => result.Status == PublishStatus.Duplicate));
        Assert.Single(results.Select(static result => (result.Offset, result.Epoch)).Distinct());
        Assert.Equal(1UL, (await node.ReadAsync("room")).Offset);
    }

    [Fact]
    public async Task A_version_that_is_not_higher_is_dropped_and_the_result_tells_the_position()
    {
        var node = await JoinAsync("room");
        var five = await node.PublishAsync("room", "five", Stored with { Version = 5 });
        await node.PublishAsync("room", "without", Stored);
        foreach (var version in new ulong[] { 1, 4, 5 })
        {
            Assert.Equal(new PublishResult(PublishStatus.Superseded, 2, five.Epoch), await node.PublishAsync("room", "old", Stored with { Version = version }));
        }
        Assert.Equal(3UL, (await node.PublishAsync("room", "six", Stored with { Version = 6 })).Offset);
        Assert.Equal(PublishStatus.Superseded, (await node.PublishAsync("room", "six", Stored with { Version = 6 })).Status);
        Assert.Equal(["five", "without", "six"], (await node.Sink.TakeAsync("room", 3)).Select(static one => one.Data));
    }

    [Fact]
    public async Task Versions_of_another_epoch_start_anew()
    {
        var node = await JoinAsync();
        await node.PublishAsync("room", "a5", Stored with { Version = 5, VersionEpoch = "a" });
        Assert.Equal(PublishStatus.Superseded, (await node.PublishAsync("room", "a5", Stored with { Version = 5, VersionEpoch = "a" })).Status);
        Assert.Equal(PublishStatus.Superseded, (await node.PublishAsync("room", "5", Stored with { Version = 5 })).Status);   // none: whatever is stored
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "b1", Stored with { Version = 1, VersionEpoch = "b" })).Status);
        Assert.Equal(PublishStatus.Superseded, (await node.PublishAsync("room", "b1", Stored with { Version = 1, VersionEpoch = "b" })).Status);
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "a2", Stored with { Version = 2, VersionEpoch = "a" })).Status);
    }

    [Fact]
    public async Task Versions_need_history_and_survive_the_removal_of_publications()
    {
        var node = await JoinAsync();
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "x", Unstored with { Version = 9 })).Status);
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "3", Stored with { Version = 3 })).Status);
        await node.Broker.RemoveHistoryAsync("room", TestContext.Current.CancellationToken);
        Assert.Equal(PublishStatus.Superseded, (await node.PublishAsync("room", "3", Stored with { Version = 3 })).Status);
        Assert.Equal(PublishStatus.Accepted, (await node.PublishAsync("room", "max", Stored with { Version = ulong.MaxValue })).Status);
        Assert.Equal(PublishStatus.Superseded, (await node.PublishAsync("room", "4", Stored with { Version = 4 })).Status);
    }

    [Fact]
    public async Task An_expected_offset_that_does_not_hold_is_a_conflict_and_changes_nothing()
    {
        var node = await JoinAsync("room");
        var first = await node.PublishAsync("room", "1", Stored with { ExpectedOffset = 0 });
        Assert.Equal((PublishStatus.Accepted, 1UL), (first.Status, first.Offset));
        foreach (var expected in new ulong[] { 0, 2, ulong.MaxValue })
        {
            Assert.Equal(
                new PublishResult(PublishStatus.Conflict, 1, first.Epoch),
                await node.PublishAsync("room", "no", Stored with { ExpectedOffset = expected }));
        }
        Assert.Equal(2UL, (await node.PublishAsync("room", "2", Stored with { ExpectedOffset = 1 })).Offset);
        Assert.Equal(["1", "2"], (await node.Sink.TakeAsync("room", 2)).Select(static one => one.Data));
    }

    [Fact]
    public async Task An_expected_offset_still_counts_when_the_publications_are_gone()
    {
        var node = await JoinAsync();
        await node.PublishAsync("room", "1", Stored);
        await node.Broker.RemoveHistoryAsync("room", TestContext.Current.CancellationToken);
        Assert.Equal(PublishStatus.Conflict, (await node.PublishAsync("room", "2", Stored with { ExpectedOffset = 0 })).Status);
        Assert.Equal(2UL, (await node.PublishAsync("room", "2", Stored with { ExpectedOffset = 1 })).Offset);
    }

    [Fact]
    public async Task Of_many_publishes_that_expect_the_same_offset_exactly_one_is_accepted()
    {
        var node = await JoinAsync();
        for (var round = 0UL; round < 5; round++)
        {
            var expected = round;
            var results = await AtOnceAsync(i => node.PublishAsync("room", $"{i}", Stored with { ExpectedOffset = expected }));
            Assert.Single(results, static result => result.Status == PublishStatus.Accepted);
            Assert.All(results, result => Assert.Equal(expected + 1, result.Offset));
        }
    }

    private static Task<PublishResult[]> AtOnceAsync(Func<int, Task<PublishResult>> publish) =>
        Task.WhenAll(Enumerable.Range(0, Rivals).Select(i => Task.Run(() => publish(i), TestContext.Current.CancellationToken)));
}
