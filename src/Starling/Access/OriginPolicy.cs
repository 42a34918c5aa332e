using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Starling.Access;

/// <summary>Which pages may connect: origins are compared as parsed tuples of scheme, host and port (RFC 6454 §5), never as
/// text. A request without an <c>Origin</c> does not come from a page and passes.</summary>
internal sealed class OriginPolicy
{
    private readonly bool _allowsAll;
    private readonly bool _guardsCookies;
    private readonly Pattern[] _patterns;

    /// <param name="allowed">Origins; <c>*</c> alone allows all, and one label of a host may be <c>*</c>. Empty: only the host
    /// the request was sent to.</param>
    /// <param name="guardsCookies">Clients are let in by what a browser sends along by itself, so that a foreign page could use it:
    /// then a cookie without an <c>Origin</c> is only taken if the browser says that it comes from a page of this host.</param>
    public OriginPolicy(IReadOnlyList<string> allowed, bool guardsCookies = false)
    {
        _guardsCookies = guardsCookies;
        _allowsAll = allowed.Contains("*");
        _patterns = [.. allowed.Where(static text => text != "*").Select(Pattern.Parse).OfType<Pattern>()];
        FallsBackToHost = allowed.Count == 0;
    }

    /// <summary>No origin was named: a page may connect to the host it came from.</summary>
    public bool FallsBackToHost { get; }

    public bool Allows(HttpRequest request)
    {
        var origins = request.Headers.Origin;
        if (origins.Count == 0) return !_guardsCookies || request.Headers.Cookie.Count == 0 || request.Headers["Sec-Fetch-Site"] == "same-origin";
        if (_allowsAll) return !origins.ToString().AsSpan().ContainsAnyExceptInRange(' ', '~');   // no browser sends others, and it is given back
        if (origins.Count > 1 || Pattern.Parse(origins[0]) is not { IsExact: true } origin) return false;
        if (FallsBackToHost) return origin.HasHost(request.Host, request.IsHttps);
        foreach (var pattern in _patterns)
        {
            if (pattern.Matches(origin)) return true;
        }
        return false;
    }

    /// <param name="Scheme">Lower case.</param>
    /// <param name="Labels">The host's labels, lower case; one may be <c>*</c>.</param>
    /// <param name="Port">Explicit or the scheme's default.</param>
    private sealed record Pattern(string Scheme, string[] Labels, int Port)
    {
        private static readonly SearchValues<char> s_notInAuthority = SearchValues.Create("/?#@\\ ,");

        public bool IsExact => !Labels.Contains("*");

        public static Pattern? Parse(string? text)
        {
            if (text is null) return null;
            var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
            if (schemeEnd <= 0) return null;   // also "null"
            var scheme = text[..schemeEnd].ToLowerInvariant();
            var authority = text[(schemeEnd + 3)..];
            if (authority.Length == 0 || authority.AsSpan().IndexOfAny(s_notInAuthority) >= 0) return null;
            var host = new HostString(authority);
            var name = host.Host.ToLowerInvariant();
            if (name.Length == 0 || name.EndsWith('.') || name.StartsWith('.') || (authority.EndsWith(':'))) return null;
            if (host.Port is null && name.Length < authority.TrimEnd(']').TrimStart('[').Length) return null;   // a port that is no number
            var port = host.Port ?? DefaultPort(scheme);
            return new Pattern(scheme, name.StartsWith('[') ? [name] : name.Split('.'), port);
        }

        public bool Matches(Pattern origin)
        {
            if (Scheme != origin.Scheme || Port != origin.Port || Labels.Length != origin.Labels.Length) return false;
            for (var i = 0; i < Labels.Length; i++)
            {
                if (Labels[i] != "*" && Labels[i] != origin.Labels[i]) return false;
            }
            return true;
        }

        public bool HasHost(HostString host, bool isHttps)
        {
            // A page over HTTP may be anybody's between it and its reader. One over HTTPS may stand behind a proxy that ends TLS.
            if (Scheme != "https" && (Scheme != "http" || isHttps)) return false;
            return string.Equals(string.Join('.', Labels), host.Host, StringComparison.OrdinalIgnoreCase)
                && Port == (host.Port ?? DefaultPort(isHttps ? "https" : "http"));
        }

        private static int DefaultPort(string scheme) => scheme switch { "https" or "wss" => 443, "http" or "ws" => 80, _ => -1 };
    }
}
