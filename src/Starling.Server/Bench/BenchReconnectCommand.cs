using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Starling.Server.Bench.Compare;
using Starling.Server.Bench.Scenarios;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench reconnect</c>: a whole channel is cut and comes back, against a server it starts itself.</summary>
internal static class BenchReconnectCommand
{
    private const int Clean = 0, NotClean = 1, Refused = 2;

    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(20);

    private static readonly Option<int> s_clients = BenchOptions.Number("--clients", 2000, 1, "Clients of the one channel");
    private static readonly Option<int> s_history = BenchOptions.Number("--history", 100, 1, "Publications the channel keeps");
    private static readonly Option<int> s_missed = BenchOptions.Number("--missed", 80, 0, "Publications while all are away");
    private static readonly Option<int> s_rounds = BenchOptions.Number("--rounds", 5, 1, "How often; the last one is reported, the others warm the server up");
    private static readonly Option<int> s_payload = BenchOptions.Number("--payload", 128, Frames.Payload.BytesMin, "Bytes of data per publication");
    private static readonly Option<FileInfo?> s_json = new("--json") { Description = "Write the result to this file, too", HelpName = "file" };

    public static Command Create()
    {
        var command = new Command("reconnect", "Cut all clients of a channel at once and let them come back, each from its own position.")
        {
            s_clients, s_history, s_missed, s_rounds, s_payload, s_json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var clients = arguments.GetValue(s_clients);
        if (!FileLimit.Allows(clients, out var limit))
        {
            await Console.Error.WriteLineAsync($"{clients} clients need more open files than this process may have ({limit}). Raise the limit (ulimit -n).");
            return Refused;
        }
        var port = ChildProcess.FreePort();
        var history = arguments.GetValue(s_history).ToString(CultureInfo.InvariantCulture);
        var target = Peer.Self("bench", "target", "--port", port.ToString(CultureInfo.InvariantCulture), "--history", history);
        using var server = ChildProcess.Start(target, core: 0, Environment.CurrentDirectory);
        if (!await server.ListensAsync(port, s_startPatience, cancellationToken))
        {
            await Console.Error.WriteLineAsync("The server did not start.");
            return Refused;
        }
        using var run = new ReconnectRun(new ReconnectSettings(
            new Uri($"ws://127.0.0.1:{port}"), new Uri($"http://127.0.0.1:{port}/metrics"),
            clients, arguments.GetValue(s_missed), arguments.GetValue(s_rounds), arguments.GetValue(s_payload), server.Id));
        var report = await run.ExecuteAsync(cancellationToken);
        if (arguments.GetValue(s_json) is { } file)
        {
            await File.WriteAllTextAsync(file.FullName, JsonSerializer.Serialize(report, ReconnectReportJson.Default.ReconnectReport) + "\n", cancellationToken);
        }
        AnsiConsole.Write(report.ToTable());
        return report.IsClean ? Clean : NotClean;
    }
}
