using Microsoft.Extensions.Logging;

namespace Starling.Tokens;

/// <summary>The verifiers of a node: one for connection tokens, one for subscription tokens, which may be the same. They can be
/// replaced while it runs: who verifies a token takes a verifier once, so that each token is judged by one whole configuration
/// (attack A72).</summary>
internal sealed class ClientTokens : IDisposable
{
    private readonly Lock _gate = new();
    private readonly KeySetFetcher _fetcher;
    private readonly TimeProvider _time;
    private volatile Verifiers _current;

    public ClientTokens(ClientOptions options, TimeProvider time, ILogger log)
    {
        _fetcher = new KeySetFetcher(time, log);
        _time = time;
        _current = Create(options.Token, options.SubscriptionToken, before: null);
    }

    public TokenVerifier Connections => _current.Connections;

    public TokenVerifier Subscriptions => _current.Subscriptions;

    /// <summary>Verifies from now on with other keys and rules; what is being verified ends with those it began with.</summary>
    public void Replace(TokenOptions token, SubscriptionTokenOptions subscriptionToken)
    {
        lock (_gate) _current = Create(token, subscriptionToken, _current.KeySets);
    }

    public void Dispose() => _fetcher.Dispose();

    private Verifiers Create(TokenOptions token, SubscriptionTokenOptions subscriptionToken, KeySets? before)
    {
        var keySets = new KeySets(_fetcher, _time, before);
        var connections = new TokenVerifier(token, keySets, _time);
        var subscriptions = subscriptionToken.Enabled ? new TokenVerifier(subscriptionToken, keySets, _time) : connections;
        keySets.Forget();
        return new Verifiers(connections, subscriptions, keySets);
    }

    private sealed record Verifiers(TokenVerifier Connections, TokenVerifier Subscriptions, KeySets KeySets);
}
