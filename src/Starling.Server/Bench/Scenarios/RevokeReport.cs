using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Starling.Server.Bench.Scenarios;

/// <summary>What came of <c>bench revoke</c>.</summary>
internal sealed record RevokeReport : IScenarioReport
{
    /// <summary>Of the 99th percentile.</summary>
    private const double MsMax = 1000;

    public required int Users { get; init; }
    public required int Connections { get; init; }

    /// <summary>Connections that were closed with 3500.</summary>
    public required int Revoked { get; init; }

    /// <summary>From the first call to the last closed connection.</summary>
    public double Seconds { get; init; }

    /// <summary>From the call of the API to the closed connection; infinite for one that stayed open.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public double P50Ms { get; init; }
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public double P99Ms { get; init; }
    [JsonNumberHandling(JsonNumberHandling.AllowNamedFloatingPointLiterals)]
    public double MaxMs { get; init; }

    /// <summary>CPU time of the server in that time; null when its process was not named.</summary>
    public double? ServerCpuSeconds { get; init; }
    public long Errors { get; init; }
    public IReadOnlyList<string> ErrorTexts { get; init; } = [];

    /// <summary>Everybody was told 3500, and 99 of 100 within a second.</summary>
    [JsonIgnore]
    public bool IsClean => Errors == 0 && Revoked == Connections && P99Ms < MsMax;

    public Table ToTable()
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");
        void Row(string name, FormattableString value) => table.AddRow(Markup.Escape(name), Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));

        Row("users, connections", $"{Users:N0}, {Connections:N0}");
        Row("closed with 3500", $"{Revoked:N0} in {Seconds:F2} s");
        Row("call to closed: p50 / p99 / longest", $"{P50Ms:F1} / {P99Ms:F1} / {MaxMs:F1} ms");
        if (ServerCpuSeconds is { } cpu) Row("server CPU", $"{cpu:F2} s, {cpu * 1e6 / Users:F0} µs per user");
        if (Errors > 0) Row("errors", $"{Errors}: {string.Join("; ", ErrorTexts)}");
        return table;
    }
}

[JsonSerializable(typeof(RevokeReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class RevokeReportJson : JsonSerializerContext;
