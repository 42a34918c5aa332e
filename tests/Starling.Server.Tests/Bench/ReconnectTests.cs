using Starling.Server.Bench.Scenarios;
using Starling.Server.Tests.Configuration;
using Starling.Server.Tests.Processes;

namespace Starling.Server.Tests.Bench;

/// <summary>The scenario of a channel that is cut as a whole, small.</summary>
public sealed class ReconnectTests
{
    private const int Clients = 60, Missed = 20, Rounds = 2;

    [Fact]
    public async Task F35_A_channel_that_is_cut_as_a_whole_comes_back_to_the_exact_position_and_reads_the_history_once()
    {
        await using var server = await RunningServer.StartAsync(
            Configurations.Set("client.insecure", "true"),
            Configurations.Set("prometheus.enabled", "true"),
            Configurations.Set("http_server.metrics_port", "0"),
            Configurations.Set("channel.without_namespace.history_size", "100"),
            Configurations.Set("channel.without_namespace.history_ttl", "10m"),
            Configurations.Set("channel.without_namespace.force_recovery", "true"));
        var address = server.Addresses[0];
        using var run = new ReconnectRun(new ReconnectSettings(
            new UriBuilder(address) { Scheme = "ws", Path = "/" }.Uri, new Uri(address, "/metrics"), Clients, Missed, Rounds, PayloadBytes: 64, ServerPid: null));
        var report = await Task.Run(() => run.ExecuteAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(Clients * Rounds * Missed, report.RecoveredPublications);
        Assert.InRange(report.HistoryReads, 1, 6);   // the position, the page, a check of the position: not one per client
    }
}
