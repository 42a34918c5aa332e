using System.Text.RegularExpressions;

namespace Starling.Tokens;

/// <summary>What a claim must be: a text, a text that matches an expression, or anything.</summary>
internal sealed class TextRule
{
    /// <summary>Bound on matching; the engine is linear, so only an absurd claim comes near.</summary>
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);

    private readonly string _exact;
    private readonly Regex? _pattern;

    /// <param name="exact">The text; empty for none.</param>
    /// <param name="pattern">The expression; empty for none. It matches anywhere unless it says otherwise.</param>
    public TextRule(string exact, string pattern)
    {
        _exact = exact;
        if (pattern.Length > 0) _pattern = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_matchTimeout);
    }

    /// <summary>Anything goes.</summary>
    public bool IsOpen => _exact.Length == 0 && _pattern is null;

    public bool Accepts(string text)
    {
        if (_pattern is null) return _exact.Length == 0 || string.Equals(text, _exact, StringComparison.Ordinal);
        try
        {
            return text.Length > 0 && _pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>One of the texts is enough; none is not.</summary>
    public bool AcceptsAny(List<string> texts) => IsOpen || texts.Exists(Accepts);
}
