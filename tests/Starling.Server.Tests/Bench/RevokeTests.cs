using Starling.Server.Tests.Processes;

namespace Starling.Server.Tests.Bench;

/// <summary>The scenario of <c>bench revoke</c>, small.</summary>
public sealed class RevokeTests
{
    [Fact]
    public async Task A65_Every_connection_of_every_user_is_closed_with_3500()
    {
        var (exitCode, output) = await ServerProcess.RunAsync("bench", "revoke", "--users", "50", "--each", "4");
        Assert.True(exitCode == 0, output);
        Assert.Contains("200 in ", output, StringComparison.Ordinal);
    }
}
