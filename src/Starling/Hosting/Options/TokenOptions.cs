namespace Starling;

/// <summary>How JSON Web Tokens are verified; bound from <c>client.token</c>. An algorithm without a key refuses its tokens.</summary>
public class TokenOptions
{
    /// <summary>Key <c>hmac_secret_key</c>: the secret of HS256, HS384 and HS512. Empty = these are refused; default empty.</summary>
    public string HmacSecretKey { get; set; } = "";

    /// <summary>Key <c>hmac_previous_secret_key</c>: the secret before the last change, still accepted. Default: empty.</summary>
    public string HmacPreviousSecretKey { get; set; } = "";

    /// <summary>Key <c>hmac_previous_secret_key_valid_until</c>: Unix seconds until which the previous secret is accepted;
    /// 0 = without end. Default 0.</summary>
    public long HmacPreviousSecretKeyValidUntil { get; set; }

    /// <summary>Key <c>rsa_public_key</c>: PEM of the public key of RS256, RS384 and RS512. Default: empty.</summary>
    public string RsaPublicKey { get; set; } = "";

    /// <summary>Key <c>ecdsa_public_key</c>: PEM of the public key of ES256, ES384 and ES512. Default: empty.</summary>
    public string EcdsaPublicKey { get; set; } = "";

    /// <summary>Key <c>jwks_public_endpoint</c>: http or https URL of a key set; keys are chosen by the token's <c>kid</c>.
    /// Default: empty.</summary>
    public string JwksPublicEndpoint { get; set; } = "";

    /// <summary>Key <c>jwks</c> (Starling's own): issuers with a key set each. A token that names one of them in <c>iss</c> is
    /// verified with the keys of that issuer and no others; no request leaves for an issuer that is not listed. Default: none.</summary>
    public List<TokenIssuerOptions> Jwks { get; set; } = [];

    /// <summary>Key <c>audience</c>: the value <c>aud</c> must hold. Empty = not checked; default empty.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Key <c>audience_regex</c>: the pattern <c>aud</c> must match; not together with <see cref="Audience"/>.
    /// Default: empty.</summary>
    public string AudienceRegex { get; set; } = "";

    /// <summary>Key <c>issuer</c>: the value of <c>iss</c>. Empty = not checked; default empty.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Key <c>issuer_regex</c>: the pattern <c>iss</c> must match; not together with <see cref="Issuer"/>.
    /// Default: empty.</summary>
    public string IssuerRegex { get; set; } = "";

    /// <summary>Key <c>user_id_claim</c>: the claim that holds the user id. Empty = <c>sub</c>; default empty.</summary>
    public string UserIdClaim { get; set; } = "";

    /// <summary>Key <c>clock_skew</c> (Starling's own): how far the clock of whoever makes tokens may be ahead: bounds
    /// <c>nbf</c> and <c>iat</c>, never <c>exp</c>. 0 to 5 min; default 30 s.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>There is something to verify tokens with.</summary>
    internal bool HasKeys => Jwks.Count > 0
        || (HmacSecretKey.Length + HmacPreviousSecretKey.Length + RsaPublicKey.Length + EcdsaPublicKey.Length + JwksPublicEndpoint.Length) > 0;
}

/// <summary>An issuer whose tokens are taken; bound from <c>client.token.jwks</c>.</summary>
public sealed class TokenIssuerOptions
{
    /// <summary>Key <c>issuer</c>: the exact value of <c>iss</c>.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Key <c>endpoint</c>: http or https URL of its key set.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Key <c>audience</c>: the value <c>aud</c> must hold. Empty = what <c>client.token</c> says; default empty.</summary>
    public string Audience { get; set; } = "";

    /// <summary>Key <c>audience_regex</c>: the pattern <c>aud</c> must match; not together with <see cref="Audience"/>.
    /// Default: empty.</summary>
    public string AudienceRegex { get; set; } = "";
}

/// <summary>Keys of subscription tokens; bound from <c>client.subscription_token</c>.</summary>
public sealed class SubscriptionTokenOptions : TokenOptions
{
    /// <summary>Key <c>enabled</c>: subscription tokens are verified with the keys of this section alone. Default: false, they
    /// are verified with those of <c>client.token</c>.</summary>
    public bool Enabled { get; set; }
}
