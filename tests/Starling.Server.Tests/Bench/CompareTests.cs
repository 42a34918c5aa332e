using Starling.Server.Bench.Compare;
using Starling.Server.Bench.Load;

namespace Starling.Server.Tests.Bench;

public sealed class CompareTests
{
    private static readonly Peer[] s_peers = [.. Peer.All.Where(peer => peer.Name is Peer.Own or "signalr")];

    [Theory]
    [InlineData(new double[] { }, null)]
    [InlineData(new[] { 3.0 }, 3.0)]
    [InlineData(new[] { 9.0, 1.0, 2.0 }, 2.0)]
    [InlineData(new[] { 4.0, 1.0, 2.0, 9.0 }, 3.0)]
    public void The_median_does_not_depend_on_the_order(double[] values, double? median) =>
        Assert.Equal(median, CompareReport.Median(values.Select(value => (double?)value)));

    [Fact]
    public void A_run_without_a_result_does_not_count_for_the_median() =>
        Assert.Equal(2, CompareReport.Median([null, 2, null]));

    [Fact]
    public void Every_workload_takes_its_numbers_from_a_report_and_gives_arguments_that_run_understands()
    {
        var command = Starling.Server.Bench.BenchRunCommand.Create();
        foreach (var workload in Workload.All)
        {
            Assert.Empty(command.Parse([.. workload.Arguments, "--url", "ws://127.0.0.1:1", "--duration", "5s", "--quiet"]).Errors);
            Assert.All(workload.Metrics, metric => Assert.NotNull(metric.Value(Report(deliveries: 1000, cpu: 10))));
        }
    }

    [Fact]
    public void Less_time_and_more_deliveries_are_both_better()
    {
        var rows = CompareReport.RowsOf(
            Workload.All.Where(workload => workload.Id == "W2"),
            s_peers,
            [Measured(Peer.Own, Report(deliveries: 800_000, cpu: 1)), Measured("signalr", Report(deliveries: 200_000, cpu: 5))]);

        Assert.Equal([800, 200], rows[0].Cells.Select(cell => cell.Value!.Value));
        Assert.Equal(4, rows[0].Cells[1].StarlingIsBetterBy);
        Assert.Equal(5, rows[1].Cells[1].StarlingIsBetterBy);
    }

    [Fact]
    public void One_run_with_a_loss_marks_the_cell()
    {
        var rows = CompareReport.RowsOf(
            Workload.All.Where(workload => workload.Id == "W1"),
            s_peers,
            [
                Measured(Peer.Own, Report(deliveries: 1000, cpu: 10)),
                Measured(Peer.Own, Report(deliveries: 1000, cpu: 12) with { Expected = 5, Received = 4 }),
                Measured("signalr", null),
            ]);

        var table = CompareMarkdown.Table(ReportOf(rows));
        Assert.Contains("| 11.0 (!) | (!) |", table, StringComparison.Ordinal);
        Assert.Contains("not everything arrived", table, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_names_peers_values_ratios_and_the_machine()
    {
        var rows = CompareReport.RowsOf(
            Workload.All.Where(workload => workload.Id == "W1"),
            s_peers,
            [Measured(Peer.Own, Report(deliveries: 1000, cpu: 10)), Measured("signalr", Report(deliveries: 1000, cpu: 25))]);

        var table = CompareMarkdown.Table(ReportOf(rows));

        Assert.Contains("| | Starling | SignalR |\n|---|--:|--:|\n", table.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("| 10.0 | 25.0 (2.5×) |", table, StringComparison.Ordinal);
        Assert.Contains("2026-01-02, A processor, 2 cores, A system, .NET 10.0.1, Node.js 20.1.0", table, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_replaces_what_stands_between_the_markers_and_nothing_else()
    {
        const string Document = "before\n<!-- bench:begin -->\nold\nolder\n<!-- bench:end -->\nafter\n";

        var once = CompareMarkdown.Insert(Document, "new\n");

        Assert.Equal("before\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nafter\n", once);
        Assert.Equal(once, CompareMarkdown.Insert(once!, "new\n"));
    }

    [Theory]
    [InlineData("no markers")]
    [InlineData("<!-- bench:begin --> alone")]
    [InlineData("<!-- bench:end --> before <!-- bench:begin -->")]
    public void A_document_without_markers_stays_as_it_is(string document) =>
        Assert.Null(CompareMarkdown.Insert(document, "new"));

    private static Measurement Measured(string peer, RunReport? report) =>
        new() { Workload = report is null ? "W1" : report.Saturated ? "W2" : "W1", Peer = peer, Run = 1, Report = report };

    private static RunReport Report(double deliveries, double cpu) => new()
    {
        Url = "ws://127.0.0.1:1",
        Protocol = "json",
        Mode = "fanout",
        Connections = 1,
        Rooms = 1,
        PayloadBytes = 128,
        Saturated = deliveries > 1000,
        WarmupSeconds = 1,
        Seconds = 1,
        DeliveriesPerSecond = deliveries,
        ServerCpu = new CpuReport(cpu / 2, cpu / 2, cpu, 1),
        LastCopy = new LatencyReport(1, 2, 3),
        MemoryPerConnectionBytes = 5000,
    };

    private static CompareReport ReportOf(IReadOnlyList<CompareRow> rows) => new()
    {
        Date = "2026-01-02",
        Machine = new Machine { Processor = "A processor", Cores = 2, System = "A system", DotNet = "10.0.1", Node = "20.1.0" },
        Versions = new SortedDictionary<string, string> { [Peer.Own] = "0.1.0", ["signalr"] = "10.0.1" },
        Runs = 3,
        WarmupSeconds = 30,
        Seconds = 15,
        Pinned = true,
        Rows = rows,
        Measurements = [],
    };
}
