using System.CommandLine;
using Starling.Server.Bench.Drain;
using Starling.Server.Hosting;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench drain</c>: ends a server that is in use, and looks at what its clients see.</summary>
internal static class BenchDrainCommand
{
    private static readonly Option<int> s_connections = BenchOptions.Number("--connections", 5_000, 1, "Clients");
    private static readonly Option<int> s_rate = BenchOptions.Number("--rate", 500, 1, "Publications a second, of all clients together");

    public static Command Create()
    {
        var command = new Command("drain",
            "Start two servers, connect clients to one, end it with SIGTERM while they publish, and check that every client is told, comes back to the other, and loses nothing.")
        {
            s_connections, s_rate,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var output = arguments.InvocationConfiguration.Output;
        var connections = arguments.GetValue(s_connections);
        if (!FileLimit.Allows(connections, out var limit))
        {
            await arguments.InvocationConfiguration.Error.WriteLineAsync($"{connections} connections need more than the {limit} files a process may open; see ulimit -n.");
            return ExitCodes.Failure;
        }
        var report = await new DrainRun(connections, arguments.GetValue(s_rate), output).RunAsync(cancellationToken);
        await report.WriteAsync(output);
        return report.Failures.Count == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }
}
