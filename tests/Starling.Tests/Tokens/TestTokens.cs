using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Starling.Tests.Tokens;

/// <summary>Makes tokens by hand, right ones and wrong ones: not with the library that verifies them.</summary>
internal static class TestTokens
{
    public const string Secret = "a secret that only the tests know, and long enough";

    /// <summary>The start of the clock that tests move by hand, in Unix seconds.</summary>
    public const long Now = 1_767_225_600;

    public static string Hmac(string claims, string algorithm = "HS256", string secret = Secret, string? header = null)
    {
        var signed = Unsigned(claims, header ?? $$"""{"alg":"{{algorithm}}","typ":"JWT"}""");
        var key = Encoding.UTF8.GetBytes(secret);
        var bytes = Encoding.UTF8.GetBytes(signed);
        return signed + "." + Text(algorithm switch
        {
            "HS384" => HMACSHA384.HashData(key, bytes),
            "HS512" => HMACSHA512.HashData(key, bytes),
            _ => HMACSHA256.HashData(key, bytes),
        });
    }

    public static string Rsa(string claims, RSA key, string algorithm = "RS256", string? kid = null)
    {
        var signed = Unsigned(claims, Header(algorithm, kid));
        var padding = algorithm.StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        return signed + "." + Text(key.SignData(Encoding.UTF8.GetBytes(signed), HashOf(algorithm), padding));
    }

    public static string Ecdsa(string claims, ECDsa key, string algorithm = "ES256", string? kid = null)
    {
        var signed = Unsigned(claims, Header(algorithm, kid));
        return signed + "." + Text(key.SignData(Encoding.UTF8.GetBytes(signed), HashOf(algorithm)));
    }

    public static string Unsigned(string claims, string header) => Text(Encoding.UTF8.GetBytes(header)) + "." + Text(Encoding.UTF8.GetBytes(claims));

    /// <summary>A key as an issuer publishes it.</summary>
    public static JsonObject Published(RSA key, string kid)
    {
        var numbers = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = kid, ["n"] = Text(numbers.Modulus!), ["e"] = Text(numbers.Exponent!) };
    }

    public static JsonObject Published(ECDsa key, string kid)
    {
        var numbers = key.ExportParameters(includePrivateParameters: false);
        return new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["kid"] = kid, ["x"] = Text(numbers.Q.X!), ["y"] = Text(numbers.Q.Y!) };
    }

    public static string Text(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string Header(string algorithm, string? kid)
    {
        var header = new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" };
        if (kid is not null) header["kid"] = kid;
        return header.ToJsonString();
    }

    private static HashAlgorithmName HashOf(string algorithm) => algorithm[2..] switch
    {
        "384" => HashAlgorithmName.SHA384,
        "512" => HashAlgorithmName.SHA512,
        _ => HashAlgorithmName.SHA256,
    };
}
