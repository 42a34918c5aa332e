using System.Globalization;

namespace Starling;

/// <summary>Settings that are allowed and may be meant, but that an operator should know of; told at start and by
/// <c>check-config</c>.</summary>
internal static class StarlingOptionsCautions
{
    /// <summary>Bytes below which a secret of HS256 can be guessed (RFC 7518 §3.2: as long as the hash).</summary>
    private const int HmacSecretBytesMin = 32;

    public static IEnumerable<(string Key, string Message)> Of(StarlingOptions options)
    {
        var client = options.Client;
        if (client.Insecure)
        {
            yield return ("client.insecure", "clients connect without a token and no permission is checked; for development only");
        }
        else if (!HasWayIn(client))
        {
            yield return ("client.token", "no key is set and anonymous connections are not allowed: no client can connect");
        }
        if (client.AllowedOrigins.Contains("*"))
        {
            yield return ("client.allowed_origins", "the pages of every web site may connect; name your own origins instead");
        }
        foreach (var (key, secret) in new[]
        {
            ("client.token.hmac_secret_key", client.Token.HmacSecretKey),
            ("client.subscription_token.hmac_secret_key", client.SubscriptionToken.HmacSecretKey),
        })
        {
            if (secret.Length is > 0 and < HmacSecretBytesMin) yield return (key, "the secret is shorter than 32 bytes and can be guessed");
        }
        if (!options.HttpApi.Disabled)
        {
            if (options.HttpApi.Insecure)
            {
                yield return ("http_api.insecure", "whoever reaches the API can publish and disconnect users");
            }
            else if (options.HttpApi.Key.Length == 0)
            {
                yield return ("http_api.key", "no key is set: every call to the API is refused with 401");
            }
        }
        foreach (var caution in OfKinds(options.Channel)) yield return caution;
    }

    private static bool HasWayIn(ClientOptions client) =>
        client.AllowAnonymousConnectWithoutToken
        || client.UserIdHttpHeader.Length > 0
        || client.Token is { HmacSecretKey.Length: > 0 } or { RsaPublicKey.Length: > 0 } or { EcdsaPublicKey.Length: > 0 }
            or { JwksPublicEndpoint.Length: > 0 };

    private static IEnumerable<(string Key, string Message)> OfKinds(ChannelSectionOptions channels)
    {
        if (channels.WithoutNamespace.SubscriptionType != ChannelSubscriptionType.Stream)
        {
            yield return ("channel.without_namespace.subscription_type", KindMessage);
        }
        for (var i = 0; i < channels.Namespaces.Count; i++)
        {
            if (channels.Namespaces[i].SubscriptionType != ChannelSubscriptionType.Stream)
            {
                yield return (string.Create(CultureInfo.InvariantCulture, $"channel.namespaces[{i}].subscription_type"), KindMessage);
            }
        }
    }

    private const string KindMessage = "known, but this version serves streams only: subscriptions to these channels are refused";
}
