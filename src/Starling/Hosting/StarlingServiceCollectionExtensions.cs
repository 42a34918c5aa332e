using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Handlers;
using Starling.Hosting.Configuration;
using Starling.Operations;
using Starling.Transports.Http;

namespace Starling;

/// <summary>Adds the engine to an application.</summary>
public static class StarlingServiceCollectionExtensions
{
    /// <summary>Registers the engine. Wrong options stop the application at its start with a message that names each key.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options; runs after configuration was bound.</param>
    /// <returns>Where handlers are registered.</returns>
    public static StarlingBuilder AddStarling(this IServiceCollection services, Action<StarlingOptions>? configure = null)
    {
        var handlers = new HandlerTable();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<StarlingOptions>, SectionBinding>());
        var options = services.AddOptions<StarlingOptions>().ValidateOnStart();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StarlingOptions>, StarlingOptionsValidator>());
        services.AddMetrics();
        services.AddSingleton(handlers);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RandomSource>(RandomSource.System);
        services.TryAddSingleton<Broker, MemoryBroker>();
        services.AddSingleton(provider => new StarlingMetrics(provider.GetService<IMeterFactory>()));
        services.AddSingleton(provider => new PrometheusExporter(provider.GetService<IMeterFactory>()));
        services.AddSingleton(provider => new Node(
            provider.GetRequiredService<IOptions<StarlingOptions>>().Value,
            handlers,
            provider.GetRequiredService<Broker>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<RandomSource>(),
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Starling"),
            provider.GetRequiredService<StarlingMetrics>()));
        services.AddSingleton(provider => new SessionTable(provider.GetRequiredService<RandomSource>()));
        services.AddSingleton(provider => new ChannelPublisher(provider.GetRequiredService<Node>()));
        services.AddSingleton(provider => new ChannelMembers(provider.GetRequiredService<Node>()));
        services.AddHostedService<NodeLifetime>();
        return new StarlingBuilder(services, handlers);
    }

    /// <summary>Starts the node with the application and ends its connections before the server closes them.</summary>
    private sealed class NodeLifetime(Node node, IHostApplicationLifetime application) : IHostedService
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await node.StartAsync(cancellationToken);
            // The web server stops before other hosted services do and waits for its requests, which our connections are:
            // they must be told to go as soon as stopping begins.
            application.ApplicationStopping.Register(() => _ = StopNodeAsync());
        }

        /// <summary>Waits for the node's end. A peer that never answers is no error of the application: when the host's time is
        /// over its connection is dropped, and the application ends like any other.</summary>
        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_stopped.Task.IsCompleted) node.AbortConnections();
        }

        private async Task StopNodeAsync()
        {
            using var deadline = new CancellationTokenSource(node.Options.Shutdown.Timeout, node.Time);
            try
            {
                await node.StopAsync(deadline.Token);
            }
            catch (Exception error)   // edge of the node's life: whatever fails here, the process was asked to end and ends
            {
                NodeLog.StopFailed(node.Log, error);
                node.AbortConnections();
            }
            finally
            {
                _stopped.TrySetResult();
            }
        }
    }
}
