using Starling.Brokers;

namespace Starling.Tests.Conformance;

/// <summary>Conditions of writes to keyed state, and their order (protocol 4.12; I1).</summary>
public abstract class StateConditionConformance : BrokerConformance
{
    private static StateStorage Persistent { get; } = new(TimeSpan.Zero, 100, TimeSpan.FromDays(1), TimeSpan.MaxValue);

    private StateStorage Expiring => new(Bench.Ttl, 100, TimeSpan.FromDays(1), LongMeta);

    [Fact]
    public async Task I1_A_repeat_of_an_idempotency_key_is_not_written_and_gets_the_first_position()
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "x", "0", Persistent);
        var first = await node.WriteAsync("map", "a", "1", Persistent, static write => write with { IdempotencyKey = "k" });
        await node.WriteAsync("map", "a", "2", Persistent);
        var repeat = await node.WriteAsync("map", "a", "1", Persistent, static write => write with { IdempotencyKey = "k" });
        Assert.Equal(first with { Status = StateWriteStatus.Duplicate }, repeat);
        Assert.Equal("idempotency", repeat.SuppressReason);
        var removed = await node.Broker.WriteStateAsync("map", new StateWrite("a", null) { IdempotencyKey = "r" }, Persistent, TestContext.Current.CancellationToken);
        await node.WriteAsync("map", "a", "3", Persistent);
        var again = await node.Broker.WriteStateAsync("map", new StateWrite("a", null) { IdempotencyKey = "r" }, Persistent, TestContext.Current.CancellationToken);
        Assert.Equal(removed with { Status = StateWriteStatus.Duplicate }, again);
        Assert.Equal(5, (await node.Sink.TakeAsync("map", 5)).Length);
    }

    [Theory]
    [InlineData(5, "", StateWriteStatus.Superseded)]
    [InlineData(4, "e1", StateWriteStatus.Superseded)]
    [InlineData(6, "", StateWriteStatus.Written)]
    [InlineData(1, "e2", StateWriteStatus.Written)]
    public async Task A_version_must_rise_per_key(ulong version, string versionEpoch, object expected)
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "a", "1", Persistent, static write => write with { Version = 5, VersionEpoch = "e1" });
        Assert.Equal(StateWriteStatus.Written, (await node.WriteAsync("map", "b", "1", Persistent, static write => write with { Version = 1 })).Status);
        var result = await node.WriteAsync("map", "a", "2", Persistent, write => write with { Version = version, VersionEpoch = versionEpoch });
        Assert.Equal((StateWriteStatus)expected, result.Status);
        if (result.Status == StateWriteStatus.Superseded) Assert.Equal((2UL, "version"), (result.Offset, result.SuppressReason));
    }

    [Fact]
    public async Task Checklist_111_If_new_takes_only_new_keys_and_if_exists_only_existing_ones()
    {
        var node = await JoinAsync("map");
        var missing = await node.WriteAsync("map", "a", "0", Persistent, static write => write with { Condition = KeyCondition.IfExists });
        Assert.Equal((StateWriteStatus.KeyNotFound, "key_not_found"), (missing.Status, missing.SuppressReason));
        Assert.Equal(StateWriteStatus.Written, (await node.WriteAsync("map", "a", "1", Persistent, static write => write with { Condition = KeyCondition.IfNew })).Status);
        var exists = await node.WriteAsync("map", "a", "2", Persistent, static write => write with { Condition = KeyCondition.IfNew });
        Assert.Equal((StateWriteStatus.KeyExists, 1UL, "key_exists"), (exists.Status, exists.Offset, exists.SuppressReason));
        Assert.Equal(StateWriteStatus.Written, (await node.WriteAsync("map", "a", "3", Persistent, static write => write with { Condition = KeyCondition.IfExists })).Status);
        Assert.Equal(2, (await node.Sink.TakeAsync("map", 2)).Length);
    }

    [Fact]
    public async Task A_refused_new_key_can_renew_the_existing_one()
    {
        var node = await JoinAsync("map");
        static StateWrite IfNew(StateWrite write) => write with { Condition = KeyCondition.IfNew, RenewsExisting = true };
        await node.WriteAsync("map", "a", "1", Expiring, IfNew);
        await node.WriteAsync("map", "b", "1", Expiring);
        await PassAsync(Bench.Ttl * 0.6);
        Assert.Equal(StateWriteStatus.KeyExists, (await node.WriteAsync("map", "a", "2", Expiring, IfNew)).Status);
        await PassAsync((Bench.Ttl * 0.6) + Bench.ExpirySlack);
        var page = await node.ReadStateAsync("map", Expiring);
        Assert.DoesNotContain(page.Entries, static entry => entry.Publication.Key == "b");
    }

    [Fact]
    public async Task An_expected_position_must_be_the_one_of_the_keys_last_write()
    {
        var node = await JoinAsync("map");
        Task<StateWriteResult> WriteAtAsync(ulong offset, string epoch) =>
            node.WriteAsync("map", "a", "x", Persistent, write => write with { Expected = new ExpectedPosition(offset, epoch) });
        var first = await WriteAtAsync(0, "");
        Assert.Equal(StateWriteStatus.Written, first.Status);
        await node.WriteAsync("map", "b", "x", Persistent);
        Assert.Equal("position_mismatch", (await WriteAtAsync(0, "")).SuppressReason);
        Assert.Equal("position_mismatch", (await WriteAtAsync(2, first.Epoch)).SuppressReason);
        Assert.Equal("position_mismatch", (await WriteAtAsync(1, "another")).SuppressReason);
        Assert.Equal(3UL, (await WriteAtAsync(1, first.Epoch)).Offset);
    }

    [Fact]
    public async Task Conditions_are_judged_in_the_protocols_order()
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "a", "1", Persistent, static write => write with { Version = 5, IdempotencyKey = "k" });
        var all = new StateWrite("a", new Protocol.Publication { Data = "2"u8.ToArray() })
        {
            IdempotencyKey = "k",
            Version = 5,
            Condition = KeyCondition.IfNew,
            Expected = new ExpectedPosition(9, ""),
        };
        async Task<string> ReasonAsync(StateWrite write) =>
            (await node.Broker.WriteStateAsync("map", write, Persistent, TestContext.Current.CancellationToken)).SuppressReason;
        Assert.Equal("idempotency", await ReasonAsync(all));
        Assert.Equal("version", await ReasonAsync(all with { IdempotencyKey = "" }));
        Assert.Equal("key_exists", await ReasonAsync(all with { IdempotencyKey = "", Version = 0 }));
        Assert.Equal("position_mismatch", await ReasonAsync(all with { IdempotencyKey = "", Version = 0, Condition = KeyCondition.None }));
    }

    [Fact]
    public async Task Removing_what_is_not_there_changes_nothing()
    {
        var node = await JoinAsync("map");
        await node.WriteAsync("map", "a", "1", Persistent);
        var result = await node.RemoveAsync("map", "b", Persistent);
        Assert.Equal((StateWriteStatus.KeyNotFound, 1UL), (result.Status, result.Offset));
        Assert.Single(await node.Sink.TakeAsync("map", 1));
    }

    [Fact]
    public async Task A_channel_takes_as_many_keys_as_it_may_have()
    {
        var node = await JoinAsync("map");
        var storage = Persistent with { KeysMax = 2 };
        await node.WriteAsync("map", "a", "1", storage);
        await node.WriteAsync("map", "b", "1", storage);
        Assert.Equal(StateWriteStatus.Full, (await node.WriteAsync("map", "c", "1", storage)).Status);
        Assert.Equal(StateWriteStatus.Written, (await node.WriteAsync("map", "a", "2", storage)).Status);
        await node.RemoveAsync("map", "b", storage);
        Assert.Equal(StateWriteStatus.Written, (await node.WriteAsync("map", "c", "1", storage)).Status);
    }

    [Fact]
    public async Task I1_Of_many_rivals_for_a_new_key_one_wins()
    {
        var node = await JoinAsync("map");
        var rivals = Enumerable.Range(0, 32).Select(i => Task.Run(() =>
            node.WriteAsync("map", "a", $"{i}", Persistent, static write => write with { Condition = KeyCondition.IfNew })));
        var results = await Task.WhenAll(rivals);
        Assert.Single(results, static result => result.Status == StateWriteStatus.Written);
        Assert.Single(await node.Sink.TakeAsync("map", 1));
    }
}
