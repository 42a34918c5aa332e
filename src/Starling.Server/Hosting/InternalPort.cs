using Starling.Server.Configuration;

namespace Starling.Server.Hosting;

/// <summary>Keeps what is not for the public apart: some paths answer on a port of their own alone, and nothing else does there.</summary>
/// <param name="key">The configuration key that set it.</param>
/// <param name="port">The port.</param>
/// <param name="address">An IP address or <c>localhost</c>; empty = all of this machine.</param>
/// <param name="tls">Its encryption.</param>
/// <param name="paths">Path prefixes that are there and nowhere else.</param>
internal sealed class InternalPort(string key, int port, string address, TlsOptions tls, IEnumerable<string> paths)
{
    private PathString[]? _paths;   // made when the first request comes: by then the configuration has been found to be right

    public string Key => key;

    public int Port => port;

    public string Address => address;

    public TlsOptions Tls => tls;

    /// <summary>The one that was asked for, for API, health and metrics; else one for the metrics, which nobody but this machine reaches
    /// (attack A85).</summary>
    /// <returns><see langword="null"/>: everything is on the public port.</returns>
    public static InternalPort? Of(ServerOptions options)
    {
        var (http, engine) = (options.HttpServer, options.Engine);
        if (http.InternalPort > 0)
        {
            var address = http.InternalAddress.Length > 0 ? http.InternalAddress : http.Address;
            return new InternalPort("http_server.internal_port", http.InternalPort, address, http.InternalTls, InternalPaths(engine));
        }
        return engine.Prometheus.Enabled && http.MetricsPort > 0
            ? new InternalPort("http_server.metrics_port", http.MetricsPort, "localhost", new TlsOptions(), [engine.Prometheus.HandlerPrefix])
            : null;
    }

    /// <summary>Lets a request pass when its port fits its path; otherwise there is nothing here (404).</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        _paths ??= [.. paths.Select(static path => new PathString(path.TrimEnd('/')))];
        var isInternalPath = Array.Exists(_paths, path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));
        if (isInternalPath == (context.Connection.LocalPort == port)) return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static IEnumerable<string> InternalPaths(StarlingOptions options)
    {
        if (options.Health.Enabled) yield return options.Health.HandlerPrefix;
        if (options.Prometheus.Enabled) yield return options.Prometheus.HandlerPrefix;
        if (options.HttpApi is { Disabled: false, External: false }) yield return options.HttpApi.HandlerPrefix;
    }
}
