using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Starling.Server.Bench.Scenarios;

/// <summary>What came of <c>bench reconnect</c>. Times and CPU are of the last round, counts of all.</summary>
internal sealed record ReconnectReport : IScenarioReport
{
    public required int Clients { get; init; }
    public required int Missed { get; init; }
    public required int PayloadBytes { get; init; }
    public int Rounds { get; init; }

    /// <summary>From the first connect after the cut to the last client's subscribe reply, and to half of them.</summary>
    public double AllBackSeconds { get; init; }
    public double HalfBackSeconds { get; init; }

    /// <summary>CPU time of the server in that time; null when its process was not named.</summary>
    public double? ServerCpuSeconds { get; init; }
    public double GeneratorCpuSeconds { get; init; }

    /// <summary>Reads of the broker's history in that time.</summary>
    public long HistoryReads { get; init; }

    /// <summary>Reconnects that recovered, and those that did not.</summary>
    public long Recovered { get; init; }
    public long NotRecovered { get; init; }

    /// <summary>Offsets that did not follow the one before, over all clients and rounds.</summary>
    public long Breaks { get; init; }

    /// <summary>Clients that stand at the newest publication at the end.</summary>
    public int AtExactPosition { get; init; }

    public long RecoveredPublications { get; init; }
    public long? MemoryBytes { get; init; }
    public long Errors { get; init; }
    public IReadOnlyList<string> ErrorTexts { get; init; } = [];

    /// <summary>Everybody recovered to the exact position, and nobody saw a hole.</summary>
    [JsonIgnore]
    public bool IsClean => Errors == 0 && NotRecovered == 0 && Breaks == 0 && AtExactPosition == Clients && Recovered == (long)Clients * Rounds;

    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");
        void Row(string name, FormattableString value) => table.AddRow(Markup.Escape(name), Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));

        Row("clients, missed publications", $"{Clients:N0}, {Missed} of {PayloadBytes} bytes each");
        Row("recovered", $"{Recovered:N0} of {(long)Clients * Rounds:N0} in {Rounds} rounds, {RecoveredPublications:N0} publications");
        Row("at the exact position", $"{AtExactPosition:N0} of {Clients:N0}, {Breaks} holes or repeats");
        Row("back: half / all", $"{HalfBackSeconds:F2} / {AllBackSeconds:F2} s");
        if (ServerCpuSeconds is { } cpu) Row("server CPU", $"{cpu:F2} s, {cpu * 1e6 / Clients:F0} µs per client");
        Row("generator CPU", $"{GeneratorCpuSeconds:F2} s");
        Row("reads of the broker's history", $"{HistoryReads}");
        if (MemoryBytes is { } bytes) Row("server memory", $"{bytes / 1048576.0:F1} MiB");
        if (Errors > 0) Row("errors", $"{Errors}: {string.Join("; ", ErrorTexts)}");
        return table;
    }
}

[JsonSerializable(typeof(ReconnectReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class ReconnectReportJson : JsonSerializerContext;
