using Starling.Server.Hosting;
using Starling.Server.Tests.Configuration;

namespace Starling.Server.Tests.Processes;

/// <summary>The stand-alone server inside the test process, on free ports of the loopback address.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _end = new();
    private readonly TaskCompletionSource<IReadOnlyCollection<string>> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringWriter _error = new();
    private Task<int> _run = Task.FromResult(0);

    /// <summary>The addresses: the public one first.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    public static Task<RunningServer> StartAsync(params KeyValuePair<string, string>[] flags) => StartAsync(looksAgain: null, flags);

    /// <param name="looksAgain">Tells when certificates are looked at again; nothing: never.</param>
    /// <param name="flags">Its configuration.</param>
    public static async Task<RunningServer> StartAsync(TimeProvider? looksAgain, params KeyValuePair<string, string>[] flags)
    {
        var configuration = Configurations.Load(flags:
        [
            Configurations.Set("http_server.port", "0"), Configurations.Set("http_server.address", "127.0.0.1"), Configurations.Set("log.level", "none"), .. flags,
        ]);
        Assert.True(configuration.IsValid, string.Join('\n', configuration.Notices));
        var server = new RunningServer();
        server._run = new StarlingServer(configuration, server._error)
        {
            OnListening = addresses => server._listening.TrySetResult(addresses),
            ReadAgain = looksAgain is null ? null : () => configuration,
            Time = looksAgain ?? TimeProvider.System,
        }.RunAsync(server._end.Token);
        await Task.WhenAny(server._listening.Task, server._run).WaitAsync(s_deadline);
        Assert.True(server._listening.Task.IsCompleted, $"the server did not start: {server._error}");
        server.Addresses = [.. (await server._listening.Task).Select(address => new Uri(address))];
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _run.WaitAsync(s_deadline);
        _end.Dispose();
    }
}
