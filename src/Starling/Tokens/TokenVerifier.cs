using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Starling.Access;

namespace Starling.Tokens;

/// <summary>Verifies tokens (protocol 4.1): their signature with a key of ours, who made them for whom, and when they are good.</summary>
/// <remarks>Thread-safe and, but for what it keeps to be faster, unchangeable: other keys or rules are another verifier. Synchronous unless a key set has to be fetched first.</remarks>
internal sealed class TokenVerifier
{
    private const string DefaultUserClaim = "sub";

    private static readonly JsonWebTokenHandler s_handler = new() { MaximumTokenSizeInBytes = TokenText.LengthMax };

    private readonly TokenKeys _keys;
    private readonly TextRule _audience;
    private readonly TextRule _issuer;
    private readonly string _userClaim;
    private readonly long _skewSeconds;
    private readonly ExpressionTable _expressions = new();
    private readonly TimeProvider _time;

    public TokenVerifier(TokenOptions options, KeySets keySets, TimeProvider time)
    {
        _time = time;
        _keys = new TokenKeys(options, keySets, time);
        _audience = new TextRule(options.Audience, options.AudienceRegex);
        _issuer = new TextRule(options.Issuer, options.IssuerRegex);
        _userClaim = options.UserIdClaim.Length > 0 ? options.UserIdClaim : DefaultUserClaim;
        _skewSeconds = (long)options.ClockSkew.TotalSeconds;
    }

    /// <summary>There is something to verify tokens with.</summary>
    public bool IsConfigured => !_keys.IsEmpty;

    /// <summary>Verifies a connection token. A subscription token is none, however well signed.</summary>
    public ValueTask<TokenVerdict<ConnectionToken>> VerifyConnectionAsync(string token) => VerifyAsync(token, static claims =>
        claims.Channel is not null ? null : new ConnectionToken
        {
            User = claims.User,
            Stamp = claims.Stamp,
            ConnectionExpiresAt = claims.EffectiveExpiry,
            Info = claims.Info,
            Meta = claims.Meta,
            Capabilities = claims.Capabilities,
            Subscriptions = claims.Subscriptions,
        });

    /// <summary>Verifies a subscription token; whether it is for this connection and channel is the caller's to judge.</summary>
    public ValueTask<TokenVerdict<SubscriptionToken>> VerifySubscriptionAsync(string token) => VerifyAsync(token, static claims =>
        claims.Channel is not { Length: > 0 } channel ? null : new SubscriptionToken
        {
            Channel = channel,
            User = claims.User,
            Client = claims.Client,
            Stamp = claims.Stamp,
            SubscriptionExpiresAt = claims.EffectiveExpiry,
            Info = claims.Info,
            Data = claims.Data,
            Override = claims.Override,
            Rights = claims.Rights,
        });

    private ValueTask<TokenVerdict<T>> VerifyAsync<T>(string text, Func<TokenClaims, T?> create)
        where T : class
    {
        if (TokenText.Parse(text) is not { } token) return ValueTask.FromResult(new TokenVerdict<T>(TokenStatus.Invalid));
        var issuer = _keys.FindIssuer(TokenClaims.PeekIssuer(token.Payload));
        var finding = _keys.FindAsync(token, issuer);
        return finding.IsCompletedSuccessfully
            ? JudgeAsync(token, issuer, finding.Result, create)
            : AwaitAsync(token, issuer, finding, create);
    }

    private async ValueTask<TokenVerdict<T>> AwaitAsync<T>(
        TokenText token, IssuerKeys? issuer, ValueTask<KeyLookup> finding, Func<TokenClaims, T?> create)
        where T : class => await JudgeAsync(token, issuer, await finding, create);

    private async ValueTask<TokenVerdict<T>> JudgeAsync<T>(TokenText token, IssuerKeys? issuer, KeyLookup keys, Func<TokenClaims, T?> create)
        where T : class
    {
        if (keys.IsUnavailable) return new TokenVerdict<T>(TokenStatus.Unavailable);
        if (keys.Keys.Count == 0 || !await IsSignedAsync(token, keys.Keys)) return new TokenVerdict<T>(TokenStatus.Invalid);
        if (TokenClaims.Read(token.Payload, _userClaim, _expressions) is not { IsForeignKind: false } claims) return new TokenVerdict<T>(TokenStatus.Invalid);
        var isMeant = issuer is null
            ? _issuer.Accepts(claims.Issuer) && _audience.AcceptsAny(claims.Audiences)
            : (issuer.Audience.IsOpen ? _audience : issuer.Audience).AcceptsAny(claims.Audiences);
        if (!isMeant || create(claims) is not { } created) return new TokenVerdict<T>(TokenStatus.Invalid);
        return IsTimely(claims) ? TokenVerdict<T>.Of(created) : new TokenVerdict<T>(TokenStatus.Expired);
    }

    /// <summary>Whether one of the keys made the signature. Everything else the library could check is checked here, so that
    /// each refusal has its code.</summary>
    private static async ValueTask<bool> IsSignedAsync(TokenText token, IReadOnlyList<VerificationKey> keys)
    {
        var result = await s_handler.ValidateTokenAsync(token.Text, new TokenValidationParameters
        {
            IssuerSigningKeys = keys.Select(static key => key.Key),
            ValidAlgorithms = [token.Algorithm],   // the keys were chosen by it
            TryAllIssuerSigningKeys = true,
            RequireSignedTokens = true,
            RequireExpirationTime = false,
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
            ValidateIssuerSigningKey = false,
            LogValidationExceptions = false,
        });
        return result.IsValid;
    }

    /// <summary>A token that is made "later" by another clock is good up to the skew; one that has expired is not good at all,
    /// or its own time to live would be a lie.</summary>
    private bool IsTimely(TokenClaims claims)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        return (claims.ExpiresAt is not { } end || end > now)
            && (claims.NotBefore is not { } start || start <= now + _skewSeconds)
            && (claims.IssuedAt is not { } made || made <= now + _skewSeconds);
    }
}
