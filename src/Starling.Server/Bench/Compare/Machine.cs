using System.Runtime.InteropServices;

namespace Starling.Server.Bench.Compare;

/// <summary>Where the comparison ran: without it its numbers mean nothing.</summary>
internal sealed record Machine
{
    public required string Processor { get; init; }
    public required int Cores { get; init; }
    public required string System { get; init; }
    public required string DotNet { get; init; }
    public string? Node { get; init; }

    public static Machine Here(string? node) => new()
    {
        Processor = ProcessorName(),
        Cores = Environment.ProcessorCount,
        System = RuntimeInformation.OSDescription,
        DotNet = Environment.Version.ToString(),
        Node = node,
    };

    private static string ProcessorName()
    {
        if (!OperatingSystem.IsLinux()) return RuntimeInformation.ProcessArchitecture.ToString();
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
