namespace Starling.Repository.Tests;

/// <summary>The reader of C# text is what the other rules stand on: it must neither lose code nor take a literal for code.</summary>
public sealed class CSharpTextTests
{
    [Theory]
    [InlineData("a(); // HIDDEN\nb();")]
    [InlineData("a(); /* HIDDEN\n HIDDEN */ b();")]
    [InlineData("a(\"HIDDEN \\\" // HIDDEN\"); b();")]
    [InlineData("a(@\"HIDDEN \\\"); b();")]
    [InlineData("a(@\"HIDDEN \"\" HIDDEN\"); b();")]
    [InlineData("a($\"HIDDEN {{ HIDDEN }}\"); b();")]
    [InlineData("a(\"\"\"HIDDEN \" \"\" HIDDEN\"\"\"); b();")]
    [InlineData("a(\"\"\"\"\nHIDDEN \"\"\" HIDDEN\n\"\"\"\"); b();")]
    [InlineData("a($$\"\"\"HIDDEN { HIDDEN } \"\"\"); b();")]
    [InlineData("a('\"', '\\'', '{'); b(); // HIDDEN")]
    [InlineData("#region don't HIDDEN\na(); b();")]
    [InlineData("a(\"HIDDEN\"u8); b();")]
    public void Literals_comments_and_directives_are_blank_and_code_after_them_is_not(string source)
    {
        var code = CSharpText.CodeOf(source);
        Assert.Equal(source.Length, code.Length);
        Assert.DoesNotContain("HIDDEN", code, StringComparison.Ordinal);
        Assert.Contains("b();", code, StringComparison.Ordinal);
        Assert.Contains("a(", code, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$\"HIDDEN {Code(\"HIDDEN\")} HIDDEN\"")]
    [InlineData("$@\"HIDDEN {Code(@\"HIDDEN\")} \"\" HIDDEN\"")]
    [InlineData("$\"{Code:HIDDEN}\"")]
    [InlineData("$\"{(a ? Code : b)}HIDDEN\"")]
    [InlineData("$\"{new[] { Code }}HIDDEN\"")]
    [InlineData("$\"{global::Code}HIDDEN\"")]
    [InlineData("$$\"\"\"HIDDEN {HIDDEN} {{Code(\"HIDDEN\")}} \"HIDDEN\" \"\"\"")]
    [InlineData("$\"\"\"\nHIDDEN {Code} HIDDEN\n\"\"\"")]
    public void Code_in_the_holes_of_an_interpolated_string_stays(string literal)
    {
        var code = CSharpText.CodeOf($"a({literal}); b();");
        Assert.DoesNotContain("HIDDEN", code, StringComparison.Ordinal);
        Assert.Contains("Code", code, StringComparison.Ordinal);
        Assert.Contains("b();", code, StringComparison.Ordinal);
    }

    [Fact]
    public void Positions_tell_lines()
    {
        Assert.Equal(1, CSharpText.LineOf("a\nb\nc", 0));
        Assert.Equal(3, CSharpText.LineOf("a\nb\nc", 4));
    }
}
