using Starling.Operations;
using Starling.TestKit;

namespace Starling.Tests.Operations;

public sealed class TimingWheelTests
{
    private readonly ManualTime _time = new();

    private sealed class Item(List<(string, long)> fired, string name) : WheelItem
    {
        protected internal override void OnDue(long nowMs) => fired.Add((name, nowMs));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(999)]
    [InlineData(51_200)]    // exactly one turn of the wheel
    [InlineData(300_000)]   // several turns
    public void An_item_comes_due_never_early_and_at_most_one_step_late(int dueMs)
    {
        var fired = new List<(string, long Ms)>();
        using var wheel = new TimingWheel(_time);
        wheel.Schedule(new Item(fired, "a"), dueMs);
        _time.Advance(TimeSpan.FromMilliseconds(dueMs + 200));
        var (_, ms) = Assert.Single(fired);
        Assert.InRange(ms, dueMs, dueMs + TimingWheel.Resolution.TotalMilliseconds);
    }

    [Fact]
    public void A_cancelled_item_never_comes_due()
    {
        var fired = new List<(string, long)>();
        using var wheel = new TimingWheel(_time);
        var item = new Item(fired, "a");
        wheel.Schedule(item, 100);
        wheel.Cancel(item);
        wheel.Cancel(item);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Empty(fired);
    }

    [Fact]
    public void Scheduling_again_moves_the_item()
    {
        var fired = new List<(string, long Ms)>();
        using var wheel = new TimingWheel(_time);
        var item = new Item(fired, "a");
        wheel.Schedule(item, 100);
        wheel.Schedule(item, 5_000);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(fired);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Single(fired);
    }

    [Fact]
    public void Items_of_one_slot_are_independent()
    {
        var fired = new List<(string, long)>();
        using var wheel = new TimingWheel(_time);
        var items = Enumerable.Range(0, 5).Select(i => new Item(fired, $"{i}")).ToArray();
        foreach (var item in items) wheel.Schedule(item, 1_000);
        wheel.Cancel(items[0]);
        wheel.Cancel(items[2]);
        wheel.Cancel(items[4]);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["1", "3"], fired.Select(static f => f.Item1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Time_lost_while_the_process_stood_still_is_caught_up()
    {
        var late = new LateTime();
        var fired = new List<(string, long)>();
        using var wheel = new TimingWheel(late);
        for (var i = 1; i <= 200; i++) wheel.Schedule(new Item(fired, $"{i}"), i * 1_000);
        late.JumpAndFire(TimeSpan.FromMinutes(10));
        Assert.Equal(200, fired.Count);
    }

    /// <summary>Jumps without the timers in between, as a suspended machine does.</summary>
    private sealed class LateTime : TimeProvider
    {
        private TimerCallback? _callback;
        private object? _state;
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, _state) = (callback, state);
            return new ManualTime().CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public void JumpAndFire(TimeSpan by)
        {
            _ticks += by.Ticks;
            _callback!(_state);
        }
    }
}
