using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Starling.Api;
using Starling.Cluster;
using Starling.Hosting;
using Starling.Transports.Http;

namespace Starling;

/// <summary>Puts the engine's endpoints into an application.</summary>
public static class StarlingEndpointExtensions
{
    /// <summary>Maps what is enabled, at its configured path: the transports of clients, the API for back ends, health and
    /// metrics.</summary>
    public static IEndpointRouteBuilder MapStarling(this IEndpointRouteBuilder endpoints)
    {
        var node = endpoints.ServiceProvider.GetRequiredService<Node>();
        TransportEndpoints.Map(endpoints, node, endpoints.ServiceProvider.GetRequiredService<SessionTable>());
        if (!node.Options.HttpApi.Disabled) endpoints.MapStarlingApi();
        OperationsEndpoints.Map(endpoints, node.Options);
        return endpoints;
    }

    /// <summary>Maps the API for back ends alone, at <see cref="HttpApiOptions.HandlerPrefix"/>, whether or not
    /// <see cref="HttpApiOptions.Disabled"/> is set: an application that wants the API on a port or behind a policy of its own
    /// disables it for <see cref="MapStarling"/> and maps it here.</summary>
    /// <returns>Takes conventions such as <c>RequireAuthorization()</c>. <c>RequireHost</c> is no wall: clients write the <c>Host</c> header themselves.</returns>
    public static IEndpointConventionBuilder MapStarlingApi(this IEndpointRouteBuilder endpoints)
    {
        var node = endpoints.ServiceProvider.GetRequiredService<Node>();
        var path = $"{node.Options.HttpApi.HandlerPrefix.TrimEnd('/')}/{{**{HttpApiEndpoint.MethodParameter}}}";
        return endpoints.Map(path, new HttpApiEndpoint(node).HandleAsync);
    }
}
