using Starling.Server.Bench.Drivers;

namespace Starling.Server.Bench.Load;

/// <summary>What one run does.</summary>
internal sealed record RunSettings
{
    public required Uri Url { get; init; }

    public BenchProtocol Protocol { get; init; } = BenchProtocol.Json;

    public BenchTransport Transport { get; init; } = BenchTransport.WebSocket;

    public LoadMode Mode { get; init; } = LoadMode.Fanout;

    /// <summary>Connections that subscribe, call or idle; publishers of <see cref="LoadMode.Fanout"/> come on top.</summary>
    public int Connections { get; init; } = 1000;

    /// <summary>Rooms the connections are dealt out to; 0 for none (idle only).</summary>
    public int Rooms { get; init; } = 1;

    /// <summary>Connections that publish in <see cref="LoadMode.Fanout"/>; each room has one of them.</summary>
    public int Publishers { get; init; } = 1;

    /// <summary>Publications per second: per room in <see cref="LoadMode.Fanout"/>, per member in <see cref="LoadMode.Members"/>.</summary>
    public double Rate { get; init; } = 50;

    /// <summary>Publish as fast as the server takes it instead of at <see cref="Rate"/> (<see cref="LoadMode.Fanout"/> only).</summary>
    public bool Saturate { get; init; }

    /// <summary>Publications on their way at a time when saturating.</summary>
    public int InFlight { get; init; } = 64;

    /// <summary>Bytes of a publication's data: a JSON string, quotes included.</summary>
    public int PayloadBytes { get; init; } = 128;

    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The process whose CPU time and memory are read; none when the server runs elsewhere.</summary>
    public int? ServerPid { get; init; }
}

/// <summary>Who sends what.</summary>
internal enum LoadMode
{
    /// <summary>A publisher on its own connection, everyone else subscribes.</summary>
    Fanout,

    /// <summary>Every connection is a member of a room and publishes into it.</summary>
    Members,

    /// <summary>Every connection calls the server, waits for the answer and calls again.</summary>
    Echo,

    /// <summary>Connections that do nothing: what does holding them cost?</summary>
    Idle,
}
