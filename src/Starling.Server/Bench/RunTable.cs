using System.Globalization;
using Spectre.Console;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench;

/// <summary>Shows the result of a run.</summary>
internal static class RunTable
{
    public static Table Of(RunReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");
        void Row(string name, string value) => table.AddRow(Markup.Escape(name), Markup.Escape(value));

        Row("workload", Invariant($"{report.Mode}, {report.Transport}, {report.Protocol}, {report.Connections} connections, {report.Rooms} rooms, {report.PayloadBytes} bytes"));
        if (report.Expected > 0)
        {
            Row("deliveries per second", Invariant($"{report.DeliveriesPerSecond:N0}"));
            Row("publications", Invariant($"{report.Publications:N0} in {report.Seconds:F1} s"));
            Row("received of expected", Invariant($"{report.Received:N0} of {report.Expected:N0}, {report.Duplicates} repeated, {report.OrderErrors} out of order"));
        }
        if (report.Latency is { } latency) Row("latency p50 / p99 / max", Times(latency));
        if (report.LastCopy is { } last) Row("last copy p50 / p99 / max", Times(last));
        if (report.ServerCpu is { } cpu) Row("server CPU per delivery", Cpu(cpu));
        if (report.GeneratorCpu is { } own) Row("generator CPU per delivery", Cpu(own));
        if (report.MemoryPerConnectionBytes is { } bytes)
        {
            Row("server memory", Invariant($"{report.MemoryBeforeBytes / 1048576.0:F1} MiB before, {report.MemoryAfterBytes / 1048576.0:F1} MiB with all, {bytes:N0} bytes per connection"));
        }
        if (report.Errors > 0) Row("errors", Invariant($"{report.Errors}: {string.Join("; ", report.ErrorTexts)}"));
        return table;
    }

    private static string Times(LatencyReport times) =>
        Invariant($"{times.P50Us / 1000:F2} / {times.P99Us / 1000:F2} / {times.MaxUs / 1000:F2} ms");

    private static string Cpu(CpuReport cpu) =>
        Invariant($"{cpu.TotalUs:F2} µs ({cpu.UserUs:F2} user, {cpu.SystemUs:F2} system), {cpu.Cores:P0} of a core");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
