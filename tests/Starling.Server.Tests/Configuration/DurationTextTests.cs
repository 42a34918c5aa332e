using Starling.Hosting.Configuration;

namespace Starling.Server.Tests.Configuration;

public sealed class DurationTextTests
{
    [Theory]
    [InlineData("300ms", 300)]
    [InlineData("10s", 10_000)]
    [InlineData("5m", 300_000)]
    [InlineData("720h", 2_592_000_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2500us", 2.5)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData(" 10s ", 10_000)]
    [InlineData("00:00:10", 10_000)]
    [InlineData("1.00:00:00", 86_400_000)]
    public void Durations_are_read(string text, double milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("10 s")]
    [InlineData("10S")]
    [InlineData("10d")]
    [InlineData("-10s")]
    [InlineData("-00:00:10")]
    [InlineData("1..5s")]
    [InlineData("1.5.5s")]
    [InlineData("10s5")]
    [InlineData("99999999999h")]
    [InlineData("9999999999999999999999999999999999h")]
    [InlineData("99999999:00:00")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(DurationText.TryParse(text, out _));
}
