using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class LengthTests
{
    [Fact]
    public void Files_and_members_stay_short() =>
        Violation.AssertNone(RepositoryTree.CSharpFiles.SelectMany(file => LengthRule.Check(file, RepositoryTree.Read(file))));

    [Fact]
    public void The_rule_finds_a_long_file()
    {
        var allowed = string.Concat(Enumerable.Repeat("// line\n", LengthRule.FileLinesMax));
        Assert.Empty(LengthRule.Check("A.cs", allowed));
        Assert.Single(LengthRule.Check("A.cs", allowed + "// one more\n"));
    }

    [Theory]
    [InlineData("internal sealed class C(int a) : B(a)\n{\n    [Fact]\n    public static int M<T>(T x) where T : class\n    {\nBODY    }\n}\n", "M")]
    [InlineData("struct S\n{\n    public int P\n    {\n        get\n        {\nBODY            return 1;\n        }\n    }\n}\n", "P")]
    [InlineData("namespace N\n{\n    record R(int A)\n    {\n        public R() : this(1)\n        {\nBODY        }\n    }\n}\n", "R")]
    [InlineData("class C\n{\n    int M(int x) => x switch\n    {\nBODY        _ => 1,\n    };\n}\n", "M")]
    [InlineData("class C\n{\n    static readonly Action s_act = () =>\n    {\nBODY    };\n}\n", "s_act")]
    [InlineData("class C\n{\n    public static bool operator ==(C a, C b)\n    {\nBODY        return true;\n    }\n}\n", "==")]
    [InlineData("using System;\nusing var x = new C\n{\n};\nif (x.A)\n{\nBODY}\nreturn 1;\n", "top-level statements")]
    public void The_rule_finds_a_long_member_of_every_form(string source, string name)
    {
        var violation = Assert.Single(LengthRule.Check("A.cs", Fill(source, LengthRule.MemberLinesMax)));
        Assert.Contains($"'{name}'", violation.Message, StringComparison.Ordinal);
        Assert.Empty(LengthRule.Check("A.cs", Fill(source, LengthRule.MemberLinesMax - 20)));

        static string Fill(string source, int lines) =>
            source.Replace("BODY", string.Concat(Enumerable.Repeat("// {\n", lines)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_counts_from_its_declaration_to_its_last_brace()
    {
        var member = Assert.Single(CSharpMembers.Of("""
            namespace N;
            class C
            {
                private readonly string[] _table = ["}", "{"];

                /// <summary>Says } in a comment.</summary>
                [Obsolete("}")]
                public void M(char open = '{')
                {
                    var text = $"{{ {open} }}";
                }

                public abstract void Other();
            }
            """));
        Assert.Equal(new CSharpMember("M", 8, 11), member);
    }

    [Fact]
    public void A_table_in_a_field_is_data_and_not_counted()
    {
        var rows = string.Concat(Enumerable.Repeat("        [1, 2],\n", LengthRule.MemberLinesMax + 20));
        Assert.Empty(LengthRule.Check("A.cs", $"class C\n{{\n    int[][] _rows =\n    [\n{rows}    ];\n}}\n"));
    }
}
