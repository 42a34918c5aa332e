using Starling.Server.Bench.Scenarios;
using Starling.Server.Tests.Configuration;
using Starling.Server.Tests.Processes;

namespace Starling.Server.Tests.Bench;

/// <summary>The scenario of a keyed channel read at a rate, small.</summary>
public sealed class ConflateTests
{
    private const int Subscriptions = 40, Keys = 20, Rate = 2;

    [Fact]
    public async Task A79_Readers_of_a_rate_get_the_latest_values_and_those_that_stop_get_them_when_they_read_again()
    {
        await using var server = await RunningServer.StartAsync(
            Configurations.Set("client.insecure", "true"),
            Configurations.Set("channel.namespaces", """[{"name": "keyed", "subscription_type": "map", "map": {"mode": "persistent"}}]"""));
        using var run = new ConflateRun(new ConflateSettings(
            new UriBuilder(server.Addresses[0]) { Scheme = "ws", Path = "/" }.Uri, Subscriptions, Keys, ChangesPerSecond: 2000, Rate, Stopped: 4, PayloadBytes: 24,
            Warmup: TimeSpan.FromSeconds(1), Duration: TimeSpan.FromSeconds(2), ServerPid: null));
        var report = await Task.Run(() => run.Execute(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Assert.True(report.IsClean, report.ToString());
        // At most every key at every pull, with room for the pull at either end of the measured time.
        Assert.InRange(report.Received, 1, Subscriptions * Keys * (long)((report.Seconds * Rate) + 2));
        Assert.InRange(report.Changes, report.Received / Subscriptions, long.MaxValue);
    }
}
