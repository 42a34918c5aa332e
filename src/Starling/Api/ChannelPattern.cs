using System.Text;
using System.Text.RegularExpressions;

namespace Starling.Api;

/// <summary>A glob over channel names: <c>*</c> any text, <c>?</c> one character, <c>[abc]</c> <c>[a-z]</c> <c>[!a]</c> one of
/// these or none of them, <c>{one,two}</c> either, <c>\</c> takes the next character as it is.</summary>
/// <remarks>Translated for the framework's engine without backtracking: matching is linear in the name, whatever the pattern
/// (attack A53).</remarks>
internal sealed class ChannelPattern
{
    /// <summary>Characters of a pattern; longer ones are refused.</summary>
    public const int LengthMax = 255;

    /// <summary>Braces in braces.</summary>
    private const int DepthMax = 8;

    /// <summary>Never reached by a linear engine on a name; it is there because every expression has one.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    private readonly Regex? _expression;

    private ChannelPattern(Regex? expression) => _expression = expression;

    /// <returns><see langword="false"/> when it is too long or a bracket is not closed (error 107).</returns>
    public static bool TryParse(string pattern, out ChannelPattern parsed)
    {
        parsed = new ChannelPattern(null);
        if (pattern.Length == 0) return true;
        if (pattern.Length > LengthMax || Translate(pattern) is not { } expression) return false;
        try
        {
            parsed = new ChannelPattern(new Regex(expression, RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant, s_timeout));
            return true;
        }
        catch (ArgumentException)   // a range that runs backwards
        {
            return false;
        }
    }

    public bool Matches(string channel) => _expression is null || _expression.IsMatch(channel);

    private static string? Translate(string pattern)
    {
        var to = new StringBuilder(@"\A(?:", (pattern.Length * 4) + 16);
        var depth = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '*':
                    to.Append(".*");
                    break;
                case '?':
                    to.Append('.');
                    break;
                case '[':
                    var end = pattern.IndexOf(']', i + 1);
                    if (end < 0 || !TryTranslateSet(pattern.AsSpan(i + 1, end - i - 1), to)) return null;
                    i = end;
                    break;
                case '{' when ++depth <= DepthMax:
                    to.Append("(?:");
                    break;
                case '}' when depth > 0:
                    depth--;
                    to.Append(')');
                    break;
                case ',' when depth > 0:
                    to.Append('|');
                    break;
                case '{' or '}':
                    return null;
                case '\\' when ++i == pattern.Length:
                    return null;
                default:
                    to.Append(Regex.Escape(pattern[i].ToString()));
                    break;
            }
        }
        return depth == 0 ? to.Append(@")\z").ToString() : null;
    }

    private static bool TryTranslateSet(ReadOnlySpan<char> set, StringBuilder to)
    {
        var isNegated = set is ['!' or '^', ..];
        if (isNegated) set = set[1..];
        if (set.IsEmpty) return false;
        to.Append(isNegated ? "[^" : "[");
        foreach (var character in set)
        {
            // A minus keeps its meaning; everything else that has one in an expression loses it.
            if (character is '\\' or '[' or '^') to.Append('\\');
            to.Append(character);
        }
        to.Append(']');
        return true;
    }
}
