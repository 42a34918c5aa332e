using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;
using Starling.Server.Bench.Load;
using Starling.Server.Bench.Scenarios;

namespace Starling.Server.Bench.Siege;

/// <summary>What came of <c>bench siege</c>.</summary>
internal sealed record SiegeReport : IScenarioReport
{
    /// <summary>How much slower deliveries may be for those that behave (invariant I8).</summary>
    private const double SlowerMax = 2;

    /// <summary>How much more memory the server may hold a minute after the attacks (invariant I7).</summary>
    private const double MemoryMax = 1.1;

    public required int Healthy { get; init; }
    public required int Hostile { get; init; }
    public required double Seconds { get; init; }

    /// <summary>Attacks made, and of them those that a limit kept out.</summary>
    public int Attacks { get; init; }
    public int Shed { get; init; }

    /// <summary>Attacks that were not answered as they should.</summary>
    public IReadOnlyList<string> WrongEnds { get; init; } = [];

    /// <summary>Of the clients that behave: still connected at the end.</summary>
    public int StillOpen { get; init; }

    /// <summary>Their copies, of everything published since the warm-up.</summary>
    public long Expected { get; init; }
    public long Received { get; init; }
    public long Duplicates { get; init; }
    public long OutOfOrder { get; init; }

    /// <summary>From a publisher's send to each copy.</summary>
    public LatencyReport? LatencyBefore { get; init; }
    public LatencyReport? LatencyDuring { get; init; }
    public LatencyReport? LatencyAfter { get; init; }

    /// <summary>Of the server, in cores.</summary>
    public double CpuBefore { get; init; }
    public double CpuDuring { get; init; }
    public long MemoryBeforeBytes { get; init; }
    public long MemoryMaxBytes { get; init; }
    public long MemoryAfterBytes { get; init; }

    /// <summary>All who attacked have ended: none hangs at the server.</summary>
    public bool AttackersEnded { get; init; }
    public long Errors { get; init; }
    public IReadOnlyList<string> ErrorTexts { get; init; } = [];

    /// <summary>Nobody who behaves lost anything, or the connection.</summary>
    [JsonIgnore]
    public bool IsUnharmed => Errors == 0 && StillOpen == Healthy && Received == Expected && Duplicates == 0 && OutOfOrder == 0;

    [JsonIgnore]
    public bool IsClean => IsUnharmed && AttackersEnded && WrongEnds.Count == 0
        && LatencyDuring?.P99Us <= LatencyBefore?.P99Us * SlowerMax && MemoryAfterBytes <= MemoryBeforeBytes * MemoryMax;

    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");
        void Row(string name, FormattableString value) => table.AddRow(Markup.Escape(name), Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));

        Row("clients, attackers", $"{Healthy:N0}, {Hostile:N0} for {Seconds:F0} s");
        Row("attacks", $"{Attacks:N0}, {Shed:N0} of them kept out by a limit");
        Row("clients still connected", $"{StillOpen:N0} of {Healthy:N0}");
        Row("deliveries", $"{Received:N0} of {Expected:N0}, {Duplicates} twice, {OutOfOrder} out of order");
        Row("latency before: p50 / p99 / longest", $"{Ms(LatencyBefore)}");
        Row("latency during", $"{Ms(LatencyDuring)}");
        Row("latency after", $"{Ms(LatencyAfter)}");
        Row("server CPU", $"{100 * CpuBefore:F0} % of a core before, {100 * CpuDuring:F0} % during");
        Row("server memory", $"{MemoryBeforeBytes / 1048576.0:F1} MiB before, {MemoryMaxBytes / 1048576.0:F1} MiB at most, {MemoryAfterBytes / 1048576.0:F1} MiB after");
        foreach (var wrong in WrongEnds) Row("NOT ANSWERED AS IT SHOULD", $"{wrong}");
        if (!AttackersEnded) Row("NOT ENDED", $"an attacker still waits for the server");
        if (Errors > 0) Row("errors", $"{Errors}: {string.Join("; ", ErrorTexts)}");
        return table;
    }

    private static string Ms(LatencyReport? latency) => latency is null ? "-" : string.Create(CultureInfo.InvariantCulture,
        $"{latency.P50Us / 1000:F2} / {latency.P99Us / 1000:F2} / {latency.MaxUs / 1000:F1} ms");
}

[JsonSerializable(typeof(SiegeReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class SiegeReportJson : JsonSerializerContext;
