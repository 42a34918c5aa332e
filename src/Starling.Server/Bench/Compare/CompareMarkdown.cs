using System.Globalization;
using System.Text;

namespace Starling.Server.Bench.Compare;

/// <summary>Writes a comparison as Markdown, and puts it between the markers of a document.</summary>
internal static class CompareMarkdown
{
    public const string Begin = "<!-- bench:begin -->", End = "<!-- bench:end -->";

    public static string Table(CompareReport report)
    {
        var text = new StringBuilder();
        var peers = report.Rows[0].Cells.Select(cell => cell.Peer).ToArray();
        text.Append("| | ").AppendJoin(" | ", peers.Select(Title)).AppendLine(" |");
        text.Append("|---|").Insert(text.Length, "--:|", peers.Length).AppendLine();
        foreach (var row in report.Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {row.Workload} {row.Title}, {row.Unit} | ").AppendJoin(" | ", row.Cells.Select(Cell)).AppendLine(" |");
        }
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"In brackets: how many times better Starling does. {Where(report)}");
        if (report.Rows.Any(row => row.Cells.Any(cell => !cell.IsClean)))
        {
            text.AppendLine();
            text.AppendLine("(!) not everything arrived, or errors occurred: see the result file.");
        }
        return text.ToString();
    }

    /// <summary>Replaces what stands between the markers.</summary>
    /// <returns>The new document; null when it has no markers.</returns>
    public static string? Insert(string document, string table)
    {
        var begin = document.IndexOf(Begin, StringComparison.Ordinal);
        var end = document.IndexOf(End, StringComparison.Ordinal);
        if (begin < 0 || end < begin) return null;
        return document[..(begin + Begin.Length)] + "\n" + table.TrimEnd() + "\n" + document[end..];
    }

    private static string Where(CompareReport report)
    {
        var versions = string.Join(", ", report.Versions.Select(one => $"{Title(one.Key)} {one.Value}"));
        var node = report.Machine.Node is { } version ? $", Node.js {version}" : "";
        var cores = report.Pinned ? "server and generator on a core each" : "server and generator not pinned to cores";
        var runs = report.Runs == 1 ? "one run" : $"medians of {report.Runs} runs";
        return string.Create(CultureInfo.InvariantCulture,
            $"Measured on {report.Date}, {report.Machine.Processor}, {report.Machine.Cores} cores, {report.Machine.System}, " +
            $".NET {report.Machine.DotNet}{node}; {versions}; {cores}, 128-byte payloads, no TLS, {report.WarmupSeconds:0} s warm-up, {runs} of {report.Seconds:0} s.");
    }

    private static string Cell(CompareCell cell)
    {
        if (cell.Value is not { } value) return "(!)";
        var number = value.ToString(value < 100 ? "N1" : "N0", CultureInfo.InvariantCulture);
        var ratio = cell.Peer == Peer.Own || cell.StarlingIsBetterBy is not { } times ? "" : string.Create(CultureInfo.InvariantCulture, $" ({times:N1}×)");
        return number + ratio + (cell.IsClean ? "" : " (!)");
    }

    private static string Title(string name) => Peer.All.Append(Peer.Before("")).First(peer => peer.Name == name).Title;
}
