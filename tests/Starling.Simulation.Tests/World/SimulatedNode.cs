using Microsoft.Extensions.Logging;
using Starling.Cluster;
using Starling.Handlers;
using Starling.Operations;
using Starling.Transports;
using Starling.WebSockets;

namespace Starling.Simulation.World;

/// <summary>A server of a world: one real node after the other, as it is stopped or killed and started again.</summary>
internal sealed class SimulatedNode(
    Scheduler scheduler, Backbone backbone, Func<StarlingOptions> options, Func<ConnectingContext, ValueTask<ConnectingResult>> admit, Dice dice, Action<string> onError) : IDisposable
{
    private static readonly WebSocketSettings s_settings = new();

    private readonly List<Link> _links = [];
    private StarlingMetrics? _metrics;
    private BackboneBroker? _broker;
    private int _lives;

    /// <summary>Where the running node does everything.</summary>
    public Process Process { get; private set; } = new(scheduler, dice);

    /// <summary>The running node; <see langword="null"/>: none.</summary>
    public Node? Running { get; private set; }

    /// <summary>It takes connections.</summary>
    public bool IsOpen => Running is { HasRoom: true };

    public void Start()
    {
        var life = dice.For($"life {++_lives}");
        Process = new Process(scheduler, life);
        _metrics = new StarlingMetrics();
        var broker = _broker = backbone.Join(Process);
        Process.Run(() =>
        {
            Running = new Node(
                options(), new HandlerTable { Connecting = admit }, broker, Process.Time, life, new ErrorLog(onError), _metrics,
                item => Process.Post(static state => ((IThreadPoolWorkItem)state!).Execute(), item));
            if (!Running.StartAsync(CancellationToken.None).IsCompletedSuccessfully) onError("the node did not start at once");
        });
    }

    /// <summary>A client's connection has come through, with its upgrade.</summary>
    public void Accept(Link link, Framing framing)
    {
        if (Running is not { } node)
        {
            link.Reset();
            return;
        }
        _links.RemoveAll(static each => each.IsReset);
        _links.Add(link);
        Process.Run(() => _ = ServeAsync(node, link, framing));
    }

    /// <summary>Ends as at SIGTERM: the clients are told.</summary>
    public void Stop() => Process.Run(() => _ = StopAsync());

    /// <summary>Ends as at SIGKILL: the system closes its connections, or, if the machine is gone, nobody does.</summary>
    public void Kill(bool withItsMachine)
    {
        var process = Process;
        Running = null;
        process.Kill();
        if (_broker is not null) backbone.Leave(_broker);
        foreach (var link in _links)
        {
            if (withItsMachine) link.Swallow();
            else link.Reset();
        }
        _links.Clear();
        _metrics?.Dispose();
    }

    public void Dispose() => _metrics?.Dispose();

    private async Task StopAsync()
    {
        if (Running is not { HasRoom: true } node) return;   // none, or it is stopping already
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10), Process.Time);
        await node.StopAsync(patience.Token);
        await node.DisposeAsync();
        if (Running == node) Running = null;
    }

    private async Task ServeAsync(Node node, Link link, Framing framing)
    {
        var upgrade = new WebSocketUpgrade(link.ToServer.Reader, link.ToClient, null, null);
        await new WebSocketTransport(node, upgrade, s_settings, framing, hasOwnPings: false, context: null).RunAsync();
        link.ToClient.End();
        link.ToServer.CloseReader();
    }

    /// <summary>A node that logs an error has a bug (I12).</summary>
    private sealed class ErrorLog(Action<string> onError) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) onError($"{formatter(state, exception)} {exception}");
        }
    }
}
