using System.CommandLine;
using System.Globalization;
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
        var command = new Command("target", "Run the server to be measured: no tokens, no permissions, no history, a method 'echo'.") { port };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            arguments.GetValue(port), arguments.InvocationConfiguration.Error, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int port, TextWriter error, CancellationToken cancellationToken)
    {
        var configuration = LoadedConfiguration.Load(new ConfigurationOrigin(File: null, Environment: [], Flags:
        [
            KeyValuePair.Create("http_server.port", port.ToString(CultureInfo.InvariantCulture)),
            KeyValuePair.Create("http_server.address", "127.0.0.1"),
            KeyValuePair.Create("log.level", "error"),
            KeyValuePair.Create("client.insecure", "true"),
        ]));
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
