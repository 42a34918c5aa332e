using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class MarkdownTests
{
    private static readonly string[] s_files = ["README.md", "docs/a.md", "docs/decisions/0001-x.md", "src/Starling/Channels/ChannelLog.cs"];

    [Fact]
    public void Links_resolve() => Violation.AssertNone(RepositoryTree.MarkdownFiles.SelectMany(file =>
        MarkdownRule.CheckLinks(file, RepositoryTree.Read(file), RepositoryTree.Files.ToList(), RepositoryTree.Read)));

    [Fact]
    public void Documents_name_only_files_that_exist() => Violation.AssertNone(RepositoryTree.MarkdownFiles
        .Where(file => file.StartsWith("docs/", StringComparison.Ordinal) || !file.Contains('/', StringComparison.Ordinal))
        .SelectMany(file => MarkdownRule.CheckNames(file, RepositoryTree.Read(file), RepositoryTree.Files.ToList())));

    [Fact]
    public void The_csharp_of_the_documents_is_compiled()
    {
        var sources = RepositoryTree.CSharpFiles.Where(file => file.Contains("/Snippets/", StringComparison.Ordinal)).Select(RepositoryTree.Read).ToList();
        Violation.AssertNone(RepositoryTree.MarkdownFiles.SelectMany(file => SnippetRule.Check(file, RepositoryTree.Read(file), sources)));
    }

    [Fact]
    public void The_rule_finds_a_snippet_that_differs_from_what_is_compiled()
    {
        string[] sources = ["class C\n{\n    void M()\n    {\n        // snippet\n        if (a)\n        {\n            b();\n        }\n        // end\n    }\n}\n"];
        Assert.Empty(SnippetRule.Check("a.md", "```csharp\nusing X;\n\nif (a)\n{\n    b();\n}\n```\n", sources));
        Assert.Single(SnippetRule.Check("a.md", "```csharp\nif (a)\n{\n    c();\n}\n```\n", sources));
        Assert.Single(SnippetRule.Check("a.md", "```cs\nif (a)\n{\nb();\n}\n```\n", sources));
        Assert.Empty(SnippetRule.Check("a.md", "```js\nanything();\n```\n", sources));
    }

    [Theory]
    [InlineData("docs/a.md", "[x](b.md)")]
    [InlineData("docs/a.md", "[x](../docs/gone/)")]
    [InlineData("docs/a.md", "[x](../README.md#no-such-heading)")]
    [InlineData("docs/a.md", "# Here\n[x](#not-here)")]
    [InlineData("README.md", "![x](docs/picture.png \"title\")")]
    [InlineData("README.md", "[x]: docs/gone.md")]
    [InlineData("README.md", "<a href=\"docs/gone.md\">x</a>")]
    public void The_rule_finds_a_link_to_nothing(string file, string text) =>
        Assert.Single(MarkdownRule.CheckLinks(file, text, s_files, _ => "# A heading"));

    [Theory]
    [InlineData("docs/a.md", "[x](../README.md) [y](decisions/0001-x.md) [z](decisions/) [w](https://example.com/x.md)")]
    [InlineData("docs/a.md", "[x](../README.md#a-heading-with-code) [y](../README.md#a-heading-with-code)")]
    [InlineData("docs/a.md", "`[x](gone.md)`\n```\n[x](gone.md)\n```\n")]
    public void The_rule_lets_good_links_pass(string file, string text) =>
        Assert.Empty(MarkdownRule.CheckLinks(file, text, s_files, _ => "## A heading, with `code`"));

    [Theory]
    [InlineData("`src/Starling/Channels/Gone.cs`")]
    [InlineData("`src/Starling/Nowhere/`")]
    [InlineData("`Gone.cs`")]
    [InlineData("`Presence/ChannelLog.cs`")]
    public void The_rule_finds_a_name_of_nothing(string text) => Assert.Single(MarkdownRule.CheckNames("docs/a.md", text, s_files));

    [Theory]
    [InlineData("`src/Starling/Channels/ChannelLog.cs` `ChannelLog.cs` `Channels/ChannelLog.cs` `src/Starling/Channels` `docs/`")]
    [InlineData("`ChannelLog` `/connection/websocket` `./starling demo` `System.Threading.Lock`")]
    [InlineData("```\n`src/Gone.cs`\n```\n")]
    public void The_rule_lets_names_of_files_and_types_pass(string text) =>
        Assert.Empty(MarkdownRule.CheckNames("docs/a.md", text, s_files));
}
