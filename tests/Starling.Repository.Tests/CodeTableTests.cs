using System.Reflection;
using Starling.Protocol;
using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class CodeTableTests
{
    private const string Table = "## Errors\n\n| 100 | internal server error | yes | … |\n| 101 | unauthorized | no | … |\n\n## Other\n\n| 5 | x | no | … |\n";

    [Fact]
    public void The_documented_codes_are_those_of_the_protocol()
    {
        var markdown = RepositoryTree.Read(CodeTableRule.File);
        var errors = ValuesOf<ProtocolError>(typeof(ProtocolErrors)).Select(error => new Code(error.Code, error.Message, error.Temporary)).ToList();
        var disconnects = ValuesOf<Disconnect>(typeof(Disconnects)).Select(value => new Code(value.Code, value.Reason, value.Reconnects)).ToList();
        var unsubscribes = ValuesOf<Unsubscribe>(typeof(Unsubscribes)).Select(value => new Code(value.Code, value.Reason, value.Code >= 2500)).ToList();
        Assert.NotEmpty(errors);
        Assert.NotEmpty(disconnects);
        Assert.NotEmpty(unsubscribes);
        Violation.AssertNone(
        [
            .. CodeTableRule.Check(markdown, "Errors", errors),
            .. CodeTableRule.Check(markdown, "Disconnects", disconnects),
            .. CodeTableRule.Check(markdown, "Unsubscribes", unsubscribes),
        ]);
    }

    [Fact]
    public void The_rule_finds_a_code_without_row_a_row_without_code_and_a_row_that_lies()
    {
        Code[] same = [new(100, "internal server error", true), new(101, "unauthorized", false)];
        Assert.Empty(CodeTableRule.Check(Table, "Errors", same));
        Assert.Single(CodeTableRule.Check(Table, "Errors", [.. same, new Code(102, "unknown channel", false)]));
        Assert.Single(CodeTableRule.Check(Table, "Errors", same[..1]));
        Assert.Equal(2, CodeTableRule.Check(Table, "Errors", [same[0] with { TriesAgain = false }, same[1]]).Count());
        Assert.Equal(2, CodeTableRule.Check(Table, "Errors", [same[0] with { Text = "internal" }, same[1]]).Count());
        Assert.Equal(2, CodeTableRule.Check(Table, "Missing", same).Count());
    }

    private static IEnumerable<T> ValuesOf<T>(Type holder) => holder.GetProperties(BindingFlags.Public | BindingFlags.Static)
        .Where(property => property.PropertyType == typeof(T)).Select(property => (T)property.GetValue(null)!);
}
