using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Handlers;
using Starling.Hosting;
using Starling.Hosting.Configuration;
using Starling.Operations;
using Starling.Transports.Http;

namespace Starling;

/// <summary>Adds the engine to an application.</summary>
public static class StarlingServiceCollectionExtensions
{
    /// <summary>Registers the engine. Wrong options stop the application at its start with a message that names each key. There is one
    /// engine: another call adds to its options and handlers.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets options; runs after configuration was bound.</param>
    /// <returns>Where handlers are registered.</returns>
    public static StarlingBuilder AddStarling(this IServiceCollection services, Action<StarlingOptions>? configure = null)
    {
        if (services.LastOrDefault(static service => service.ServiceType == typeof(HandlerTable))?.ImplementationInstance is HandlerTable registered)
        {
            if (configure is not null) services.Configure(configure);
            return new StarlingBuilder(services, registered);   // a table of its own would leave the handlers of the first one without effect
        }
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
        services.AddSingleton(provider => new ClientSessions(provider.GetRequiredService<Node>()));
        services.AddSingleton(provider => new ClientTokenKeys(provider.GetRequiredService<Node>()));
        services.AddSingleton(provider => new ChannelMembers(provider.GetRequiredService<Node>()));
        services.AddSingleton(provider => new KeyedState(provider.GetRequiredService<Node>().State));
        services.AddHostedService<NodeLifetime>();
        return new StarlingBuilder(services, handlers);
    }
}
