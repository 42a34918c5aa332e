using System.Security.Cryptography;

namespace Starling;

/// <summary>Reads the public keys an operator writes as PEM.</summary>
internal static class PublicKeyPem
{
    /// <summary>Shorter RSA keys can be broken (NIST SP 800-131A).</summary>
    public const int RsaBitsMin = 2048;

    /// <returns><see langword="null"/> when the text is not a key that is good enough.</returns>
    public static RSAParameters? ReadRsa(string pem)
    {
        using var rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return rsa.KeySize < RsaBitsMin ? null : rsa.ExportParameters(includePrivateParameters: false);
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            return null;
        }
    }

    /// <returns><see langword="null"/> when the text is not a key on one of the curves of ES256, ES384 and ES512.</returns>
    public static ECParameters? ReadEcdsa(string pem)
    {
        using var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportFromPem(pem);
            var key = ecdsa.ExportParameters(includePrivateParameters: false);
            return AlgorithmOf(key.Curve) is null ? null : key;
        }
        catch (Exception error) when (error is ArgumentException or CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The one algorithm that goes with a curve (RFC 7518 §3.4), and the curve's name there.</summary>
    public static (string Algorithm, string Curve)? AlgorithmOf(ECCurve curve) => curve.Oid.Value switch
    {
        "1.2.840.10045.3.1.7" => ("ES256", "P-256"),
        "1.3.132.0.34" => ("ES384", "P-384"),
        "1.3.132.0.35" => ("ES512", "P-521"),
        _ => null,
    };
}
