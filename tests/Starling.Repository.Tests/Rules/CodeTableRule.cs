using System.Globalization;
using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>One numeric code and its text, and whether the client tries again.</summary>
internal sealed record Code(uint Number, string Text, bool TriesAgain);

/// <summary>A table of docs/codes.md says what the code says: the same numbers, texts and answers to "again?".</summary>
internal static partial class CodeTableRule
{
    public const string File = "docs/codes.md";

    /// <summary>Compares the table below one heading with the codes of the assembly.</summary>
    public static IEnumerable<Violation> Check(string markdown, string heading, IEnumerable<Code> codes)
    {
        var section = Regex.Match(markdown, $@"^## {heading}$[\s\S]*?(?=^## |\z)", RegexOptions.Multiline, TimeSpan.FromSeconds(10));
        var line = CSharpText.LineOf(markdown, section.Index);
        var documented = Row().Matches(section.Value).Select(row => new Code(
            uint.Parse(row.Groups["number"].Value, CultureInfo.InvariantCulture), row.Groups["text"].Value, row.Groups["again"].Value == "yes")).ToList();
        var known = codes.ToList();
        return known.Except(documented).Select(code => new Violation(File, line, $"{heading}: no row that says {Describe(code)}."))
            .Concat(documented.Except(known).Select(code => new Violation(File, line, $"{heading}: no code is {Describe(code)}.")));
    }

    private static string Describe(Code code) => $"'| {code.Number} | {code.Text} | {(code.TriesAgain ? "yes" : "no")} |'";

    [GeneratedRegex(@"^\| (?<number>\d+) \| (?<text>[^|]+) \| (?<again>yes|no) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
