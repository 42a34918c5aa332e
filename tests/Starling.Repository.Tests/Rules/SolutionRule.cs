using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>The solution and the tree agree: what is not in the solution is neither built nor tested.</summary>
internal static partial class SolutionRule
{
    public static IEnumerable<Violation> Check(string solution, IReadOnlyCollection<string> files)
    {
        var listed = ProjectPath().Matches(solution).Select(match => match.Groups[1].Value.Replace('\\', '/')).ToHashSet();
        var projects = files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).ToHashSet();
        foreach (var project in projects.Except(listed).Order(StringComparer.Ordinal))
        {
            yield return new Violation(project, 1, "is not in Starling.slnx: it would be neither built nor tested.");
        }
        foreach (var project in listed.Except(projects).Order(StringComparer.Ordinal))
        {
            yield return new Violation("Starling.slnx", 1, $"lists {project}, which does not exist.");
        }
    }

    [GeneratedRegex(@"<Project\s+Path=""([^""]+)""")]
    private static partial Regex ProjectPath();
}
