using System.CommandLine;
using Microsoft.Extensions.FileProviders;
using Starling.Server.Configuration;
using Starling.Server.Hosting;

namespace Starling.Server.Commands;

/// <summary>The command <c>demo</c>: a server with ready settings and the demo pages, for a first look.</summary>
internal static class DemoCommand
{
    private const string PagesFolder = "wwwroot";

    public static Command Create()
    {
        var port = new Option<string>("--port") { Description = "Listen on this port.", HelpName = "N", DefaultValueFactory = _ => "8000" };
        var address = new Option<string>("--address")
        {
            Description = "Listen on this address. Anyone who reaches it may do anything: the demo checks no permissions.",
            HelpName = "A",
            DefaultValueFactory = _ => "127.0.0.1",
        };
        var command = new Command("demo", "Run a server with demo pages: no tokens, no permissions, pages of every origin, this machine only.") { port, address };
        command.SetAction((arguments, _) => RunAsync(
            new ConfigurationOrigin(File: null, Environment: [], Flags:
            [
                KeyValuePair.Create("http_server.port", arguments.GetValue(port) ?? ""),
                KeyValuePair.Create("http_server.address", arguments.GetValue(address) ?? ""),
                .. DemoSettings,
            ]),
            arguments.InvocationConfiguration,
            EndSignals.Listen()));
        return command;
    }

    /// <summary>What the demo runs with, as flags anyone could give to <c>serve</c>.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>> DemoSettings { get; } =
    [
        // The engine warns of what a demo is meant to be: no tokens, no permissions. The help and the second line say so instead.
        KeyValuePair.Create("log.level", "error"),
        KeyValuePair.Create("client.insecure", "true"),
        KeyValuePair.Create("client.allowed_origins", "*"),
        KeyValuePair.Create("http_stream.enabled", "true"),
        KeyValuePair.Create("sse.enabled", "true"),
        KeyValuePair.Create("http_api.insecure", "true"),
        KeyValuePair.Create("prometheus.enabled", "true"),
        KeyValuePair.Create("http_server.metrics_port", "0"),   // one port is enough for a demo
        KeyValuePair.Create("channel.namespaces", """[{"name": "chat"}]"""),
    ];

    private static async Task<int> RunAsync(ConfigurationOrigin origin, InvocationConfiguration console, CancellationToken cancellationToken)
    {
        var configuration = LoadedConfiguration.Load(origin);
        if (!configuration.IsValid)
        {
            CheckConfigCommand.Print(configuration.Notices, console.Error);
            return ExitCodes.BadConfiguration;
        }
        var server = new StarlingServer(configuration, console.Error)
        {
            MapMore = MapPages,
            OnListening = addresses =>
            {
                console.Output.WriteLine($"Starling demo: open {string.Join(" or ", addresses)}");
                console.Output.WriteLine("Anyone who reaches this address may do anything. End it with Ctrl-C.");
                console.Output.Flush();
            },
        };
        return await server.RunAsync(cancellationToken);
    }

    private static void MapPages(WebApplication app)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, PagesFolder);
        if (!Directory.Exists(folder))
        {
            app.MapGet("/", context =>
            {
                Guard(context.Response);
                return context.Response.WriteAsync("The server runs. Its demo pages were not built into it.\n", context.RequestAborted);
            });
            return;
        }
        var files = new PhysicalFileProvider(folder);
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files });
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            OnPrepareResponse = static file =>
            {
                Guard(file.Context.Response);
                file.Context.Response.Headers.CacheControl = "no-cache";   // after an update the new pages show at once
            },
        });
    }

    /// <summary>Nothing a page shows is run, framed by another page, or told to another site. The pages bring a narrower policy along,
    /// which holds beside this one; who may frame them can only be said in a header.</summary>
    private static void Guard(HttpResponse response)
    {
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.XFrameOptions = "DENY";
        response.Headers.ContentSecurityPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        response.Headers["Referrer-Policy"] = "no-referrer";
    }
}
