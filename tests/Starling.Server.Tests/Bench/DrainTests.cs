using Starling.Server.Tests.Processes;

namespace Starling.Server.Tests.Bench;

/// <summary>The scenario of <c>bench drain</c> at small size: two servers, one of them ended while its clients publish.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task F02_Every_client_is_told_comes_back_elsewhere_and_loses_nothing_acknowledged()
    {
        var (exitCode, output) = await ServerProcess.RunAsync("bench", "drain", "--connections", "200", "--rate", "100");

        Assert.True(exitCode == 0, output);
        Assert.Contains("closed with 3001      200 of 200", output, StringComparison.Ordinal);
        Assert.Contains(" acknowledged, 0 lost", output, StringComparison.Ordinal);
        Assert.Contains("code 0", output, StringComparison.Ordinal);
    }
}
