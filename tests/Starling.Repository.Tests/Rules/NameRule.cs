using System.Text.RegularExpressions;

namespace Starling.Repository.Tests.Rules;

/// <summary>A type is named after what it is. A name that fits anything says nothing.</summary>
internal static partial class NameRule
{
    public static IEnumerable<Violation> Check(string file, string source)
    {
        foreach (var (name, line) in TypesIn(source).Where(type => EmptySuffix().IsMatch(type.Name)))
        {
            yield return new Violation(file, line, $"type '{name}': name it after what it is, not Manager, Helper or Util.");
        }
    }

    /// <summary>The types declared in a source file, nested ones too.</summary>
    public static IEnumerable<(string Name, int Line)> TypesIn(string source)
    {
        var code = CSharpText.CodeOf(source);
        return TypeDeclaration().Matches(code).Select(match => (match.Groups["name"].Value, CSharpText.LineOf(code, match.Index)));
    }

    [GeneratedRegex(@"(Manager|Helper|Util|Utility|Utilitie)s?$")]
    private static partial Regex EmptySuffix();

    [GeneratedRegex(@"\b(class|struct|interface|enum|record(\s+(class|struct))?|delegate\s+[\w<>?.]+)\s+(?<name>[A-Z_]\w*)")]
    private static partial Regex TypeDeclaration();
}
