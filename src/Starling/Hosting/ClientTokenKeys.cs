using Microsoft.Extensions.Options;
using Starling.Cluster;

namespace Starling;

/// <summary>Changes what tokens are verified with while the application runs. A singleton of its services; thread-safe.</summary>
/// <remarks>Connections and subscriptions that are open stay until they expire: to end them, revoke (<see cref="ClientSessions"/>).</remarks>
public sealed class ClientTokenKeys
{
    private readonly Node _node;

    internal ClientTokenKeys(Node node) => _node = node;

    /// <summary>Verifies every token that comes from now on by these options, whole: none is judged partly by the ones before. Key
    /// sets whose address stays keep what they have fetched.</summary>
    /// <param name="token">As <see cref="ClientOptions.Token"/>.</param>
    /// <param name="subscriptionToken">As <see cref="ClientOptions.SubscriptionToken"/>; <see langword="null"/>: subscription tokens
    /// are verified like connection tokens.</param>
    /// <exception cref="OptionsValidationException">They are not valid, and the ones before stay in force.</exception>
    public void Replace(TokenOptions token, SubscriptionTokenOptions? subscriptionToken = null)
    {
        ArgumentNullException.ThrowIfNull(token);
        subscriptionToken ??= new SubscriptionTokenOptions();
        var report = new OptionsReport();
        TokenOptionsRules.Check("client.token", token, report);
        TokenOptionsRules.Check("client.subscription_token", subscriptionToken, report);
        if (report.Failures.Count > 0) throw new OptionsValidationException(nameof(ClientOptions.Token), typeof(TokenOptions), report.Failures);
        _node.Tokens.Replace(token, subscriptionToken);
    }
}
