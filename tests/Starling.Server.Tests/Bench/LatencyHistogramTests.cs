using Starling.Server.Bench.Load;

namespace Starling.Server.Tests.Bench;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void An_empty_histogram_answers_zero()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal(0, histogram.Percentile(0.5));
        Assert.Equal(0, histogram.Max);
        Assert.Equal(0, histogram.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(1_000)]
    [InlineData(1_234_567)]
    [InlineData(60_000_000_000)]
    [InlineData(long.MaxValue)]
    public void One_value_is_every_percentile_of_itself(long value)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(value);
        Assert.All([0.0, 0.5, 0.99, 1.0], share => Assert.Equal(value, histogram.Percentile(share)));
        Assert.Equal(value, histogram.Max);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void A_percentile_is_off_by_less_than_two_percent(double share)
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100_000; i++) histogram.Record(i * 1_000L);

        var exact = share * 100_000 * 1_000;
        Assert.InRange(histogram.Percentile(share), exact, exact * 1.02);
    }

    [Fact]
    public void The_order_of_recording_does_not_matter_and_the_maximum_is_exact()
    {
        var (up, down) = (new LatencyHistogram(), new LatencyHistogram());
        for (var i = 0; i < 1_000; i++)
        {
            up.Record(i * 777);
            down.Record((999 - i) * 777);
        }
        Assert.Equal(up.Percentile(0.37), down.Percentile(0.37));
        Assert.Equal(999 * 777, up.Max);
    }

    [Fact]
    public void A_clock_that_steps_back_counts_as_no_time()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);
        Assert.Equal(0, histogram.Percentile(1));
        Assert.Equal(1, histogram.Count);
    }
}
