namespace Starling.Repository.Tests;

/// <summary>One place that breaks a rule, and what to do about it.</summary>
internal sealed record Violation(string File, int Line, string Message)
{
    public override string ToString() => $"{File}:{Line}: {Message}";

    /// <summary>Fails the test with every place listed, so that one run shows all there is to do.</summary>
    public static void AssertNone(IEnumerable<Violation> violations)
    {
        var found = violations.Select(violation => violation.ToString()).ToList();
        if (found.Count > 0) Assert.Fail($"{found.Count} violation(s):\n{string.Join('\n', found)}");
    }
}
