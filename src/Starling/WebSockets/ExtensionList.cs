using System.Buffers;

namespace Starling.WebSockets;

/// <summary>Walks a Sec-WebSocket-Extensions header (RFC 6455 §9.1) once, from left to right, without building anything.</summary>
/// <remarks>Call <see cref="TryReadExtension"/>, then <see cref="TryReadParameter"/> until it says no, and so on. Both say no, and
/// <see cref="IsMalformed"/> is set, where the grammar is broken.</remarks>
internal ref struct ExtensionList(ReadOnlySpan<char> header)
{
    /// <summary>The characters of a token (RFC 9110 §5.6.2).</summary>
    public static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private ReadOnlySpan<char> _rest = header;

    public bool IsMalformed { get; private set; }

    /// <summary>Reads the name of the next extension; empty list elements are passed over.</summary>
    public bool TryReadExtension(out ReadOnlySpan<char> name)
    {
        _rest = _rest.TrimStart(" \t,");
        name = default;
        return !IsMalformed && !_rest.IsEmpty && TryReadToken(out name);
    }

    /// <summary>Reads the next parameter of the extension.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value, without quotes.</param>
    /// <param name="hasValue">It has one, if only an empty one.</param>
    public bool TryReadParameter(out ReadOnlySpan<char> name, out ReadOnlySpan<char> value, out bool hasValue)
    {
        name = default;
        value = default;
        hasValue = false;
        if (IsMalformed || !TrySkip(';'))
        {
            // What follows an extension is a comma or the end.
            if (!_rest.IsEmpty && _rest[0] != ',') IsMalformed = true;
            return false;
        }
        TrimStart();
        if (!TryReadToken(out name)) return false;
        hasValue = TrySkip('=');
        if (!hasValue) return true;
        TrimStart();
        return _rest is ['"', ..] ? TryReadQuoted(out value) : TryReadToken(out value);
    }

    private bool TryReadToken(out ReadOnlySpan<char> token)
    {
        var end = _rest.IndexOfAnyExcept(TokenCharacters);
        token = end < 0 ? _rest : _rest[..end];
        _rest = _rest[token.Length..];
        if (token.IsEmpty) IsMalformed = true;
        return !IsMalformed;
    }

    /// <summary>What stands between the quotes must be a token too (RFC 6455 §9.1), so an escape has no business there.</summary>
    private bool TryReadQuoted(out ReadOnlySpan<char> value)
    {
        _rest = _rest[1..];
        if (TryReadToken(out value) && _rest is ['"', ..])
        {
            _rest = _rest[1..];
            return true;
        }
        IsMalformed = true;
        return false;
    }

    private bool TrySkip(char c)
    {
        TrimStart();
        if (_rest.IsEmpty || _rest[0] != c) return false;
        _rest = _rest[1..];
        return true;
    }

    private void TrimStart() => _rest = _rest.TrimStart(" \t");
}
