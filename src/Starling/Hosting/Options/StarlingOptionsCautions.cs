using System.Globalization;

namespace Starling;

/// <summary>Settings that are allowed and may be meant, but that an operator should know of; told at start and by
/// <c>check-config</c>.</summary>
internal static class StarlingOptionsCautions
{
    /// <summary>Bytes below which a secret of HS256 can be guessed (RFC 7518 §3.2: as long as the hash).</summary>
    private const int HmacSecretBytesMin = 32;

    /// <param name="options">What was set.</param>
    /// <param name="givesValues">The application gives values to shared polls (<c>OnPolling</c>).</param>
    public static IEnumerable<(string Key, string Message)> Of(StarlingOptions options, bool givesValues = false)
    {
        var client = options.Client;
        if (client.Insecure)
        {
            yield return ("client.insecure", "clients connect without a token and no permission is checked; for development only");
        }
        if (client.AllowedOrigins.Contains("*"))
        {
            yield return ("client.allowed_origins", "the pages of every web site may connect; name your own origins instead");
        }
        foreach (var caution in OfTokens("client.token", client.Token)) yield return caution;
        foreach (var caution in OfTokens("client.subscription_token", client.SubscriptionToken)) yield return caution;
        if (options.HttpApi is { Disabled: false, Insecure: true })
        {
            yield return ("http_api.insecure", "whoever reaches the API can publish and disconnect users");
        }
        if (givesValues) yield break;
        foreach (var caution in OfKinds(options.Channel)) yield return caution;
    }

    private static IEnumerable<(string Key, string Message)> OfTokens(string section, TokenOptions token)
    {
        if (token.HmacSecretKey.Length is > 0 and < HmacSecretBytesMin)
        {
            yield return ($"{section}.hmac_secret_key", "the secret is shorter than 32 bytes and can be guessed");
        }
        foreach (var (claim, pattern) in new[] { ("audience", token.AudienceRegex), ("issuer", token.IssuerRegex) })
        {
            if (pattern.Length > 0 && !pattern.StartsWith('^'))
            {
                yield return ($"{section}.{claim}_regex", "matches anywhere in the text, so that more than you mean may pass; begin it with ^");
            }
        }
        if (IsOpenRoad(token.JwksPublicEndpoint)) yield return ($"{section}.jwks_public_endpoint", OpenRoadMessage);
        for (var i = 0; i < token.Jwks.Count; i++)
        {
            if (IsOpenRoad(token.Jwks[i].Endpoint)) yield return (string.Create(CultureInfo.InvariantCulture, $"{section}.jwks[{i}].endpoint"), OpenRoadMessage);
        }
    }

    /// <summary>Whoever stands between could hand out keys of their own.</summary>
    private static bool IsOpenRoad(string endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback;

    private static IEnumerable<(string Key, string Message)> OfKinds(ChannelSectionOptions channels)
    {
        if (IsUnanswered(channels.WithoutNamespace))
        {
            yield return ("channel.without_namespace.subscription_type", KindMessage);
        }
        for (var i = 0; i < channels.Namespaces.Count; i++)
        {
            if (IsUnanswered(channels.Namespaces[i]))
            {
                yield return (string.Create(CultureInfo.InvariantCulture, $"channel.namespaces[{i}].subscription_type"), KindMessage);
            }
        }

        bool IsUnanswered(ChannelOptions options) => options.SubscriptionType == ChannelSubscriptionType.SharedPoll
            && options.SharedPoll.ProxyName == ProxyOptionsRules.DefaultName && channels.Proxy.SharedPollRefresh.Endpoint.Length == 0;
    }

    private const string OpenRoadMessage = "keys that come without TLS can be exchanged on the way; use https";

    private const string KindMessage = "values come from a back end (shared_poll.proxy_name, channel.proxy.shared_poll_refresh) or an application (OnPolling); where there is none, subscriptions are refused";
}
