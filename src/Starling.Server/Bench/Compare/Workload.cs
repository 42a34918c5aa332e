using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Compare;

/// <summary>One workload of the comparison: what the generator does, and what of its result counts.</summary>
/// <param name="Id">W1 to W6.</param>
/// <param name="Arguments">Arguments of <c>bench run</c>.</param>
/// <param name="Metrics">The rows it makes in the table.</param>
internal sealed record Workload(string Id, string[] Arguments, Metric[] Metrics)
{
    public static readonly Workload[] All =
    [
        new("W1", ["--connections", "1000", "--rate", "50"],
        [
            new("One room, 1,000 subscribers, 50 messages/s: server CPU per delivery", "µs", report => report.ServerCpu?.TotalUs),
        ]),
        // Sixteen on their way keep every server busy without a pause and bound what can wait at it to 16,000 copies.
        new("W2", ["--connections", "1000", "--saturate", "--in-flight", "16"],
        [
            new("The same, as fast as it goes: deliveries per second", "thousand", report => report.DeliveriesPerSecond / 1000) { MoreIsBetter = true },
            new("The same: server CPU per delivery", "µs", report => report.ServerCpu?.TotalUs),
        ]),
        new("W3", ["--connections", "10000", "--rate", "5"],
        [
            new("One room, 10,000 subscribers, 5 messages/s: server CPU per delivery", "µs", report => report.ServerCpu?.TotalUs),
            new("The same: time to the last copy, median", "ms", report => report.LastCopy?.P50Us / 1000),
        ]),
        new("W4", ["--mode", "members", "--connections", "2000", "--rooms", "200", "--rate", "2"],
        [
            new("200 rooms of 10, each member 2 messages/s: server CPU per delivery", "µs", report => report.ServerCpu?.TotalUs),
        ]),
        new("W5", ["--mode", "idle", "--connections", "19000", "--rooms", "0"],
        [
            new("19,000 idle connections: memory per connection", "bytes", report => report.MemoryPerConnectionBytes),
        ]),
        new("W6", ["--mode", "echo", "--connections", "200", "--rooms", "0"],
        [
            new("200 connections calling in a closed loop: server CPU per call", "µs", report => report.ServerCpu?.TotalUs),
        ]),
    ];

    public bool IsIdle => Id == "W5";
}

/// <summary>One number of a run's result.</summary>
/// <param name="Title">The row's name, without the workload's.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Value">Takes it from a report; null where nothing was measured.</param>
internal sealed record Metric(string Title, string Unit, Func<RunReport, double?> Value)
{
    public bool MoreIsBetter { get; init; }
}
