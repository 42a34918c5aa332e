using System.Text.RegularExpressions;

namespace Starling.Access;

/// <summary>Channels a token means without naming each: by a wildcard or by an expression, always by the whole name.</summary>
/// <remarks>A private channel (<c>$</c>) is meant only by what begins with <c>$</c> itself: <c>*</c> is none of them.</remarks>
internal sealed class ChannelMask
{
    /// <summary>An expression that took too long this often matches nothing any more for this connection.</summary>
    private const int TimeoutsMax = 3;

    private const char Any = '*';

    private readonly bool _meansPrivate;
    private readonly string[] _parts;
    private Regex? _expression;
    private int _timeouts;

    private ChannelMask(bool meansPrivate, string[] parts, Regex? expression) => (_meansPrivate, _parts, _expression) = (meansPrivate, parts, expression);

    /// <summary><c>*</c> stands for any number of characters, everything else for itself.</summary>
    public static ChannelMask OfWildcard(string wildcard) => new(NamespaceTable.IsPrivate(wildcard), wildcard.Split(Any), expression: null);

    /// <param name="expression">As the token has it.</param>
    /// <param name="built">The same, built for whole names.</param>
    public static ChannelMask OfExpression(string expression, Regex built) =>
        new(expression.StartsWith(@"\$", StringComparison.Ordinal), [], built);

    public bool Matches(string channel)
    {
        if (NamespaceTable.IsPrivate(channel) && !_meansPrivate) return false;
        return _parts.Length > 0 ? MatchesWildcard(channel) : MatchesExpression(channel);
    }

    private bool MatchesExpression(string channel)
    {
        try
        {
            return _expression?.IsMatch(channel) == true;
        }
        catch (RegexMatchTimeoutException)
        {
            if (++_timeouts >= TimeoutsMax) _expression = null;
            return false;
        }
    }

    private bool MatchesWildcard(ReadOnlySpan<char> channel)
    {
        if (_parts is [var name]) return channel.SequenceEqual(name);
        if (!channel.StartsWith(_parts[0])) return false;
        var rest = channel[_parts[0].Length..];
        foreach (var part in _parts.AsSpan(1..^1))
        {
            var at = rest.IndexOf(part);   // the first one leaves the most for those behind it
            if (at < 0) return false;
            rest = rest[(at + part.Length)..];
        }
        return rest.EndsWith(_parts[^1]);
    }
}
