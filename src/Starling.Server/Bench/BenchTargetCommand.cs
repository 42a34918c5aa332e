using System.CommandLine;
using System.Globalization;
using Starling.Server.Bench.Scenarios;
using Starling.Server.Commands;
using Starling.Server.Configuration;
using Starling.Server.Hosting;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench target</c>: the server that <c>bench compare</c> measures. It is <c>serve</c> with settings
/// that suit a measurement, and with one method, <c>echo</c>, that answers with what it was given.</summary>
internal static class BenchTargetCommand
{
    public static Command Create()
    {
        var port = BenchOptions.Number("--port", 8000, 1, "Listen on this port of the loopback address");
        var history = BenchOptions.Number("--history", 0, 0, "Publications each channel keeps; its subscribers then have positions and recover");
        var keyed = new Option<bool>("--keyed") { Description = "With a namespace 'keyed' of persistent keyed channels, and patience with readers that stop" };
        var limits = new Option<bool>("--limits") { Description = "With all limits there are, none of which is met" };
        var guarded = new Option<bool>("--guarded") { Description = "With tokens and permissions" };
        var siege = new Option<bool>("--siege") { Description = "With limits that are met by whoever attacks, and every transport" };
        var command = new Command("target", "Run the server to be measured: no tokens, no permissions, a method 'echo'.") { port, history, keyed, limits, guarded, siege };
        command.SetAction((arguments, cancellationToken) =>
        {
            var settings = Settings(arguments.GetValue(port), arguments.GetValue(history), arguments.GetValue(keyed));
            settings.AddRange(arguments.GetValue(guarded) ? GuardedServer.Access : [new("client.insecure", "true")]);
            if (arguments.GetValue(limits)) settings.AddRange(GuardedServer.Limits);
            if (arguments.GetValue(siege)) settings.AddRange(GuardedServer.Siege);
            return RunAsync(settings, arguments.InvocationConfiguration.Error, cancellationToken);
        });
        return command;
    }

    private static List<KeyValuePair<string, string>> Settings(int port, int history, bool keyed)
    {
        var settings = new List<KeyValuePair<string, string>>
        {
            new("http_server.port", port.ToString(CultureInfo.InvariantCulture)),
            new("http_server.address", "127.0.0.1"),
            new("log.level", "error"),
            new("prometheus.enabled", "true"),
            new("http_server.metrics_port", "0"),
        };
        if (history > 0)
        {
            settings.Add(new("channel.without_namespace.history_size", history.ToString(CultureInfo.InvariantCulture)));
            settings.Add(new("channel.without_namespace.history_ttl", "10m"));
            settings.Add(new("channel.without_namespace.force_recovery", "true"));
        }
        if (keyed)
        {
            settings.Add(new("channel.namespaces", """[{"name": "keyed", "subscription_type": "map", "map": {"mode": "persistent"}}]"""));
            settings.Add(new("client.write_stall_timeout", "5m"));
            settings.Add(new("client.ping_interval", "10m"));   // who does not read answers no ping
        }
        return settings;
    }

    private static async Task<int> RunAsync(List<KeyValuePair<string, string>> settings, TextWriter error, CancellationToken cancellationToken)
    {
        var configuration = LoadedConfiguration.Load(new ConfigurationOrigin(File: null, Environment: [], Flags: settings));
        if (!configuration.IsValid)
        {
            CheckConfigCommand.Print(configuration.Notices, error);
            return ExitCodes.BadConfiguration;
        }
        var server = new StarlingServer(configuration, error)
        {
            ExtendEngine = engine => engine.MapRpc("echo", static call => ValueTask.FromResult(RpcResult.Ok(call.Data))),
        };
        return await server.RunAsync(cancellationToken);
    }
}
