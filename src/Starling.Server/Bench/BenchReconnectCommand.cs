using System.CommandLine;
using System.Globalization;
using Starling.Server.Bench.Scenarios;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench reconnect</c>: a whole channel is cut and comes back, against a server it starts itself.</summary>
internal static class BenchReconnectCommand
{
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

    private static Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var clients = arguments.GetValue(s_clients);
        string[] options = ["--history", arguments.GetValue(s_history).ToString(CultureInfo.InvariantCulture)];
        return ScenarioServer.PlayAsync(clients, options, PlayAsync, arguments.GetValue(s_json), ReconnectReportJson.Default.ReconnectReport, cancellationToken);

        async Task<ReconnectReport> PlayAsync(int port, int server)
        {
            using var run = new ReconnectRun(new ReconnectSettings(
                new Uri($"ws://127.0.0.1:{port}"), new Uri($"http://127.0.0.1:{port}/metrics"),
                clients, arguments.GetValue(s_missed), arguments.GetValue(s_rounds), arguments.GetValue(s_payload), server));
            return await run.ExecuteAsync(cancellationToken);
        }
    }
}
