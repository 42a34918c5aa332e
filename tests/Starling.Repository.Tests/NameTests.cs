using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class NameTests
{
    [Fact]
    public void Types_are_named_after_what_they_are() =>
        Violation.AssertNone(RepositoryTree.CSharpFiles.SelectMany(file => NameRule.Check(file, RepositoryTree.Read(file))));

    [Theory]
    [InlineData("internal sealed class ChannelManager;")]
    [InlineData("static class FrameHelpers { }")]
    [InlineData("public readonly record struct ByteUtils(int A);")]
    [InlineData("interface ISessionManager { }")]
    [InlineData("class A { class TextUtil { } }")]
    public void The_rule_finds_a_name_that_fits_anything(string source) => Assert.Single(NameRule.Check("A.cs", source));

    [Theory]
    [InlineData("class Managers2 { }")]
    [InlineData("class A<T> where T : class { } // class Helper")]
    [InlineData("class A { string s = \"class Helper\"; }")]
    public void The_rule_lets_other_names_pass(string source) => Assert.Empty(NameRule.Check("A.cs", source));
}
