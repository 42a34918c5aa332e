using System.CommandLine;
using Starling.Server.Bench.Scenarios;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench revoke</c>: users are revoked by the API while they are connected, against a server it starts itself.</summary>
internal static class BenchRevokeCommand
{
    private static readonly Option<int> s_users = BenchOptions.Number("--users", 1000, 1, "Users");
    private static readonly Option<int> s_each = BenchOptions.Number("--each", 5, 1, "Connections of each");
    private static readonly Option<int> s_atOnce = BenchOptions.Number("--at-once", 8, 1, "Calls of the API on their way at a time");
    private static readonly Option<FileInfo?> s_json = new("--json") { Description = "Write the result to this file, too", HelpName = "file" };

    public static Command Create()
    {
        var command = new Command("revoke", "Revoke every user by a call of the API, and measure the time to the closed connections.") { s_users, s_each, s_atOnce, s_json };
        command.SetAction(RunAsync);
        return command;
    }

    private static Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (users, each) = (arguments.GetValue(s_users), arguments.GetValue(s_each));
        return ScenarioServer.PlayAsync(users * each, ["--guarded"], PlayAsync, arguments.GetValue(s_json), RevokeReportJson.Default.RevokeReport, cancellationToken);

        async Task<RevokeReport> PlayAsync(int port, int server)
        {
            using var run = new RevokeRun(new RevokeSettings(
                new Uri($"ws://127.0.0.1:{port}"), new Uri($"http://127.0.0.1:{port}/api/revoke"), users, each, arguments.GetValue(s_atOnce), server));
            return await run.ExecuteAsync(cancellationToken);
        }
    }
}
