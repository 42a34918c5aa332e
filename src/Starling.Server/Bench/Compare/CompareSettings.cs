namespace Starling.Server.Bench.Compare;

/// <summary>What a comparison does.</summary>
internal sealed record CompareSettings
{
    /// <summary>The repository's folder.</summary>
    public required string Root { get; init; }

    public required IReadOnlyList<Workload> Workloads { get; init; }

    public required IReadOnlyList<Peer> Peers { get; init; }

    /// <summary>Measurements of each pair; the median counts.</summary>
    public int Runs { get; init; } = 3;

    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Every workload, every usual peer, full length: only this may become the published result.</summary>
    public bool IsComplete { get; init; }
}
