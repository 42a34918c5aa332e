using Microsoft.Extensions.Hosting;
using Starling.Cluster;

namespace Starling.Hosting;

/// <summary>Starts the node with the application and takes its connections off it before the web server stops.</summary>
internal sealed class NodeLifetime(Node node, IHostApplicationLifetime application, IServiceProvider services) : IHostedLifecycleService
{
    /// <summary>What is left of <see cref="ShutdownOptions.Timeout"/> for everything else, the web server first of all.</summary>
    private static readonly TimeSpan s_reserveMax = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private Task? _stopped;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await node.StartAsync(cancellationToken);
        if (node.Handlers.TakesHttpUser) await CookieCautions.TellAsync(services, node.Options, node.Log);
        application.ApplicationStopping.Register(node.CloseDoor);   // at once, whatever else stops before us
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Comes before the web server stops: it still answers, so that a balancer sees that nobody is taken in any more and
    /// late clients are told when to come again.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => StopOnceAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => StopOnceAsync(cancellationToken);

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task StopOnceAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return _stopped ??= StopNodeAsync(cancellationToken);
    }

    /// <summary>A peer that never answers is no error of the application: when the time is over its connection is dropped, and
    /// the application ends like any other.</summary>
    private async Task StopNodeAsync(CancellationToken cancellationToken)
    {
        var timeout = node.Options.Shutdown.Timeout;
        var reserve = timeout / 4 < s_reserveMax ? timeout / 4 : s_reserveMax;
        using var deadline = new CancellationTokenSource(timeout - reserve, node.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await node.StopAsync(either.Token);
        }
        catch (Exception error)   // edge of the node's life: whatever fails here, the process was asked to end and ends
        {
            NodeLog.StopFailed(node.Log, error);
            node.AbortConnections();
        }
    }
}
