using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Starling.Cluster;
using Starling.Hosting;
using Starling.Transports;

namespace Starling;

/// <summary>Puts the engine's endpoints into an application.</summary>
public static class StarlingEndpointExtensions
{
    /// <summary>Maps the client transports, health and metrics that are enabled, at their configured paths.</summary>
    public static IEndpointRouteBuilder MapStarling(this IEndpointRouteBuilder endpoints)
    {
        var node = endpoints.ServiceProvider.GetRequiredService<Node>();
        var webSocket = node.Options.WebSocket;
        if (!webSocket.Disabled) endpoints.Map(webSocket.HandlerPrefix, new WebSocketEndpoint(node).HandleAsync);
        OperationsEndpoints.Map(endpoints, node.Options);
        return endpoints;
    }
}
