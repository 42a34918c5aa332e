using System.Globalization;

namespace Starling;

/// <summary>The rules of the sections <c>client.token</c> and <c>client.subscription_token</c>.</summary>
internal static class TokenOptionsRules
{
    private static readonly TimeSpan s_skewMax = TimeSpan.FromMinutes(5);

    public static void Check(string section, TokenOptions token, OptionsReport report)
    {
        CheckRule(section, "audience", token.Audience, token.AudienceRegex, report);
        CheckRule(section, "issuer", token.Issuer, token.IssuerRegex, report);
        if (token.RsaPublicKey.Length > 0 && PublicKeyPem.ReadRsa(token.RsaPublicKey) is null)
        {
            RefuseKey($"{section}.rsa_public_key", "a PEM public key of RSA with 2048 bits or more", report);
        }
        if (token.EcdsaPublicKey.Length > 0 && PublicKeyPem.ReadEcdsa(token.EcdsaPublicKey) is null)
        {
            RefuseKey($"{section}.ecdsa_public_key", "a PEM public key on the curve P-256, P-384 or P-521", report);
        }
        if (token.JwksPublicEndpoint.Length > 0) CheckEndpoint($"{section}.jwks_public_endpoint", token.JwksPublicEndpoint, report);
        if (token.ClockSkew < TimeSpan.Zero || token.ClockSkew > s_skewMax) report.Add($"{section}.clock_skew", token.ClockSkew, "0 to 5m");
        CheckIssuers($"{section}.jwks", token.Jwks, report);
    }

    private static void CheckIssuers(string section, List<TokenIssuerOptions> issuers, OptionsReport report)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < issuers.Count; i++)
        {
            var one = string.Create(CultureInfo.InvariantCulture, $"{section}[{i}]");
            var issuer = issuers[i];
            if (issuer.Issuer.Length == 0) report.Add($"{one}.issuer", issuer.Issuer, "the value of iss in the tokens of this issuer");
            else if (!seen.Add(issuer.Issuer)) report.Add($"{one}.issuer", issuer.Issuer, "an issuer that is not in the list yet");
            CheckEndpoint($"{one}.endpoint", issuer.Endpoint, report);
            CheckRule(one, "audience", issuer.Audience, issuer.AudienceRegex, report);
        }
    }

    private static void CheckRule(string section, string claim, string exact, string pattern, OptionsReport report)
    {
        var key = $"{section}.{claim}_regex";
        if (exact.Length > 0 && pattern.Length > 0) report.Add(key, pattern, $"nothing when {section}.{claim} is set");
        ClientOptionsRules.CheckPattern(key, pattern, report);
    }

    private static void CheckEndpoint(string key, string endpoint, OptionsReport report)
    {
        if (!(Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            report.Add(key, endpoint, "an absolute http or https URL");
        }
    }

    /// <summary>The value is not repeated: someone may have put a private key here.</summary>
    private static void RefuseKey(string key, string allowed, OptionsReport report) =>
        report.Failures.Add($"{key}: the value is not allowed; allowed: {allowed}");
}
