using System.Text.Json.Serialization;

namespace Starling.Server.Bench.Load;

/// <summary>The result of one run. Times are microseconds where the name says so; null where nothing was measured.</summary>
internal sealed record RunReport
{
    public required string Url { get; init; }
    public required string Protocol { get; init; }
    public string Transport { get; init; } = "websocket";
    public required string Mode { get; init; }
    public required int Connections { get; init; }
    public required int Rooms { get; init; }
    public required int PayloadBytes { get; init; }
    public required bool Saturated { get; init; }
    public required double WarmupSeconds { get; init; }
    public required double Seconds { get; init; }

    /// <summary>Publications sent in the measured time (calls in echo mode).</summary>
    public long Publications { get; init; }

    /// <summary>Copies these should have brought, and copies that came; a difference is loss.</summary>
    public long Expected { get; init; }
    public long Received { get; init; }
    public long Duplicates { get; init; }
    public long OrderErrors { get; init; }

    /// <summary>Copies that arrived in the measured time, per second.</summary>
    public double DeliveriesPerSecond { get; init; }

    /// <summary>From the publisher's send to each copy.</summary>
    public LatencyReport? Latency { get; init; }

    /// <summary>From the publisher's send to the last copy of the publication.</summary>
    public LatencyReport? LastCopy { get; init; }

    /// <summary>CPU time of the server per copy.</summary>
    public CpuReport? ServerCpu { get; init; }

    /// <summary>CPU time of the load generator per copy; when it nears a core, the generator is what was measured.</summary>
    public CpuReport? GeneratorCpu { get; init; }

    /// <summary>Memory of the server before any connection was open, and with all of them.</summary>
    public long? MemoryBeforeBytes { get; init; }
    public long? MemoryAfterBytes { get; init; }
    public double? MemoryPerConnectionBytes { get; init; }

    public long Errors { get; init; }
    public IReadOnlyList<string> ErrorTexts { get; init; } = [];

    /// <summary>Everything asked for was done and nothing was lost, repeated or out of order.</summary>
    [JsonIgnore]
    public bool IsClean => Errors == 0 && Expected == Received && Duplicates == 0 && OrderErrors == 0;
}

/// <summary>A distribution of durations in microseconds.</summary>
internal sealed record LatencyReport(double P50Us, double P99Us, double MaxUs)
{
    public static LatencyReport? Of(LatencyHistogram histogram) => histogram.Count == 0
        ? null
        : new LatencyReport(histogram.Percentile(0.5) / 1e3, histogram.Percentile(0.99) / 1e3, histogram.Max / 1e3);
}

/// <summary>CPU time per copy in microseconds, and the share of one core it makes.</summary>
internal sealed record CpuReport(double UserUs, double SystemUs, double TotalUs, double Cores)
{
    public static CpuReport? Of(CpuTime? used, long copies, TimeSpan wall) => used is not { } time || copies == 0
        ? null
        : new CpuReport(time.User.TotalMicroseconds / copies, time.System.TotalMicroseconds / copies,
            time.Total.TotalMicroseconds / copies, time.Total / wall);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RunReport))]
internal sealed partial class RunReportJson : JsonSerializerContext;
