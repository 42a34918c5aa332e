using Microsoft.Extensions.Logging;

namespace Starling.Tokens;

/// <summary>The verifiers of a node: one for connection tokens, one for subscription tokens, which may be the same.</summary>
internal sealed class ClientTokens : IDisposable
{
    private readonly KeySetFetcher _fetcher;

    public ClientTokens(ClientOptions options, TimeProvider time, ILogger log)
    {
        _fetcher = new KeySetFetcher(time, log);
        Connections = new TokenVerifier(options.Token, _fetcher, time);
        Subscriptions = options.SubscriptionToken.Enabled ? new TokenVerifier(options.SubscriptionToken, _fetcher, time) : Connections;
    }

    public TokenVerifier Connections { get; }

    public TokenVerifier Subscriptions { get; }

    public void Dispose() => _fetcher.Dispose();
}
