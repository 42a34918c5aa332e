using System.Text;
using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>Documents point at what exists: relative links and their anchors resolve, and a path in code marks is a file or a
/// folder of the repository.</summary>
internal static partial class MarkdownRule
{
    /// <summary>Folders of the repository; a code mark that begins with one of them is read as a path.</summary>
    private static readonly string[] s_folders = ["src/", "tests/", "docs/", "demos/", "bench/", "clients/", "deploy/", ".ci/"];

    /// <summary>Checks the links of one document.</summary>
    /// <param name="file">Path of the document inside the repository.</param>
    /// <param name="text">Its text.</param>
    /// <param name="files">Every file of the repository.</param>
    /// <param name="read">Reads another document, for its headings.</param>
    public static IEnumerable<Violation> CheckLinks(string file, string text, IReadOnlyCollection<string> files, Func<string, string> read)
    {
        var prose = WithoutCode(text);
        foreach (Match match in Link().Matches(prose))
        {
            var target = match.Groups["target"].Value;
            if (Scheme().IsMatch(target)) continue;
            var line = CSharpText.LineOf(text, match.Index);
            var path = target.Split('#')[0];
            var anchor = target.Contains('#', StringComparison.Ordinal) ? target.Split('#')[1] : "";
            var resolved = path.Length == 0 ? file : Resolve(Path.GetDirectoryName(file)!, path);
            if (!Exists(resolved, files))
            {
                yield return new Violation(file, line, $"link to '{target}': no such file.");
            }
            else if (anchor.Length > 0 && resolved.EndsWith(".md", StringComparison.Ordinal)
                && !AnchorsOf(resolved == file ? text : read(resolved)).Contains(anchor))
            {
                yield return new Violation(file, line, $"link to '{target}': no such heading.");
            }
        }
    }

    /// <summary>Checks the paths and C# file names that one document names in code marks.</summary>
    public static IEnumerable<Violation> CheckNames(string file, string text, IReadOnlyCollection<string> files)
    {
        var withoutBlocks = Fence().Replace(text, BlankOut);
        foreach (Match match in CodeMark().Matches(withoutBlocks))
        {
            var name = match.Groups["name"].Value;
            var isPath = s_folders.Any(folder => name.StartsWith(folder, StringComparison.Ordinal)) && PathOnly().IsMatch(name);
            var isCSharp = CSharpFile().IsMatch(name);
            if (isPath ? Exists(name, files) : !isCSharp || files.Any(known => ("/" + known).EndsWith("/" + name, StringComparison.Ordinal)))
            {
                continue;
            }
            yield return new Violation(file, CSharpText.LineOf(text, match.Index), $"names '{name}', which does not exist.");
        }
    }

    private static bool Exists(string path, IReadOnlyCollection<string> files) =>
        path.Length == 0 || files.Contains(path) || files.Any(known => known.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal));

    private static string Resolve(string folder, string path)
    {
        var parts = new List<string>();
        foreach (var part in path.StartsWith('/') ? path.Split('/') : $"{folder}/{path}".Split('/'))
        {
            if (part is "" or ".") continue;
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else parts.Add(part);
        }
        return string.Join('/', parts);
    }

    /// <summary>The anchors a renderer makes of headings: lower case, spaces to hyphens, punctuation gone.</summary>
    private static HashSet<string> AnchorsOf(string text)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        foreach (Match match in Heading().Matches(Fence().Replace(text, BlankOut)))
        {
            var anchor = new StringBuilder();
            foreach (var c in match.Groups["title"].Value.Trim())
            {
                if (char.IsLetterOrDigit(c) || c is '-' or '_') anchor.Append(char.ToLowerInvariant(c));
                else if (c == ' ') anchor.Append('-');
            }
            anchors.Add(anchor.ToString());
        }
        return anchors;
    }

    private static string WithoutCode(string text) => Span().Replace(Fence().Replace(text, BlankOut), BlankOut);

    private static string BlankOut(Match match) => new([.. match.Value.Select(c => c == '\n' ? '\n' : ' ')]);

    [GeneratedRegex(@"^(?<fence>```+|~~~+)[\s\S]*?^\k<fence>`*\s*$", RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"`[^`\n]+`")]
    private static partial Regex Span();

    [GeneratedRegex(@"`(?<name>[^`\s]+)`")]
    private static partial Regex CodeMark();

    [GeneratedRegex(@"\]\(\s*<?(?<target>[^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*(?<target>\S+)|(?:href|src)=""(?<target>[^""]+)""", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6}\s+(?<title>.+?)\s*#*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^([A-Za-z][A-Za-z0-9+.\-]*:|//)")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^[\w./\-]+$")]
    private static partial Regex PathOnly();

    [GeneratedRegex(@"^[\w./]+\.cs$")]
    private static partial Regex CSharpFile();
}
