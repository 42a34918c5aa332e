using Starling.Limits;

namespace Starling.Tests.Limits;

public sealed class RateTests
{
    [Fact]
    public void A47_A_bucket_gives_its_burst_at_once_and_then_its_rate()
    {
        var rate = new Rate(new RateOptions { Rate = 10, Burst = 3 });
        var bucket = 0L;
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => rate.Take(ref bucket, 0, 1) == 0));
        var given = 0;
        for (var now = 1; now <= 10_000; now++)
        {
            if (rate.Take(ref bucket, now, 1) == 0) given++;
        }
        Assert.Equal(100, given);
    }

    [Fact]
    public void What_the_answer_says_is_when_there_is_enough_again()
    {
        var rate = new Rate(new RateOptions { Rate = 4, Interval = TimeSpan.FromSeconds(2) });
        var bucket = 0L;
        for (var i = 0; i < 4; i++) Assert.Equal(0, rate.Take(ref bucket, 5_000, 1));
        var wait = rate.Take(ref bucket, 5_000, 2);
        Assert.InRange(wait, 1_000, 1_050);
        Assert.True(rate.Take(ref bucket, 5_900, 2) > 0, "too early");
        Assert.Equal(0, rate.Take(ref bucket, 5_000 + wait, 2));
    }

    [Fact]
    public void More_than_the_bucket_holds_passes_when_it_is_full_and_is_paid_for_afterwards()
    {
        var rate = new Rate(new RateOptions { Rate = 1_000 });
        var bucket = 0L;
        Assert.Equal(0, rate.Take(ref bucket, 1, 5_000));
        Assert.True(rate.Take(ref bucket, 2_000, 1) > 0, "still owes");
        Assert.True(rate.Take(ref bucket, 4_500, 5_000) > 0, "not full");
        Assert.Equal(0, rate.Take(ref bucket, 5_001, 5_000));
    }

    [Fact]
    public void A_bucket_of_a_gigabyte_a_second_neither_overflows_nor_rounds_to_nothing()
    {
        var rate = new Rate(new RateOptions { Rate = 1_000_000_000, Interval = TimeSpan.FromMilliseconds(100) });
        var bucket = 0L;
        var day = (long)TimeSpan.FromDays(365).TotalMilliseconds;
        for (var i = 0; i < 10; i++) Assert.Equal(0, rate.Take(ref bucket, day, 100_000_000));
        Assert.True(rate.Take(ref bucket, day, 100_000_000) > 0);
        Assert.Equal(0, rate.Take(ref bucket, day + 10, 100_000_000));
    }

    [Fact]
    public async Task Many_at_once_get_no_more_than_one_would()
    {
        var rate = new Rate(new RateOptions { Rate = 1_000 });
        var buckets = new Buckets();
        var given = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1_000; i++)
            {
                if (rate.Take(ref buckets[LimitKind.Publish], 1, 1) == 0) Interlocked.Increment(ref given);
            }
        })));
        Assert.Equal(1_000, given);
    }

    [Fact]
    public void Without_a_rate_everything_passes()
    {
        var rate = new Rate(new RateOptions());
        var bucket = 0L;
        Assert.False(rate.IsLimited);
        Assert.Equal(0, rate.Take(ref bucket, 1, int.MaxValue));
        Assert.Equal(0, bucket);
    }
}
