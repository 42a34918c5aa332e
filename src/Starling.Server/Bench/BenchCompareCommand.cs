using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Starling.Server.Bench.Compare;
using Starling.Server.Hosting;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench compare</c>: the workloads W1 to W6 against this server and its peers.</summary>
internal static class BenchCompareCommand
{
    private const string ResultFile = "bench/results/latest.json", Readme = "README.md";

    private static readonly Option<string[]> s_only = new("--only")
    {
        Description = $"Workloads, comma-separated: {string.Join(", ", Workload.All.Select(workload => workload.Id))}",
        HelpName = "list",
    };

    private static readonly Option<string[]> s_peers = new("--peers")
    {
        Description = $"Servers, comma-separated: {string.Join(", ", Peer.All.Select(peer => peer.Name))}",
        HelpName = "list",
    };

    private static readonly Option<FileInfo> s_against = new Option<FileInfo>("--against")
    {
        Description = "Measure another build of this server too: its Starling.Server.dll",
        HelpName = "file",
    }.AcceptExistingOnly();

    private static readonly Option<int> s_runs = BenchOptions.Number("--runs", 3, 1, "Measurements of each pair; the median counts");
    private static readonly Option<TimeSpan> s_warmup = BenchOptions.Time("--warmup", "30s", "Load before each measurement, not measured");
    private static readonly Option<TimeSpan> s_duration = BenchOptions.Time("--duration", "15s", "Measured time");
    private static readonly Option<bool> s_quick = new("--quick") { Description = "Once, 8 s of warm-up, 5 s measured: for development" };
    private static readonly Option<FileInfo?> s_json = new("--json") { Description = "Write the result to this file", HelpName = "file" };

    public static Command Create()
    {
        var command = new Command("compare",
            $"Measure this server and its peers. A complete comparison takes about an hour and writes {ResultFile} and the table of {Readme}.")
        {
            s_only, s_peers, s_against, s_runs, s_warmup, s_duration, s_quick, s_json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
        if (PeerSetup.FindRoot(Environment.CurrentDirectory) is not { } root)
        {
            await error.WriteLineAsync("Run it inside a checkout of the repository: the peers are in bench/peers.");
            return ExitCodes.BadConfiguration;
        }
        var workloads = Choose(Words(arguments.GetValue(s_only)), Workload.All, workload => workload.Id, error);
        var peers = Choose(Words(arguments.GetValue(s_peers)) ?? Peer.Usual, Peer.All, peer => peer.Name, error);
        if (workloads is null || peers is null) return ExitCodes.BadConfiguration;
        if (arguments.GetValue(s_against) is { } other) peers = [.. peers, Peer.Before(other.FullName)];

        var isQuick = arguments.GetValue(s_quick);
        var setup = new PeerSetup(root);
        var settings = new CompareSettings
        {
            Root = root,
            Workloads = workloads,
            Peers = await PrepareAsync(setup, peers, error, cancellationToken),
            Runs = isQuick ? 1 : arguments.GetValue(s_runs),
            Warmup = isQuick ? TimeSpan.FromSeconds(8) : arguments.GetValue(s_warmup),
            Duration = isQuick ? TimeSpan.FromSeconds(5) : arguments.GetValue(s_duration),
            IsComplete = !isQuick && workloads.Length == Workload.All.Length && Peer.Usual.All(name => peers.Any(peer => peer.Name == name)),
        };
        if (settings.Peers.Count == 0) return ExitCodes.Failure;
        var measurements = await new CompareRun(settings, output).ExecuteAsync(cancellationToken);
        await WriteAsync(Report(settings, setup, measurements), settings, arguments.GetValue(s_json), output, cancellationToken);
        return measurements.TrueForAll(one => one.Report is { IsClean: true }) ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static async Task<List<Peer>> PrepareAsync(PeerSetup setup, Peer[] peers, TextWriter error, CancellationToken cancellationToken)
    {
        var ready = new List<Peer>();
        foreach (var peer in peers)
        {
            var obstacle = await setup.PrepareAsync(peer, cancellationToken);
            if (obstacle is null) ready.Add(peer);
            else await error.WriteLineAsync($"{peer.Title} does not take part: {obstacle}");
        }
        return ready;
    }

    private static CompareReport Report(CompareSettings settings, PeerSetup setup, List<Measurement> measurements) => new()
    {
        Date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        Machine = Machine.Here(setup.NodeVersion),
        Versions = new SortedDictionary<string, string>(settings.Peers.ToDictionary(peer => peer.Name, setup.VersionOf), StringComparer.Ordinal),
        Runs = settings.Runs,
        WarmupSeconds = settings.Warmup.TotalSeconds,
        Seconds = settings.Duration.TotalSeconds,
        Pinned = Cores.CanPin,
        Rows = CompareReport.RowsOf(settings.Workloads, settings.Peers, measurements),
        Measurements = measurements,
    };

    private static async Task WriteAsync(
        CompareReport report, CompareSettings settings, FileInfo? file, TextWriter output, CancellationToken cancellationToken)
    {
        var table = CompareMarkdown.Table(report);
        await output.WriteLineAsync("\n" + table);
        var json = JsonSerializer.Serialize(report, CompareReportJson.Default.CompareReport) + "\n";
        if (file is not null) await File.WriteAllTextAsync(file.FullName, json, cancellationToken);
        if (!settings.IsComplete) return;

        var result = Path.Combine(settings.Root, ResultFile);
        Directory.CreateDirectory(Path.GetDirectoryName(result)!);
        await File.WriteAllTextAsync(result, json, cancellationToken);
        var readme = Path.Combine(settings.Root, Readme);
        if (CompareMarkdown.Insert(await File.ReadAllTextAsync(readme, cancellationToken), table) is { } document)
        {
            await File.WriteAllTextAsync(readme, document, cancellationToken);
        }
        await output.WriteLineAsync($"Written to {ResultFile} and {Readme}.");
    }

    private static string[]? Words(string[]? values) =>
        values is null or [] ? null : [.. values.SelectMany(value => value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private static TItem[]? Choose<TItem>(string[]? names, TItem[] all, Func<TItem, string> nameOf, TextWriter error)
    {
        if (names is null) return all;
        var chosen = new List<TItem>();
        foreach (var name in names)
        {
            var found = all.Where(item => string.Equals(nameOf(item), name, StringComparison.OrdinalIgnoreCase)).ToArray();
            if (found.Length == 0)
            {
                error.WriteLine($"'{name}' is not one of {string.Join(", ", all.Select(nameOf))}.");
                return null;
            }
            chosen.AddRange(found);
        }
        return [.. chosen];
    }
}
