using System.Text.Json.Serialization;

namespace Starling.Server.Bench.Compare;

/// <summary>The result of a comparison.</summary>
internal sealed record CompareReport
{
    public required string Date { get; init; }
    public required Machine Machine { get; init; }

    /// <summary>Versions of what was measured, by peer.</summary>
    public required SortedDictionary<string, string> Versions { get; init; }
    public required int Runs { get; init; }
    public required double WarmupSeconds { get; init; }
    public required double Seconds { get; init; }

    /// <summary>Server and generator had a core of their own.</summary>
    public required bool Pinned { get; init; }
    public required IReadOnlyList<CompareRow> Rows { get; init; }
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    public static IReadOnlyList<CompareRow> RowsOf(IEnumerable<Workload> workloads, IReadOnlyList<Peer> peers, IReadOnlyList<Measurement> measurements) =>
        [.. from workload in workloads from metric in workload.Metrics select RowOf(workload, metric, peers, measurements)];

    /// <summary>The middle value; of an even number the mean of the two in the middle.</summary>
    public static double? Median(IEnumerable<double?> values)
    {
        var sorted = values.OfType<double>().Order().ToArray();
        return sorted.Length == 0 ? null : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static CompareRow RowOf(Workload workload, Metric metric, IReadOnlyList<Peer> peers, IReadOnlyList<Measurement> measurements)
    {
        var cells = new List<CompareCell>();
        foreach (var peer in peers)
        {
            var own = measurements.Where(one => one.Workload == workload.Id && one.Peer == peer.Name).ToArray();
            cells.Add(new CompareCell
            {
                Peer = peer.Name,
                Value = Median(own.Select(one => one.Report is { } report ? metric.Value(report) : null)),
                IsClean = own.All(one => one.Report is { IsClean: true }),
            });
        }
        var reference = cells.FirstOrDefault(cell => cell.Peer == Peer.Own)?.Value;
        return new CompareRow
        {
            Workload = workload.Id,
            Title = metric.Title,
            Unit = metric.Unit,
            MoreIsBetter = metric.MoreIsBetter,
            Cells = [.. cells.Select(cell => cell with { StarlingIsBetterBy = metric.MoreIsBetter ? reference / cell.Value : cell.Value / reference })],
        };
    }
}

/// <summary>One metric of one workload, for all peers.</summary>
internal sealed record CompareRow
{
    public required string Workload { get; init; }
    public required string Title { get; init; }
    public required string Unit { get; init; }
    public required bool MoreIsBetter { get; init; }
    public required IReadOnlyList<CompareCell> Cells { get; init; }
}

/// <summary>The median of one peer in one row.</summary>
internal sealed record CompareCell
{
    public required string Peer { get; init; }
    public double? Value { get; init; }

    /// <summary>Two: Starling needs half, or does twice as much.</summary>
    public double? StarlingIsBetterBy { get; init; }

    /// <summary>Nothing was lost, repeated or out of order, and no error occurred, in any run.</summary>
    public bool IsClean { get; init; }
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CompareReport))]
internal sealed partial class CompareReportJson : JsonSerializerContext;
