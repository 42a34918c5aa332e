using System.Globalization;
using System.Text.RegularExpressions;

namespace Starling.Server.Tests.Operations;

/// <summary>A strict reader of the Prometheus text format, version 0.0.4: it takes nothing a scraper might refuse.</summary>
internal sealed partial class PrometheusReader
{
    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly HashSet<string> _helps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);
    private string _current = "";

    public Dictionary<string, double> Samples { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Types => _types;

    public static PrometheusReader Read(string text)
    {
        var reader = new PrometheusReader();
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
        foreach (var line in text[..^1].Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal)) reader.Help(line);
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal)) reader.Type(line);
            else reader.Sample(line);
        }
        return reader;
    }

    [GeneratedRegex(@"\A# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<rest>(?:[^\\]|\\\\|\\n)+)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HelpLine { get; }

    [GeneratedRegex(@"\A# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<rest>counter|gauge|histogram)\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TypeLine { get; }

    [GeneratedRegex("""\A(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?<labels>\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*")*\})? (?<value>\S+)\z""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SampleLine { get; }

    private void Help(string line)
    {
        var match = HelpLine.Match(line);
        Assert.True(match.Success, line);
        Assert.True(_helps.Add(match.Groups["name"].Value), $"two HELP lines: {line}");
        Begin(match.Groups["name"].Value);
    }

    private void Type(string line)
    {
        var match = TypeLine.Match(line);
        Assert.True(match.Success, line);
        Assert.True(_types.TryAdd(match.Groups["name"].Value, match.Groups["rest"].Value), $"two TYPE lines: {line}");
        Assert.Equal(_current, match.Groups["name"].Value);
        if (match.Groups["rest"].Value is "counter") Assert.EndsWith("_total", match.Groups["name"].Value, StringComparison.Ordinal);
        else Assert.False(match.Groups["name"].Value.EndsWith("_total", StringComparison.Ordinal), line);
    }

    private void Sample(string line)
    {
        var match = SampleLine.Match(line);
        Assert.True(match.Success, line);
        var name = match.Groups["name"].Value;
        if (_types[_current] is "histogram")
        {
            Assert.Contains(name, new[] { _current + "_bucket", _current + "_sum", _current + "_count" });
        }
        else
        {
            Assert.Equal(_current, name);
        }
        var labels = match.Groups["labels"].Value;
        var number = match.Groups["value"].Value;
        var value = number switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture),
        };
        Assert.True(Samples.TryAdd(name + labels, value), $"two samples: {line}");
    }

    /// <summary>The lines of a metric stand together.</summary>
    private void Begin(string name)
    {
        Assert.True(_closed.Add(name), $"{name} is in two places");
        _current = name;
    }
}
