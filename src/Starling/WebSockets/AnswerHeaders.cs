using System.Globalization;

namespace Starling.WebSockets;

/// <summary>The headers of a server's answer to an opening handshake, read strictly (RFC 9112 §4 and §5).</summary>
internal sealed class AnswerHeaders
{
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>All values of a header, in order; none when it is absent.</summary>
    public List<string> this[string name] => _values.TryGetValue(name, out var values) ? values : [];

    /// <summary>Reads "HTTP/1.1 101 …".</summary>
    public static bool TryReadStatus(string line, out int status)
    {
        status = 0;
        return line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
            && line.Length >= 12
            && (line.Length == 12 || line[12] == ' ')
            && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out status)
            && !line.AsSpan().ContainsAny('\r', '\n', '\0');
    }

    /// <summary>Reads header lines.</summary>
    /// <returns><see langword="false"/> for a line without a name, a folded line, and control characters.</returns>
    public static bool TryRead(ReadOnlySpan<string> lines, out AnswerHeaders headers)
    {
        headers = new AnswerHeaders();
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAnyExcept(ExtensionList.TokenCharacters)) return false;
            var value = line.AsSpan(colon + 1).Trim(" \t");
            if (value.ContainsAnyInRange('\0', '\b') || value.ContainsAnyInRange('\n', '\x1F') || value.Contains('\x7F')) return false;
            if (!headers._values.TryGetValue(line[..colon], out var values)) headers._values.Add(line[..colon], values = []);
            values.Add(value.ToString());
        }
        return true;
    }

    /// <summary>The header is there once, with exactly this value.</summary>
    public bool IsOnly(string name, string value, StringComparison comparison) => this[name] is [var only] && only.Equals(value, comparison);

    /// <summary>The header's list contains a token, in any case.</summary>
    public bool HasToken(string name, string token) =>
        this[name].Exists(line => Array.Exists(line.Split(','), item => item.Trim().Equals(token, StringComparison.OrdinalIgnoreCase)));
}
