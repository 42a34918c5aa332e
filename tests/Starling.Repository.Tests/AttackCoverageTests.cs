using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class AttackCoverageTests
{
    [Fact]
    public void The_document_says_which_attacks_are_tested_where()
    {
        var sources = RepositoryTree.Files
            .Where(static file => file.StartsWith("tests/", StringComparison.Ordinal) || file.StartsWith("clients/", StringComparison.Ordinal) || file.StartsWith("demos/", StringComparison.Ordinal))
            .Where(static file => Path.GetExtension(file) is ".cs" or ".ts" && Path.GetFileName(file) != nameof(AttackCoverageTests) + ".cs")   // its samples test nothing
            .Select(static file => (file, RepositoryTree.Read(file)));
        var tests = AttackCoverage.Find(sources);
        if (Environment.GetEnvironmentVariable("STARLING_WRITE") == "1")
        {
            File.WriteAllText(Path.Combine(RepositoryTree.Root, AttackCoverage.File), AttackCoverage.Write(tests));
        }
        Violation.AssertNone(AttackCoverage.Check(RepositoryTree.Read(AttackCoverage.File), tests));
    }

    [Fact]
    public void The_rule_finds_a_row_that_names_too_much_or_nothing_or_hides_that_there_is_nothing()
    {
        var tests = AttackCoverage.Find([("tests/A.cs", "public void A01_x()"), ("tests/B.cs", "public void A01_y()")]);
        var document = AttackCoverage.Write(tests);
        Assert.Empty(AttackCoverage.Check(document, tests));
        Assert.Empty(AttackCoverage.Check(document.Replace(", [B](../tests/B.cs)", "", StringComparison.Ordinal), tests));
        Assert.Single(AttackCoverage.Check(document.Replace("tests/B.cs", "tests/C.cs", StringComparison.Ordinal), tests));
        Assert.Single(AttackCoverage.Check(document.Replace("[A](../tests/A.cs), [B](../tests/B.cs)", "**none yet**", StringComparison.Ordinal), tests));
        Assert.Single(AttackCoverage.Check(document.Replace("| look-alike origins | **none yet** |", "| look-alike origins | [A](../tests/A.cs) |", StringComparison.Ordinal), tests));
    }

    [Fact]
    public void Numbers_are_found_in_names_of_tests_and_nowhere_else()
    {
        var found = AttackCoverage.Find(
        [
            ("tests/X.cs", "public void A01_A02_x()\npublic async Task Checklist_5_A03_y()\npublic void A4_no()\npublic void IA05_no()\nprivate void A06_no()\n// A07_no"),
            ("tests/x.test.ts", "test('[A08] x', () => {\ntest.each([1])('A09 y', () => {\ntest('[checklist 10] z', () => {"),
        ]);
        Assert.Equal([1, 2, 3, 8, 9], found.Select(static group => group.Key).Order());
        Assert.Equal(["tests/X.cs"], found[3]);
    }

    [Fact]
    public void Every_number_is_in_the_catalogue_once()
    {
        var numbers = AttackCatalogue.Groups.SelectMany(static group => group.Attacks).Select(static attack => attack.Number).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count), numbers);
    }
}
