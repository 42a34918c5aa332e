using Starling.Api;
using Starling.Cluster;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Api;

public sealed class IdempotencyTableTests
{
    private readonly ManualTime _time = new();
    private readonly IdempotencyTable _table;

    public IdempotencyTableTests() => _table = new IdempotencyTable(_time);

    [Fact]
    public async Task A_repeat_gets_the_first_outcome()
    {
        Assert.True(_table.TryBegin("room", "k", out var first));
        Assert.False(_table.TryBegin("room", "k", out var repeat));
        Assert.False(repeat.Outcome.IsCompleted);
        _table.End(first, new PublishOutcome(null, 7, "e"));
        Assert.Equal(new PublishOutcome(null, 7, "e"), await repeat.Outcome);
    }

    [Fact]
    public async Task A_failure_is_told_to_who_waits_and_forgotten()
    {
        _table.TryBegin("room", "k", out var first);
        _table.TryBegin("room", "k", out var repeat);
        _table.End(first, new PublishOutcome(ProtocolErrors.Internal));
        Assert.Equal(ProtocolErrors.Internal, (await repeat.Outcome).Error);
        Assert.True(_table.TryBegin("room", "k", out var second));
        // The first attempt's age must not take the second one's key away.
        _time.Advance(TimeSpan.FromMinutes(4));
        _table.End(second, new PublishOutcome(null));
        Assert.False(_table.TryBegin("room", "k", out _));
    }

    [Fact]
    public void Keys_of_other_channels_are_other_keys()
    {
        Assert.True(_table.TryBegin("ab", "c", out _));
        Assert.True(_table.TryBegin("a", "bc", out _));
    }

    [Fact]
    public void When_it_is_full_the_oldest_leave_first()
    {
        var key = new string('k', 100_000);
        var fits = IdempotencyTable.BytesMax / (IdempotencyTable.EntryBytes + (2 * (key.Length + 6)));
        for (var i = 0; i < fits + 10; i++) Assert.True(_table.TryBegin($"{i:D6}", key, out _));
        Assert.False(_table.TryBegin($"{fits + 9:D6}", key, out _));
        Assert.True(_table.TryBegin("000000", key, out _));
    }
}
