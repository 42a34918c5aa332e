using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace Starling.Tokens;

/// <summary>A key and the algorithms it may be used with: what a token says of itself never widens them (attack A57).</summary>
internal sealed class VerificationKey
{
    /// <summary>Bytes of a block of SHA-256, and of SHA-384 and SHA-512.</summary>
    private const int ShortBlock = 64;
    private const int LongBlock = 128;

    private static readonly string[] s_rsa =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
    ];

    private readonly string[] _algorithms;

    private VerificationKey(SecurityKey key, params string[] algorithms) => (Key, _algorithms) = (key, algorithms);

    public SecurityKey Key { get; }

    public bool Suits(string algorithm) => _algorithms.Contains(algorithm, StringComparer.Ordinal);

    /// <summary>A shared secret for HS256, HS384 and HS512.</summary>
    public static IEnumerable<VerificationKey> OfSecret(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return new VerificationKey(new SymmetricSecurityKey(Padded(bytes, ShortBlock)), SecurityAlgorithms.HmacSha256);
        yield return new VerificationKey(
            new SymmetricSecurityKey(Padded(bytes, LongBlock)), SecurityAlgorithms.HmacSha384, SecurityAlgorithms.HmacSha512);
    }

    public static VerificationKey Of(RSAParameters key) =>
        OfRsa(Base64UrlEncoder.Encode(key.Modulus), Base64UrlEncoder.Encode(key.Exponent), only: "");

    public static VerificationKey Of(ECParameters key)
    {
        var (algorithm, curve) = PublicKeyPem.AlgorithmOf(key.Curve)!.Value;
        return new VerificationKey(
            new JsonWebKey { Kty = "EC", Crv = curve, X = Base64UrlEncoder.Encode(key.Q.X), Y = Base64UrlEncoder.Encode(key.Q.Y) }, algorithm);
    }

    /// <summary>A key of a key set. Only its public numbers are taken over: neither certificates nor secrets.</summary>
    /// <returns><see langword="null"/> for a key that cannot or must not verify tokens here.</returns>
    public static VerificationKey? Of(JsonWebKey published)
    {
        if (published.Use is { Length: > 0 } use && use != "sig") return null;
        try
        {
            return published.Kty switch
            {
                "RSA" when Base64UrlEncoder.DecodeBytes(published.N).Length * 8 >= PublicKeyPem.RsaBitsMin && published.E is { Length: > 0 } =>
                    OfRsa(published.N, published.E, published.Alg ?? ""),
                "EC" when AlgorithmOf(published.Crv) is { } algorithm && (published.Alg ?? algorithm) == algorithm =>
                    new VerificationKey(new JsonWebKey { Kty = "EC", Crv = published.Crv, X = published.X, Y = published.Y }, algorithm),
                _ => null,
            };
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static VerificationKey OfRsa(string modulus, string exponent, string only) => new(
        new JsonWebKey { Kty = "RSA", N = modulus, E = exponent }, only.Length == 0 ? s_rsa : [.. s_rsa.Where(one => one == only)]);

    private static string? AlgorithmOf(string? curve) => curve switch
    {
        "P-256" => SecurityAlgorithms.EcdsaSha256,
        "P-384" => SecurityAlgorithms.EcdsaSha384,
        "P-521" => SecurityAlgorithms.EcdsaSha512,
        _ => null,
    };

    /// <summary>HMAC itself fills a shorter key with zeros up to a block (RFC 2104 §2), so the signature is the same; the
    /// library refuses short keys, which whoever comes from another server may still have. They are warned of at start.</summary>
    private static byte[] Padded(byte[] secret, int block)
    {
        if (secret.Length >= block) return secret;
        var padded = new byte[block];
        secret.CopyTo(padded, 0);
        return padded;
    }
}
