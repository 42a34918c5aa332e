using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Starling.Operations;

namespace Starling.Hosting;

/// <summary>What operators and their tools ask the server: whether it is well, and its figures.</summary>
internal static class OperationsEndpoints
{
    /// <summary>An application that has an endpoint of its own at the same path keeps it.</summary>
    private const int AfterThoseOfTheApplication = 1000;

    private static readonly string[] s_methods = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder endpoints, StarlingOptions options)
    {
        if (options.Health.Enabled) Add(options.Health.HandlerPrefix, Health(endpoints.ServiceProvider));
        if (options.Prometheus.Enabled) Add(options.Prometheus.HandlerPrefix, Metrics(endpoints.ServiceProvider));

        void Add(string path, RequestDelegate handler) =>
            endpoints.MapMethods(path, s_methods, handler).WithOrder(AfterThoseOfTheApplication);
    }

    /// <summary>200 while the server takes connections, 503 from the moment it begins to stop, so that a balancer sends nobody
    /// here any more.</summary>
    private static RequestDelegate Health(IServiceProvider services)
    {
        var application = services.GetService<IHostApplicationLifetime>();
        return context =>
        {
            if (application?.ApplicationStopping.IsCancellationRequested == true)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            }
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync("{}", context.RequestAborted);
        };
    }

    private static RequestDelegate Metrics(IServiceProvider services)
    {
        // Created now, before the first connection: it sees only what is counted while it listens.
        var exporter = services.GetRequiredService<PrometheusExporter>();
        return context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = PrometheusText.ContentType;
            return context.Response.WriteAsync(exporter.Collect(), context.RequestAborted);
        };
    }
}
