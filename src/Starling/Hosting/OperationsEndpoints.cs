using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Starling.Cluster;
using Starling.Operations;

namespace Starling.Hosting;

/// <summary>What operators and their tools ask the server: whether it is well, and its figures.</summary>
internal static class OperationsEndpoints
{
    /// <summary>An application that has an endpoint of its own at the same path keeps it.</summary>
    private const int AfterThoseOfTheApplication = 1000;

    private const string LivenessSuffix = "/live";

    private static readonly string[] s_methods = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder endpoints, StarlingOptions options)
    {
        if (options.Health.Enabled)
        {
            Add(options.Health.HandlerPrefix, Readiness(endpoints.ServiceProvider));
            Add(options.Health.HandlerPrefix.TrimEnd('/') + LivenessSuffix, LivenessAsync);
        }
        if (options.Prometheus.Enabled) Add(options.Prometheus.HandlerPrefix, Metrics(endpoints.ServiceProvider));

        void Add(string path, RequestDelegate handler) =>
            endpoints.MapMethods(path, s_methods, handler).WithOrder(AfterThoseOfTheApplication);
    }

    /// <summary>200 while the server takes connections, 503 from the moment it begins to stop, so that a balancer sends nobody
    /// here any more.</summary>
    private static RequestDelegate Readiness(IServiceProvider services)
    {
        var node = services.GetRequiredService<Node>();
        return context => AnswerAsync(context, node.IsDraining ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    /// <summary>200 as long as the process answers, also while it stops: nobody needs to kill it.</summary>
    private static Task LivenessAsync(HttpContext context) => AnswerAsync(context, StatusCodes.Status200OK);

    private static Task AnswerAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("{}", context.RequestAborted);
    }

    private static RequestDelegate Metrics(IServiceProvider services)
    {
        // Created now, before the first connection: it sees only what is counted while it listens.
        var exporter = services.GetRequiredService<PrometheusExporter>();
        return context =>
        {
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.ContentType = PrometheusText.ContentType;
            return context.Response.WriteAsync(exporter.Collect(), context.RequestAborted);
        };
    }
}
