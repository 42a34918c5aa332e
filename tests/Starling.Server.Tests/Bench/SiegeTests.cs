using System.Text.Json;
using Starling.Server.Bench.Siege;
using Starling.Server.Tests.Processes;

namespace Starling.Server.Tests.Bench;

/// <summary>The scenario of <c>bench siege</c>, short. How long deliveries take meanwhile is not judged here: on a machine that runs
/// other tests that says nothing.</summary>
public sealed class SiegeTests
{
    private const int Healthy = 80, Hostile = 20;
    private const long MemoryMore = 64 * 1024 * 1024;

    [Fact]
    public async Task A91_A92_While_one_in_five_attacks_nobody_else_loses_anything_and_the_memory_comes_back()
    {
        var file = Path.GetTempFileName();
        try
        {
            var (exitCode, output) = await ServerProcess.RunAsync(
                "bench", "siege", "--healthy", $"{Healthy}", "--hostile", $"{Hostile}", "--warmup", "1s", "--before", "1s", "--duration", "7s", "--after", "1s", "--json", file);
            Assert.True(exitCode is 0 or 1, output);
            var report = JsonSerializer.Deserialize(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), SiegeReportJson.Default.SiegeReport)!;
            Assert.True(report is { IsUnharmed: true, AttackersEnded: true, StillOpen: Healthy }, output);
            Assert.Empty(report.WrongEnds);
            Assert.InRange(report.Attacks - report.Shed, Hostile, int.MaxValue);
            Assert.InRange(report.Expected, Healthy * 7L, long.MaxValue);
            Assert.InRange(report.MemoryAfterBytes, 1, report.MemoryBeforeBytes + MemoryMore);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Who_lost_something_makes_the_result_bad_and_so_does_an_attack_with_another_end()
    {
        var good = new SiegeReport
        {
            Healthy = 10,
            Hostile = 2,
            Seconds = 1,
            StillOpen = 10,
            Expected = 5,
            Received = 5,
            AttackersEnded = true,
            MemoryBeforeBytes = 100,
            MemoryAfterBytes = 110,
            LatencyBefore = new(1, 10, 20),
            LatencyDuring = new(1, 20, 90),
        };
        Assert.True(good.IsClean);
        Assert.False((good with { Received = 4 }).IsUnharmed);
        Assert.False((good with { StillOpen = 9 }).IsUnharmed);
        Assert.False((good with { OutOfOrder = 1 }).IsUnharmed);
        Assert.False((good with { WrongEnds = ["A56: open"] }).IsClean);
        Assert.False((good with { MemoryAfterBytes = 111 }).IsClean);
        Assert.False((good with { LatencyDuring = new(1, 21, 90) }).IsClean);
        Assert.False((good with { AttackersEnded = false }).IsClean);
    }
}
