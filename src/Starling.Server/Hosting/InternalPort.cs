namespace Starling.Server.Hosting;

/// <summary>Keeps what is not for the public apart: with an internal port, API, health and metrics answer there alone, and
/// nothing else does.</summary>
internal sealed class InternalPort(int port, StarlingOptions options)
{
    private readonly PathString[] _internalPaths = InternalPaths(options);

    /// <summary>Lets a request pass when its port fits its path; otherwise there is nothing here (404).</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var isInternalPath = Array.Exists(_internalPaths, path => context.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase));
        if (isInternalPath == (context.Connection.LocalPort == port)) return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static PathString[] InternalPaths(StarlingOptions options)
    {
        var paths = new List<PathString>();
        if (options.Health.Enabled) Add(options.Health.HandlerPrefix);
        if (options.Prometheus.Enabled) Add(options.Prometheus.HandlerPrefix);
        if (options.HttpApi is { Disabled: false, External: false }) Add(options.HttpApi.HandlerPrefix);
        return [.. paths];

        void Add(string path) => paths.Add(new PathString(path.TrimEnd('/')));
    }
}
