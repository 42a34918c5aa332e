using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Starling.Server.Bench.Scenarios;

/// <summary>What came of <c>bench conflate</c>.</summary>
internal sealed record ConflateReport : IScenarioReport
{
    public required int Subscriptions { get; init; }
    public required int Keys { get; init; }
    public required int Rate { get; init; }
    public required int Stopped { get; init; }
    public required int PayloadBytes { get; init; }
    public required double Seconds { get; init; }

    /// <summary>Values written in the measured time.</summary>
    public required long Changes { get; init; }

    /// <summary>Values that reached subscribers in that time.</summary>
    public required long Received { get; init; }

    /// <summary>CPU time of the server in that time; null when its process was not named.</summary>
    public double? ServerCpuSeconds { get; init; }
    public double GeneratorCpuSeconds { get; init; }
    public long? MemoryIdleBytes { get; init; }
    public long? MemoryBeforeBytes { get; init; }
    public long? MemoryMaxBytes { get; init; }

    /// <summary>Subscribers that held the latest value of every key when the writing had ended, those that had stopped among them.</summary>
    public int WithLatest { get; init; }
    public long OutOfOrder { get; init; }
    public long Errors { get; init; }
    public IReadOnlyList<string> ErrorTexts { get; init; } = [];

    [JsonIgnore]
    public bool IsClean => Errors == 0 && OutOfOrder == 0 && WithLatest == Subscriptions;

    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");
        void Row(string name, FormattableString value) => table.AddRow(Markup.Escape(name), Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));

        Row("subscriptions, rate", $"{Subscriptions:N0}, {Rate}/s each, {Stopped} of them not reading");
        Row("changes", $"{Changes / Seconds:N0}/s over {Keys} keys, {PayloadBytes} bytes each, for {Seconds:F0} s");
        Row("delivered", $"{Received:N0}, {Received / Seconds:N0}/s; without a rate it would have been {Changes * (double)Subscriptions / Seconds:N0}/s");
        Row("with the latest values", $"{WithLatest:N0} of {Subscriptions:N0}, {OutOfOrder} out of order");
        if (ServerCpuSeconds is { } cpu) Row("server CPU", $"{100 * cpu / Seconds:F0} % of a core, {cpu * 1e6 / Math.Max(1, Received):F2} µs per delivery");
        Row("generator CPU", $"{100 * GeneratorCpuSeconds / Seconds:F0} % of a core");
        if (MemoryMaxBytes is { } most) Row("server memory", $"{Mebi(MemoryIdleBytes)} idle, {Mebi(MemoryBeforeBytes)} before, {Mebi(most)} at most while some did not read");
        if (Errors > 0) Row("errors", $"{Errors}: {string.Join("; ", ErrorTexts)}");
        return table;
    }

    private static string Mebi(long? bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:F1} MiB");
}

[JsonSerializable(typeof(ConflateReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class ConflateReportJson : JsonSerializerContext;
