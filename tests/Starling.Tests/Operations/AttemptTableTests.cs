using Starling.Operations;
using Starling.TestKit;

namespace Starling.Tests.Operations;

public sealed class AttemptTableTests
{
    private readonly ManualTime _time = new();
    private readonly AttemptTable<string> _table;

    public AttemptTableTests() => _table = new AttemptTable<string>(_time);

    [Fact]
    public async Task A_repeat_gets_the_first_outcome()
    {
        Assert.True(_table.TryBegin("room", "k", 0, out var first));
        Assert.False(_table.TryBegin("room", "k", 0, out var repeat));
        Assert.False(repeat.Outcome.IsCompleted);
        _table.End(first, "seven", 0, failed: false);
        Assert.Equal("seven", await repeat.Outcome);
    }

    [Fact]
    public async Task A_failure_is_told_to_who_waits_and_forgotten()
    {
        _table.TryBegin("room", "k", 0, out var first);
        _table.TryBegin("room", "k", 0, out var repeat);
        _table.End(first, "broken", 0, failed: true);
        Assert.Equal("broken", await repeat.Outcome);
        Assert.True(_table.TryBegin("room", "k", 0, out var second));
        // The first attempt's age must not take the second one's key away.
        _time.Advance(TimeSpan.FromMinutes(4));
        _table.End(second, "whole", 0, failed: false);
        Assert.False(_table.TryBegin("room", "k", 0, out _));
    }

    [Fact]
    public void Keys_of_other_scopes_are_other_keys()
    {
        Assert.True(_table.TryBegin("ab", "c", 0, out _));
        Assert.True(_table.TryBegin("a", "bc", 0, out _));
    }

    [Fact]
    public void When_it_is_full_the_oldest_leave_first()
    {
        var key = new string('k', 100_000);
        var fits = AttemptTable<string>.BytesMax / (AttemptTable<string>.EntryBytes + (2 * (key.Length + 6)));
        for (var i = 0; i < fits + 10; i++) Assert.True(_table.TryBegin($"{i:D6}", key, 0, out _));
        Assert.False(_table.TryBegin($"{fits + 9:D6}", key, 0, out _));
        Assert.True(_table.TryBegin("000000", key, 0, out _));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void I7_What_the_outcomes_hold_counts_and_the_oldest_leave_for_it(bool failed)
    {
        const int Outcome = 1024 * 1024;
        Assert.True(_table.TryBegin("room", "oldest", 0, out var oldest));
        _table.End(oldest, "", 0, failed: false);
        for (var i = 0; i < AttemptTable<string>.BytesMax / Outcome; i++)
        {
            Assert.False(_table.TryBegin("room", "oldest", 0, out _));
            Assert.True(_table.TryBegin("room", $"{i}", 0, out var attempt));
            _table.End(attempt, "", Outcome, failed);
        }
        Assert.True(_table.TryBegin("room", "oldest", 0, out _));
    }

    [Fact]
    public void What_the_work_held_is_not_counted_beside_the_outcome()
    {
        const int Work = AttemptTable<string>.BytesMax / 2;
        for (var i = 0; i < 4; i++)
        {
            Assert.True(_table.TryBegin("room", $"{i}", Work, out var attempt));
            _table.End(attempt, "", 0, failed: false);
        }
        Assert.False(_table.TryBegin("room", "0", 0, out _));
    }

    [Fact]
    public void An_outcome_that_comes_when_its_attempt_has_been_forgotten_takes_no_room()
    {
        Assert.True(_table.TryBegin("room", "slow", 0, out var slow));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(_table.TryBegin("room", "k", 0, out _));
        _table.End(slow, "", AttemptTable<string>.BytesMax, failed: false);
        Assert.False(_table.TryBegin("room", "k", 0, out _));
    }
}
