using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>The C# of the documents is compiled: every block is the text between <c>// snippet</c> and <c>// end</c> of a file
/// in Snippets/, but for indentation and using lines.</summary>
internal static partial class SnippetRule
{
    public static IEnumerable<Violation> Check(string file, string markdown, IEnumerable<string> sources)
    {
        var compiled = sources.SelectMany(source => Region().Matches(source)).Select(match => Normalized(match.Groups["code"].Value)).ToHashSet();
        foreach (Match block in Block().Matches(markdown))
        {
            if (compiled.Contains(Normalized(block.Groups["code"].Value))) continue;
            yield return new Violation(file, CSharpText.LineOf(markdown, block.Index),
                "this C# is not compiled: put the same lines between '// snippet' and '// end' in tests/Starling.Repository.Tests/Snippets/.");
        }
    }

    private static string Normalized(string code)
    {
        var lines = code.Split('\n').Select(line => line.TrimEnd()).Where(line => !UsingLine().IsMatch(line)).ToList();
        var indent = lines.Where(line => line.Length > 0).Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty().Min();
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line)).Trim();
    }

    [GeneratedRegex(@"^```(?:csharp|cs|c#)\s*\n(?<code>[\s\S]*?)^```", RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^\s*// snippet\s*\n(?<code>[\s\S]*?)^\s*// end\s*$", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"^using [\w.]+;$")]
    private static partial Regex UsingLine();
}
