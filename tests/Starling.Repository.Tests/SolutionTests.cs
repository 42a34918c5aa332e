using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class SolutionTests
{
    [Fact]
    public void Every_project_is_in_the_solution() =>
        Violation.AssertNone(SolutionRule.Check(RepositoryTree.Read("Starling.slnx"), RepositoryTree.Files.ToList()));

    [Fact]
    public void The_rule_finds_a_project_that_is_missing_on_either_side()
    {
        var violations = SolutionRule.Check("""<Project Path="src/A/A.csproj" /><Project Path="src/Gone/Gone.csproj" />""",
            ["src/A/A.csproj", "src/New/New.csproj", "README.md"]).ToList();
        Assert.Equal(["src/New/New.csproj", "Starling.slnx"], violations.Select(violation => violation.File));
    }

    [Fact]
    public void The_walk_leaves_out_what_git_ignores()
    {
        var root = Directory.CreateTempSubdirectory("starling-walk-");
        try
        {
            Write(".gitignore", "artifacts/\n*.user\n");
            Write("artifacts/a.txt", "");
            Write("a.user", "");
            Write("demo/.gitignore", "# built\n/built/\n");
            Write("demo/built/b.txt", "");
            Write("demo/kept.txt", "");
            Write("built/kept.txt", "");
            Assert.Equal([".gitignore", "built/kept.txt", "demo/.gitignore", "demo/kept.txt"], RepositoryTree.Walk(root.FullName));
        }
        finally
        {
            root.Delete(recursive: true);
        }

        void Write(string file, string text)
        {
            var path = Path.Combine(root.FullName, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
    }
}
