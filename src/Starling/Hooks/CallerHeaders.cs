using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Starling.Hooks;

/// <summary>The headers of a client that back ends may see, copied while its request is there: later, the request's memory may
/// belong to somebody else.</summary>
/// <param name="Sent">Of the client's HTTP request.</param>
/// <param name="Emulated">Of its connect command, under its own control.</param>
internal sealed record CallerHeaders(KeyValuePair<string, string>[] Sent, KeyValuePair<string, string>[] Emulated)
{
    /// <summary>Bytes of emulated headers that are kept; real ones are bounded by the web server.</summary>
    private const int EmulatedLengthMax = 8192;

    public static CallerHeaders None { get; } = new([], []);

    /// <summary>Copies the headers of a request that any back end may see.</summary>
    public static CallerHeaders Of(HttpContext? context, FrozenSet<string> allowed)
    {
        if (context is null || allowed.Count == 0) return None;
        var sent = new List<KeyValuePair<string, string>>();
        foreach (var name in allowed)
        {
            foreach (var value in context.Request.Headers[name])
            {
                if (value is not null && IsPlain(value)) sent.Add(new(name, value));
            }
        }
        return sent.Count == 0 ? None : new CallerHeaders([.. sent], []);
    }

    /// <summary>The same with what the client wrote into its connect command.</summary>
    public CallerHeaders With(IReadOnlyDictionary<string, string>? emulated, FrozenSet<string> allowed)
    {
        if (emulated is null || emulated.Count == 0 || allowed.Count == 0) return this;
        var kept = new List<KeyValuePair<string, string>>();
        var length = 0;
        foreach (var (name, value) in emulated)
        {
            if (!allowed.Contains(name) || !IsPlain(value) || (length += value.Length) > EmulatedLengthMax) continue;
            kept.Add(new(name, value));
        }
        return this with { Emulated = [.. kept] };
    }

    /// <summary>Printable ASCII: nothing a line could be broken with.</summary>
    private static bool IsPlain(string value) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
}
