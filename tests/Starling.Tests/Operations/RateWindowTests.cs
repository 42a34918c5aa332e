using Starling.Operations;
using Starling.TestKit;

namespace Starling.Tests.Operations;

public sealed class RateWindowTests
{
    [Fact]
    public void A77_So_many_are_allowed_in_each_second_and_no_more()
    {
        var time = new ManualTime();
        using var wheel = new TimingWheel(time);
        var window = new RateWindow(3, wheel);
        for (var second = 0; second < 3; second++)
        {
            Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => window.TryTake()));
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Without_a_rate_all_are_allowed()
    {
        using var wheel = new TimingWheel(new ManualTime());
        var window = new RateWindow(0, wheel);
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.True(window.TryTake()));
    }
}
