using System.Globalization;
using System.Text;

namespace Starling.Server.Bench.Compare;

/// <summary>How many times the processor time of one server another one needs, both measured at the same time on the same cores.</summary>
/// <remarks>What disturbs the machine disturbs both, so the ratio of a run scatters far less than its values, which mean nothing by themselves: each
/// server had a share of the load and of the core.</remarks>
/// <param name="Workload">W1 to W6.</param>
/// <param name="Peer">The server the ratio is of.</param>
/// <param name="Ratios">One of each run in which both were measured, in ascending order.</param>
internal sealed record PairedReport(string Workload, string Peer, double[] Ratios)
{
    /// <param name="workloads">What was measured.</param>
    /// <param name="peers">The first one is the reference.</param>
    /// <param name="measurements">All of them.</param>
    public static IReadOnlyList<PairedReport> Of(IEnumerable<Workload> workloads, IReadOnlyList<Peer> peers, IReadOnlyList<Measurement> measurements) =>
    [
        .. from workload in workloads
           from metric in workload.Metrics
           where metric.IsCpu
           from peer in peers.Skip(1)
           select new PairedReport(workload.Id, peer.Name, RatiosOf(workload.Id, metric, peers[0].Name, peer.Name, measurements)),
    ];

    /// <summary>A line for each.</summary>
    public static string Table(IReadOnlyList<PairedReport> reports)
    {
        var text = new StringBuilder("Server CPU in relation to the first server, both at the same time on the same cores: median (lowest to highest)\n");
        foreach (var report in reports)
        {
            var value = report.Ratios is [] ? "no run" : string.Create(CultureInfo.InvariantCulture,
                $"{CompareReport.Median(report.Ratios.Select(static ratio => (double?)ratio)):N3} ({report.Ratios[0]:N3} to {report.Ratios[^1]:N3}), {report.Ratios.Length} runs");
            text.Append(CultureInfo.InvariantCulture, $"{report.Workload}  {report.Peer}  {value}\n");
        }
        return text.ToString();
    }

    private static double[] RatiosOf(string workload, Metric metric, string reference, string peer, IReadOnlyList<Measurement> measurements)
    {
        var values = measurements.Where(one => one.Workload == workload && one.Report is { IsClean: true }).ToLookup(one => (one.Run, one.Peer), one => metric.Value(one.Report!));
        return
        [
            .. from run in measurements.Select(static one => one.Run).Distinct()
               from own in values[(run, reference)].OfType<double>()
               from other in values[(run, peer)].OfType<double>()
               select other / own into ratio
               orderby ratio
               select ratio,
        ];
    }
}
