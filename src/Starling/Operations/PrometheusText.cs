using System.Globalization;
using System.Text;

namespace Starling.Operations;

/// <summary>Names, labels and numbers in the Prometheus text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>The name of an instrument by Prometheus' conventions: base units as suffix, <c>_total</c> for counters.</summary>
    /// <param name="instrument">Its name, with dots.</param>
    /// <param name="unit">Its unit as UCUM writes it; what stands in braces is no unit.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="factor">What a measurement is multiplied with to be in the base unit.</param>
    public static string NameOf(string instrument, string? unit, PrometheusKind kind, out double factor)
    {
        var name = Sanitize(instrument, ':');
        (var suffix, factor) = unit switch
        {
            "s" => ("seconds", 1d),
            "ms" => ("seconds", 1e-3),
            "us" or "µs" => ("seconds", 1e-6),
            "ns" => ("seconds", 1e-9),
            "min" => ("seconds", 60d),
            "h" => ("seconds", 3600d),
            "By" => ("bytes", 1d),
            "KiBy" => ("bytes", 1024d),
            "MiBy" => ("bytes", 1024d * 1024),
            "%" => ("ratio", 0.01),
            "1" when kind == PrometheusKind.Gauge => ("ratio", 1d),
            _ => ("", 1d),
        };
        if (name.EndsWith("_total", StringComparison.Ordinal)) name = name[..^"_total".Length];
        if (suffix.Length > 0 && !name.EndsWith("_" + suffix, StringComparison.Ordinal)) name += "_" + suffix;
        return kind == PrometheusKind.Counter ? name + "_total" : name;
    }

    /// <summary>Labels with their braces, sorted by name; empty without labels.</summary>
    public static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var sorted = tags.ToArray();
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        var text = new StringBuilder("{");
        foreach (var (key, value) in sorted)
        {
            if (text.Length > 1) text.Append(',');
            text.Append(Sanitize(key, '_')).Append("=\"");
            AppendEscaped(text, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", escapeQuotes: true);
            text.Append('"');
        }
        return text.Append('}').ToString();
    }

    /// <summary>The lines that open a metric.</summary>
    public static void AppendHeader(StringBuilder text, string name, PrometheusKind kind, string? help)
    {
        text.Append("# HELP ").Append(name).Append(' ');
        AppendEscaped(text, string.IsNullOrEmpty(help) ? name : help, escapeQuotes: false);
        text.Append("\n# TYPE ").Append(name).Append(' ').Append(kind switch
        {
            PrometheusKind.Counter => "counter",
            PrometheusKind.Histogram => "histogram",
            _ => "gauge",
        }).Append('\n');
    }

    /// <summary>One sample.</summary>
    public static void AppendSample(StringBuilder text, string name, string labels, double value) =>
        text.Append(name).Append(labels).Append(' ').Append(Number(value)).Append('\n');

    /// <summary>A number as the format wants it.</summary>
    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private static void AppendEscaped(StringBuilder text, string value, bool escapeQuotes)
    {
        foreach (var c in value)
        {
            switch (c)
            {
                case '\\': text.Append(@"\\"); break;
                case '\n': text.Append(@"\n"); break;
                case '"' when escapeQuotes: text.Append("\\\""); break;
                default: text.Append(c); break;
            }
        }
    }

    /// <summary>A name with letters, digits, underscores and one more character; the rest becomes underscores.</summary>
    private static string Sanitize(string name, char alsoAllowed)
    {
        var text = new StringBuilder(name.Length + 1);
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) text.Append('_');
        foreach (var c in name) text.Append(char.IsAsciiLetterOrDigit(c) || c == alsoAllowed ? c : '_');
        return text.ToString();
    }
}

/// <summary>What a metric is to Prometheus.</summary>
internal enum PrometheusKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Goes up and down.</summary>
    Gauge,

    /// <summary>Counts values by size.</summary>
    Histogram,
}
