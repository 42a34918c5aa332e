namespace Starling.Repository.Tests.Rules;

/// <summary>A file has one reason to change and a method fits on a screen. Small is a symptom, not the goal: aim below 400
/// and 70 lines; the limits here are where it stops.</summary>
internal static class LengthRule
{
    public const int FileLinesMax = 500;
    public const int MemberLinesMax = 80;

    public static IEnumerable<Violation> Check(string file, string source)
    {
        var lines = source.AsSpan().TrimEnd().Count('\n') + 1;
        if (lines > FileLinesMax)
        {
            yield return new Violation(file, 1, $"{lines} lines; at most {FileLinesMax}. Split where a sentence about the file needs \"and\".");
        }
        foreach (var member in CSharpMembers.Of(source).Where(member => member.Lines > MemberLinesMax))
        {
            yield return new Violation(file, member.FirstLine,
                $"'{member.Name}' has {member.Lines} lines; at most {MemberLinesMax}. Branch in the parent, work in pure leaves.");
        }
    }
}
