namespace Starling.Tokens;

/// <summary>Which keys may prove a token: those of a listed issuer if it names one, those of the key set if it names a key,
/// else the ones written in the configuration. Keys never stand in for each other (attacks A57, A60, A61).</summary>
internal sealed class TokenKeys
{
    private readonly List<VerificationKey> _configured = [];
    private readonly List<VerificationKey> _previous = [];
    private readonly Dictionary<string, IssuerKeys> _issuers = new(StringComparer.Ordinal);
    private readonly KeySet? _keySet;
    private readonly long _previousUntil;
    private readonly TimeProvider _time;

    public TokenKeys(TokenOptions options, KeySets keySets, TimeProvider time)
    {
        _time = time;
        _previousUntil = options.HmacPreviousSecretKeyValidUntil;
        if (options.HmacSecretKey.Length > 0) _configured.AddRange(VerificationKey.OfSecret(options.HmacSecretKey));
        if (options.HmacPreviousSecretKey.Length > 0) _previous.AddRange(VerificationKey.OfSecret(options.HmacPreviousSecretKey));
        if (options.RsaPublicKey.Length > 0 && PublicKeyPem.ReadRsa(options.RsaPublicKey) is { } rsa) _configured.Add(VerificationKey.Of(rsa));
        if (options.EcdsaPublicKey.Length > 0 && PublicKeyPem.ReadEcdsa(options.EcdsaPublicKey) is { } ecdsa) _configured.Add(VerificationKey.Of(ecdsa));
        if (options.JwksPublicEndpoint.Length > 0) _keySet = keySets.Of(options.JwksPublicEndpoint);
        foreach (var issuer in options.Jwks)
        {
            _issuers[issuer.Issuer] = new IssuerKeys(keySets.Of(issuer.Endpoint), new TextRule(issuer.Audience, issuer.AudienceRegex));
        }
    }

    /// <summary>Nothing is configured: no token can be proved.</summary>
    public bool IsEmpty => _configured.Count + _previous.Count + _issuers.Count == 0 && _keySet is null;

    /// <summary>The issuer is one of the closed list: its keys and its audience apply, no others.</summary>
    public IssuerKeys? FindIssuer(string issuer) => _issuers.GetValueOrDefault(issuer);

    public ValueTask<KeyLookup> FindAsync(TokenText token, IssuerKeys? issuer)
    {
        if (issuer is not null) return issuer.Keys.FindAsync(token.KeyId, token.Algorithm);
        var isSymmetric = token.Algorithm.StartsWith("HS", StringComparison.Ordinal);
        if (_keySet is not null && !isSymmetric && token.KeyId.Length > 0) return _keySet.FindAsync(token.KeyId, token.Algorithm);
        var arePreviousValid = _previousUntil == 0 || _time.GetUtcNow().ToUnixTimeSeconds() < _previousUntil;
        var keys = arePreviousValid ? _configured.Concat(_previous) : _configured;
        return ValueTask.FromResult(new KeyLookup([.. keys.Where(key => key.Suits(token.Algorithm))]));
    }
}

/// <summary>One issuer of the closed list.</summary>
internal sealed record IssuerKeys(KeySet Keys, TextRule Audience);
