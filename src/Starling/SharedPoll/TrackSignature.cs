using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Starling;

/// <summary>Signatures that permit a user to track keys of a shared poll channel (protocol 4.10): made by the application, which
/// knows who may see what, checked by the server.</summary>
public static class TrackSignature
{
    private const byte Separator = 0;

    /// <summary>Signs a set of keys.</summary>
    /// <param name="secret">The secret of <c>shared_poll.hmac_secret_key</c>.</param>
    /// <param name="user">The user; empty for an anonymous one.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="keys">The keys in the order in which the client sends them.</param>
    /// <param name="issuedAt">Now.</param>
    /// <param name="expiresAt">When the client has to ask anew; <see langword="null"/>: never.</param>
    public static string Create(
        string secret, string user, string channel, IReadOnlyList<string> keys, DateTimeOffset issuedAt, DateTimeOffset? expiresAt = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        ArgumentNullException.ThrowIfNull(keys);
        var issued = issuedAt.ToUnixTimeSeconds();
        var expires = expiresAt?.ToUnixTimeSeconds() ?? 0;
        var code = Convert.ToHexStringLower(Code(secret, issued, expires, user, channel, keys));
        return string.Create(CultureInfo.InvariantCulture, $"{issued}:{expires}:{code}");
    }

    /// <summary>Checks a signature; whether it has expired is the caller's to judge.</summary>
    /// <param name="secret">The secret; an empty one permits nothing.</param>
    /// <param name="signature">As sent.</param>
    /// <param name="user">The connection's user.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="keys">In the order of the request.</param>
    /// <param name="expiresAt">Unix seconds; 0: never.</param>
    internal static bool Verify(string secret, string signature, string user, string channel, IReadOnlyList<string> keys, out long expiresAt)
    {
        expiresAt = 0;
        var parts = signature.Split(':');
        if (secret.Length == 0 || parts.Length != 3 || parts[2].Length != 2 * HMACSHA256.HashSizeInBytes) return false;
        if (!TryNumber(parts[0], out var issuedAt) || !TryNumber(parts[1], out expiresAt)) return false;
        Span<byte> code = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (Convert.FromHexString(parts[2], code, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        return CryptographicOperations.FixedTimeEquals(code, Code(secret, issuedAt, expiresAt, user, channel, keys));
    }

    private static byte[] Code(string secret, long issuedAt, long expiresAt, string user, string channel, IReadOnlyList<string> keys)
    {
        var joined = Join(keys);
        var text = Join([
            issuedAt.ToString(CultureInfo.InvariantCulture), expiresAt.ToString(CultureInfo.InvariantCulture), user, channel,
            Convert.ToHexStringLower(SHA256.HashData(joined)),
        ]);
        return HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), text);
    }

    private static byte[] Join(IReadOnlyList<string> parts)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < parts.Count; i++)
        {
            if (i > 0) bytes.Add(Separator);
            bytes.AddRange(Encoding.UTF8.GetBytes(parts[i]));
        }
        return [.. bytes];
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
