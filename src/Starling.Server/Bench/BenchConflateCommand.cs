using System.CommandLine;
using Starling.Server.Bench.Scenarios;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench conflate</c>: a keyed channel read at a rate, against a server it starts itself.</summary>
internal static class BenchConflateCommand
{
    private static readonly Option<int> s_subscriptions = BenchOptions.Number("--subscriptions", 5000, 1, "Subscribers of the one channel");
    private static readonly Option<int> s_keys = BenchOptions.Number("--keys", 500, 1, "Keys of the channel");
    private static readonly Option<int> s_changes = BenchOptions.Number("--changes", 5000, 1, "Values written per second");
    private static readonly Option<int> s_rate = BenchOptions.Number("--rate", 2, 0, "Times per second each subscriber wants to be written to; 0 for no bound");
    private static readonly Option<int> s_stopped = BenchOptions.Number("--stopped", 50, 0, "Subscribers that do not read while it is measured");
    private static readonly Option<int> s_payload = BenchOptions.Number("--payload", 24, Frames.Payload.BytesMin, "Bytes of a value");
    private static readonly Option<TimeSpan> s_warmup = BenchOptions.Time("--warmup", "10s", "Load before the measurement");
    private static readonly Option<TimeSpan> s_duration = BenchOptions.Time("--duration", "60s", "Measured time");
    private static readonly Option<FileInfo?> s_json = new("--json") { Description = "Write the result to this file, too", HelpName = "file" };

    public static Command Create()
    {
        var command = new Command("conflate", "Change a keyed channel faster than its subscribers want to know; some of them stop reading.")
        {
            s_subscriptions, s_keys, s_changes, s_rate, s_stopped, s_payload, s_warmup, s_duration, s_json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var subscriptions = arguments.GetValue(s_subscriptions);
        return ScenarioServer.PlayAsync(subscriptions, ["--keyed"], PlayAsync, arguments.GetValue(s_json), ConflateReportJson.Default.ConflateReport, cancellationToken);

        Task<ConflateReport> PlayAsync(int port, int server)
        {
            using var run = new ConflateRun(new ConflateSettings(
                new Uri($"ws://127.0.0.1:{port}"), subscriptions, arguments.GetValue(s_keys), arguments.GetValue(s_changes), arguments.GetValue(s_rate),
                Math.Min(subscriptions, arguments.GetValue(s_stopped)), arguments.GetValue(s_payload), arguments.GetValue(s_warmup),
                arguments.GetValue(s_duration), server));
            return Task.FromResult(run.Execute(cancellationToken));
        }
    }
}
