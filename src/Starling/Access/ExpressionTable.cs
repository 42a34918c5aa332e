using System.Text.RegularExpressions;

namespace Starling.Access;

/// <summary>The expressions of capabilities, built once for all tokens that have them: each takes hundreds of kilobytes and up to
/// milliseconds. The ones used last are kept; who has another goes on with it.</summary>
/// <remarks>Thread-safe, and so are the expressions.</remarks>
internal sealed class ExpressionTable
{
    public const int KeptMax = 64;

    /// <summary>Bound on matching; the engine is linear, so only an absurd expression comes near. The first match of a process
    /// compiles the engine, which on a busy machine takes a good part of a second.</summary>
    private static readonly TimeSpan s_matchTimeout = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Regex Built, long Use)> _kept = new(StringComparer.Ordinal);
    private long _use;

    public int Count
    {
        get
        {
            lock (_gate) return _kept.Count;
        }
    }

    /// <summary>An expression that matches whole names.</summary>
    /// <returns><see langword="null"/> when it is no expression, one that needs backtracking, or one that counts too far.</returns>
    public Regex? Find(string expression)
    {
        lock (_gate)
        {
            if (_kept.TryGetValue(expression, out var found))
            {
                _kept[expression] = (found.Built, ++_use);
                return found.Built;
            }
        }
        if (Build(expression) is not { } built) return null;
        lock (_gate)
        {
            if (_kept.Count >= KeptMax && !_kept.ContainsKey(expression)) _kept.Remove(_kept.MinBy(static kept => kept.Value.Use).Key);
            _kept[expression] = (built, ++_use);
        }
        return built;
    }

    private static Regex? Build(string expression)
    {
        try
        {
            // It has to stand alone: a bracket too many must not end the one put around it.
            _ = new Regex(expression, RegexOptions.CultureInvariant, s_matchTimeout);
            return new Regex($@"\A(?:{expression})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, s_matchTimeout);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
