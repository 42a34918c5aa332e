namespace Starling.Simulation;

public sealed class SeedRangeTests
{
    [Theory]
    [InlineData(null, 1UL, 200)]
    [InlineData("", 1UL, 200)]
    [InlineData("10000", 1UL, 10_000)]
    [InlineData("4711+1", 4711UL, 1)]
    [InlineData("18000000000000000000+50", 18_000_000_000_000_000_000UL, 50)]
    public void The_variable_says_how_many_seeds_and_from_where_on(string? text, ulong first, int count) =>
        Assert.Equal(new SeedRange(first, count), SeedRange.Parse(text));

    [Theory]
    [InlineData("many")]
    [InlineData("1+")]
    [InlineData("-5")]
    public void What_is_no_number_is_refused(string text) => Assert.Throws<FormatException>(() => SeedRange.Parse(text));
}
