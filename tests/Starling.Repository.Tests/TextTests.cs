using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class TextTests
{
    [Fact]
    public void No_file_holds_machine_paths_registry_hosts_or_reminders() =>
        Violation.AssertNone(RepositoryTree.TextFiles.SelectMany(file => TextRule.Check(file, RepositoryTree.Read(file))));

    // The planted texts are put together here so that this file does not break the rule itself; '|' falls out.
    [Theory]
    [InlineData("docs/a.md", "see /ho|me/someone/starling")]
    [InlineData("docs/a.md", "`/wo|rk/main`")]
    [InlineData("a.sh", "cp x /t|mp/x")]
    [InlineData("a.json", "\"path\": \"C:\\\\Us|ers\\\\someone\"")]
    [InlineData("NuGet.config", "<add value=\"https://api.nu|get.org/v3\" />")]
    [InlineData("demos/chat/package-lock.json", "\"resolved\": \"https://regi|stry.npmjs.org/a.tgz\"", 2)]
    [InlineData("demos/chat/package-lock.json", "\"resol|ved\": \"http://127.0.0.1:4873/a.tgz\"")]
    [InlineData("src/A.cs", "// TO|DO: later")]
    public void The_rule_finds_each_of_them(string file, string text, int violations = 1) =>
        Assert.Equal(violations, TextRule.Check(file, text.Replace("|", "", StringComparison.Ordinal)).Count());

    [Theory]
    [InlineData("docs/a.md", "GET /api/publish, /connection/websocket, src/home/page, https://example.com/work/x, ../tmp/x")]
    [InlineData("a.sh", "cd \"$(dirname \"$0\")/..\"")]
    [InlineData("demos/chat/package-lock.json", "\"resolved\": \"packages/a\", \"integrity\": \"sha512-TO|DO/HA|CK+\"")]
    public void The_rule_lets_addresses_of_the_product_pass(string file, string text) =>
        Assert.Empty(TextRule.Check(file, text.Replace("|", "", StringComparison.Ordinal)));
}
