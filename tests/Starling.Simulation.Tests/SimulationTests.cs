using System.Globalization;

namespace Starling.Simulation;

/// <summary>Many worlds, each from a seed: whatever happens in them, no promise is broken.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    public async Task I1_I2_I3_I4_I5_I6_Whatever_happens_nobody_loses_anything_without_being_told()
    {
        var seeds = SeedRange.FromEnvironment();
        var report = await SeedRuns.RunAsync(seeds, TestContext.Current.CancellationToken, Environment.GetEnvironmentVariable("STARLING_SEEDS_WITHOUT"));
        output.WriteLine(report.ToString());
        Assert.True(report.Failure is null, report.Failure);
    }
}

/// <summary>Which seeds to run: the environment variable <c>STARLING_SEEDS</c> says how many (<c>10000</c>) or from where on
/// (<c>4711+1</c>: only 4711).</summary>
internal sealed record SeedRange(ulong First, int Count)
{
    private const int Usual = 200;

    public static SeedRange FromEnvironment() => Parse(Environment.GetEnvironmentVariable("STARLING_SEEDS"));

    public static SeedRange Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return new SeedRange(1, Usual);
        var parts = text.Split('+');
        var count = int.Parse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture);
        return new SeedRange(parts.Length > 1 ? ulong.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture) : 1, count);
    }
}
