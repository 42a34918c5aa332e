using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>docs/attack-coverage.md, made from the names of tests: which attack is tested where.</summary>
internal static partial class AttackCoverage
{
    public const string File = "docs/attack-coverage.md";

    private const string Head = """
        # Attack coverage

        Attacks by number, and the tests that carry the number in their names. Made from those names, and held to them by a test: what
        is called tested is, what is not says so, and every file named carries the number. To write it anew, with the newest files:

        ```bash
        STARLING_WRITE=1 dotnet artifacts/bin/Starling.Repository.Tests/debug/Starling.Repository.Tests.dll -class '*AttackCoverageTests'
        ```

        """;

    private const string Foot = """

        ## What A93 covers

        The tests hold every package to one exact version and npm's also to a hash, refuse those with a hole that is written down in
        [KnownHoles](../tests/Starling.Repository.Tests/Rules/KnownHoles.cs), and fail on a runtime older than the newest known release
        with a security fix; the server warns of such a runtime when it starts. They need no network, so they know nothing of a hole
        that was found since. That is what `dotnet restore` is for, which stops the build on NU1901 to NU1904 wherever the package source
        has a list of vulnerabilities, and `npm audit`, which nobody runs for you.

        """;

    /// <summary>Numbers and files of all tests, by file.</summary>
    /// <param name="sources">Path and text of each source of tests.</param>
    public static ILookup<int, string> Find(IEnumerable<(string File, string Text)> sources) => sources
        .SelectMany(static source => TestName().Matches(source.Text).SelectMany(match => Numbers(match, source.File)))
        .Distinct()
        .ToLookup(static pair => pair.Number, static pair => pair.File);

    /// <summary>The document.</summary>
    public static string Write(ILookup<int, string> tests)
    {
        var text = new StringBuilder(Head);
        var attacks = AttackCatalogue.Groups.SelectMany(static group => group.Attacks).ToList();
        text.Append(CultureInfo.InvariantCulture, $"\n{attacks.Count(attack => tests.Contains(attack.Number))} of {attacks.Count} are tested.\n");
        foreach (var (title, rows) in AttackCatalogue.Groups)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| # | Attack | Tests |\n|---|---|---|\n");
            foreach (var attack in rows)
            {
                text.Append(CultureInfo.InvariantCulture, $"| A{attack.Number:00} | {attack.Words} | {Cell(attack, tests)} |\n");
            }
        }
        return text.Append(Foot.TrimEnd()).Append('\n').ToString();
    }

    /// <summary>What the document says that is not so. A file it does not name yet is no lie.</summary>
    public static IEnumerable<Violation> Check(string markdown, ILookup<int, string> tests)
    {
        var written = markdown.Split('\n');
        foreach (var line in Write(tests).Split('\n'))
        {
            var files = FilesIn(line);
            if (Array.Exists(written, one => Same(one, line, files))) continue;
            yield return new Violation(File, 1, $"no line says, in so many files or fewer: {line}");
        }
    }

    private static bool Same(string written, string line, HashSet<string> files)
    {
        if (files.Count == 0) return written == line;
        var named = FilesIn(written);
        return named.Count > 0 && named.IsSubsetOf(files) && written[..written.IndexOf('[', StringComparison.Ordinal)] == line[..line.IndexOf('[', StringComparison.Ordinal)];
    }

    private static HashSet<string> FilesIn(string line) => [.. LinkedFile().Matches(line).Select(static match => match.Groups["file"].Value)];

    private static string Cell(Attack attack, ILookup<int, string> tests)
    {
        var files = tests[attack.Number].Order(StringComparer.Ordinal).Select(static file => $"[{Path.GetFileNameWithoutExtension(file)}](../{file})").ToList();
        if (files.Count > 0) return string.Join(", ", files);
        return attack.Without.Length > 0 ? $"not applicable: {attack.Without}" : "**none yet**";
    }

    private static IEnumerable<(int Number, string File)> Numbers(Match test, string file) => Number().Matches(test.Groups["name"].Value)
        .Select(match => (int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture), file));

    /// <summary>A method of a test class, or a test of a Node suite.</summary>
    [GeneratedRegex(@"public (?:async Task|void) (?<name>\w+)\(|\btest(?:\.each\([^)]*\))?\('(?<name>[^']*)'")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\]\(\.\./(?<file>[^)]*)\)")]
    private static partial Regex LinkedFile();

    [GeneratedRegex(@"(?:^|[_\[\s])A(?<number>\d\d)(?=[_\]\s])")]
    private static partial Regex Number();
}
