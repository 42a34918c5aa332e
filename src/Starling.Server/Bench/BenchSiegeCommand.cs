using System.CommandLine;
using System.Text.Json;
using Starling.Server.Bench.Scenarios;
using Starling.Server.Bench.Siege;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench siege</c>: clients that behave beside peers that attack, against a server it starts itself.</summary>
internal static class BenchSiegeCommand
{
    private static readonly Option<int> s_healthy = BenchOptions.Number("--healthy", 800, 10, "Clients that behave, in rooms of ten");
    private static readonly Option<int> s_hostile = BenchOptions.Number("--hostile", 200, 1, "Peers that attack");
    private static readonly Option<int> s_rate = BenchOptions.Number("--rate", 5, 1, "Publications per second and room");
    private static readonly Option<TimeSpan> s_warmup = BenchOptions.Time("--warmup", "3m", "Load and attacks before anything is measured");
    private static readonly Option<TimeSpan> s_before = BenchOptions.Time("--before", "60s", "Then: measured time without attacks");
    private static readonly Option<TimeSpan> s_duration = BenchOptions.Time("--duration", "10m", "Measured time with attacks");
    private static readonly Option<TimeSpan> s_after = BenchOptions.Time("--after", "60s", "Time after which the memory must be back");
    private static readonly Option<int> s_seed = BenchOptions.Number("--seed", 1, 0, "Of the order of attacks");
    private static readonly Option<string[]> s_only = new("--only")
    {
        Description = "Attacks to make, by their numbers, instead of all",
        HelpName = "number",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => [],
    };

    private static readonly Option<FileInfo?> s_json = new("--json") { Description = "Write the result to this file, too", HelpName = "file" };

    public static Command Create()
    {
        var command = new Command("siege", "Attack a server in every way there is while others use it, and check that they notice nothing.")
        {
            s_healthy, s_hostile, s_rate, s_warmup, s_before, s_duration, s_after, s_seed, s_only, s_json,
        };
        s_only.AcceptOnlyFromAmong([.. AttackList.All.Select(static act => act.Number).Distinct()]);
        command.SetAction(RunAsync);
        command.Subcommands.Add(CreateCrowd());
        return command;
    }

    /// <summary>Those who attack, as a process of their own, which the scenario starts.</summary>
    private static Command CreateCrowd()
    {
        var port = new Option<int>("--port") { Required = true };
        var crowd = new Command(SiegeRun.CrowdCommand, "Attack a server on this machine and tell what came of it.") { port, s_hostile, s_duration, s_seed, s_only };
        crowd.Hidden = true;
        crowd.SetAction(async (arguments, cancellationToken) =>
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            over.CancelAfter(arguments.GetValue(s_duration));
            var peers = new HostileCrowd(arguments.GetValue(port), arguments.GetValue(s_hostile), arguments.GetValue(s_seed), arguments.GetValue(s_only)!);
            await peers.RunAsync(over.Token);
            Console.WriteLine(JsonSerializer.Serialize(peers.Report, CrowdReportJson.Default.CrowdReport));
            return 0;
        });
        return crowd;
    }

    private static Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (healthy, hostile) = (arguments.GetValue(s_healthy), arguments.GetValue(s_hostile));
        return ScenarioServer.PlayAsync(
            healthy + hostile, ["--guarded", "--siege", "--history", "100"], PlayAsync, arguments.GetValue(s_json), SiegeReportJson.Default.SiegeReport, cancellationToken);

        async Task<SiegeReport> PlayAsync(int port, int server)
        {
            using var run = new SiegeRun(new SiegeSettings(
                port, healthy, hostile, arguments.GetValue(s_rate), arguments.GetValue(s_warmup), arguments.GetValue(s_before),
                arguments.GetValue(s_duration), arguments.GetValue(s_after), arguments.GetValue(s_seed), arguments.GetValue(s_only)!, server));
            return await run.ExecuteAsync(cancellationToken);
        }
    }
}
