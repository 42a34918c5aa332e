using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Starling.Tokens;

/// <summary>A token as it came, taken apart but not believed: its three parts, and what its header says of the signature.</summary>
/// <remarks>Only the compact form of a signed token is taken (RFC 7515 §7.1). Of the header nothing but <c>alg</c>,
/// <c>kid</c> and <c>typ</c> is used: keys or addresses of keys in it (<c>jku</c>, <c>jwk</c>, <c>x5u</c>, <c>x5c</c>) are passed over.</remarks>
internal sealed class TokenText
{
    /// <summary>Longer tokens are refused before anything is read from them.</summary>
    public const int LengthMax = 16 * 1024;

    /// <summary>Objects within objects in a header or payload.</summary>
    internal const int DepthMax = 32;

    private static readonly SearchValues<char> s_parts =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>What an access or connection token may call itself; others (logout tokens, proofs of possession) are not ours.</summary>
    private static readonly string[] s_types = ["JWT", "at+jwt", "application/at+jwt"];

    private TokenText(string text, byte[] payload) => (Text, Payload) = (text, payload);

    public string Text { get; }

    /// <summary>Decoded, not verified.</summary>
    public byte[] Payload { get; }

    public string Algorithm { get; private set; } = "";

    /// <summary>An opaque name; empty when there is none.</summary>
    public string KeyId { get; private set; } = "";

    /// <returns><see langword="null"/> for anything that is not a signed token in compact form.</returns>
    public static TokenText? Parse(string text)
    {
        if (text.Length > LengthMax || text.AsSpan().ContainsAnyExcept(s_parts)) return null;
        Span<Range> parts = stackalloc Range[4];
        if (text.AsSpan().Split(parts, '.') != 3) return null;
        if (Decode(text.AsSpan(parts[0])) is not { Length: > 0 } header) return null;
        if (Decode(text.AsSpan(parts[1])) is not { Length: > 0 } payload) return null;
        if (Decode(text.AsSpan(parts[2])) is not { Length: > 0 }) return null;
        var token = new TokenText(text, payload);
        return token.TryReadHeader(header) ? token : null;
    }

    private static byte[]? Decode(ReadOnlySpan<char> part)
    {
        try
        {
            return Base64Url.DecodeFromChars(part);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private bool TryReadHeader(byte[] header)
    {
        try
        {
            var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = DepthMax });
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
            var type = "";
            var seen = 0;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var member = json.ValueTextEquals("alg"u8) ? 1 : json.ValueTextEquals("kid"u8) ? 2 : json.ValueTextEquals("typ"u8) ? 4 : 0;
                // Extensions that must be understood are not, and neither are encrypted or compressed contents (RFC 7515 §4.1.11).
                if (json.ValueTextEquals("crit"u8) || json.ValueTextEquals("enc"u8) || json.ValueTextEquals("zip"u8)) return false;
                json.Read();
                if (member == 0)
                {
                    json.Skip();
                    continue;
                }
                if (json.TokenType != JsonTokenType.String || (seen & member) != 0) return false;   // two readers might take different ones
                seen |= member;
                var value = json.GetString()!;
                if (member == 1) Algorithm = value;
                else if (member == 2) KeyId = value;
                else type = value;
            }
            return Algorithm.Length > 0 && (type.Length == 0 || s_types.Contains(type, StringComparer.OrdinalIgnoreCase));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return false;
        }
    }
}
