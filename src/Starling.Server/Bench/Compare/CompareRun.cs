using System.Globalization;
using System.Text.Json;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Compare;

/// <summary>Measures every workload against every peer, in turn and again, so that a drift of the machine hits all alike.
/// Each measurement has a fresh server and a fresh generator.</summary>
internal sealed class CompareRun(CompareSettings settings, TextWriter output)
{
    private const int ServerCore = 0, GeneratorCore = 1;

    // Memory needs no long warm-up: what must be warm is the code that accepts connections.
    private static readonly TimeSpan s_idleWarmup = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_startPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_slack = TimeSpan.FromSeconds(60);

    public async Task<List<Measurement>> ExecuteAsync(CancellationToken cancellationToken)
    {
        var measurements = new List<Measurement>();
        for (var run = 1; run <= settings.Runs; run++)
        {
            foreach (var workload in settings.Workloads)
            {
                foreach (var peer in settings.Peers)
                {
                    var measurement = await MeasureAsync(workload, peer, run, cancellationToken);
                    measurements.Add(measurement);
                    await output.WriteLineAsync(Line(measurement, workload));
                    await output.FlushAsync(cancellationToken);
                }
            }
        }
        return measurements;
    }

    private async Task<Measurement> MeasureAsync(Workload workload, Peer peer, int run, CancellationToken cancellationToken)
    {
        var port = ChildProcess.FreePort();
        using var server = ChildProcess.Start(peer.Command(settings.Root, port), ServerCore, settings.Root);
        var measurement = new Measurement { Workload = workload.Id, Peer = peer.Name, Run = run };
        if (!await server.ListensAsync(port, s_startPatience, cancellationToken))
        {
            server.End();
            var said = await server.WaitAsync(s_startPatience, cancellationToken);
            return measurement with { Failure = $"the server did not start: {said?.Text.Trim()}" };
        }
        return await GenerateAsync(measurement, workload, peer, $"ws://127.0.0.1:{port}", server.Id, cancellationToken);
    }

    private async Task<Measurement> GenerateAsync(
        Measurement measurement, Workload workload, Peer peer, string url, int serverId, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        try
        {
            var warmup = workload.IsIdle && settings.Warmup > s_idleWarmup ? s_idleWarmup : settings.Warmup;
            using var generator = ChildProcess.Start(
                Peer.Self(["bench", "run", .. workload.Arguments, "--url", url, "--wire", $"{peer.Protocol}",
                    "--server-pid", $"{serverId}", "--warmup", Seconds(warmup), "--duration", Seconds(settings.Duration),
                    "--json", file, "--quiet"]),
                GeneratorCore,
                settings.Root);
            var ended = await generator.WaitAsync(warmup + settings.Duration + s_slack, cancellationToken);
            if (ended is not { } end) return measurement with { Failure = "the generator did not end in time" };
            var json = await File.ReadAllBytesAsync(file, cancellationToken);
            if (json.Length == 0) return measurement with { Failure = $"the generator failed: {end.Text.Trim()}" };
            return measurement with { Report = JsonSerializer.Deserialize(json, RunReportJson.Default.RunReport) };
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Line(Measurement measurement, Workload workload)
    {
        var start = $"run {measurement.Run}  {measurement.Workload}  {measurement.Peer,-18}";
        if (measurement.Report is not { } report) return $"{start}{measurement.Failure}";
        var values = workload.Metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Value(report),10:N1} {metric.Unit}"));
        return start + string.Join("  ", values) + (report.IsClean ? "" : "  NOT CLEAN: " + Trouble(report));
    }

    private static string Trouble(RunReport report) =>
        $"{report.Expected - report.Received} lost, {report.Duplicates} repeated, {report.OrderErrors} out of order, " +
        $"{report.Errors} errors {string.Join("; ", report.ErrorTexts)}";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString(CultureInfo.InvariantCulture) + "s";
}

/// <summary>One workload against one peer, once: a report or the reason why there is none.</summary>
internal sealed record Measurement
{
    public required string Workload { get; init; }
    public required string Peer { get; init; }
    public required int Run { get; init; }
    public string? Failure { get; init; }
    public RunReport? Report { get; init; }
}
