using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Starling.Server.Hosting;
using Starling.Server.Tests.Configuration;

namespace Starling.Server.Tests.Processes;

/// <summary>A server that was asked to end has done its work, whatever else goes wrong: the exit code says so.</summary>
public sealed class EndTests
{
    [Fact]
    public async Task A_service_that_fails_to_stop_does_not_change_the_exit_code()
    {
        using var end = new CancellationTokenSource();
        var server = new StarlingServer(Configuration(), TextWriter.Null)
        {
            ExtendEngine = static engine => engine.Services.AddHostedService<BrokenService>(),
            OnListening = _ => end.Cancel(),
        };

        Assert.Equal(0, await server.RunAsync(end.Token).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task F05_A_signal_during_the_start_ends_the_process_with_0()
    {
        var server = new StarlingServer(Configuration(), TextWriter.Null);

        Assert.Equal(0, await server.RunAsync(new CancellationToken(canceled: true)));
    }

    private static Starling.Server.Configuration.LoadedConfiguration Configuration() => Configurations.Load(flags:
    [
        Configurations.Set("http_server.port", "0"), Configurations.Set("http_server.address", "127.0.0.1"), Configurations.Set("log.level", "none"),
    ]);

    private sealed class BrokenService : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => throw new TimeoutException("as on a busy machine");
    }
}
