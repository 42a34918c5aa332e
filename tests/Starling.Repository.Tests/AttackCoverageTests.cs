using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class AttackCoverageTests
{
    [Fact]
    public void The_document_says_which_attacks_are_tested_where()
    {
        var sources = RepositoryTree.Files
            .Where(static file => file.StartsWith("tests/", StringComparison.Ordinal) || file.StartsWith("clients/", StringComparison.Ordinal) || file.StartsWith("demos/", StringComparison.Ordinal))
            .Where(static file => Path.GetExtension(file) is ".cs" or ".ts")
            .Select(static file => (file, RepositoryTree.Read(file)));
        var expected = AttackCoverage.Write(AttackCoverage.Find(sources));
        var file = Path.Combine(RepositoryTree.Root, AttackCoverage.File);
        if (Environment.GetEnvironmentVariable("STARLING_WRITE") == "1") File.WriteAllText(file, expected);
        Assert.True(expected == File.ReadAllText(file), $"{AttackCoverage.File} is not what the names of tests say; its first lines tell how to write it anew.");
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
