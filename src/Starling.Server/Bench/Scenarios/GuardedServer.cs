using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Starling.Server.Bench.Scenarios;

/// <summary>A server of <c>bench target</c> as one that faces the public: tokens, permissions, limits, a key of the API. And the
/// tokens of its clients. Both ends are this program, so its secrets are no secrets.</summary>
internal static class GuardedServer
{
    public const string ApiKey = "bench-api-key";

    private const string Audience = "bench", Secret = "the secret of bench target --guarded, which is in its source";

    /// <summary>Tokens are needed, and permissions of the namespaces are checked.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Access =>
    [
        new("client.token.hmac_secret_key", Secret),
        new("client.token.audience", Audience),
        new("http_api.key", ApiKey),
        new("channel.without_namespace.allow_subscribe_for_client", "true"),
        new("channel.without_namespace.allow_publish_for_client", "true"),
    ];

    /// <summary>Every limit there is, none of which a measurement meets: counting costs the same.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Limits
    {
        get
        {
            foreach (var scope in new[] { "connection", "user", "address" })
            {
                foreach (var kind in new[] { "commands", "subscribe", "publish", "rpc", "read", "bytes" }) yield return new($"client.rate_limit.{scope}.{kind}.rate", "1000000000");
            }
            yield return new("client.rate_limit.user.connect.rate", "1000000");
            yield return new("client.rate_limit.address.connect.rate", "1000000");
            yield return new("client.user_connection_limit", "100000");
            yield return new("client.address_connection_limit", "100000");
            yield return new("client.connection_limit", "100000");
            yield return new("client.pending_connection_limit", "100000");
        }
    }

    /// <summary>Limits as <c>docs/limits.md</c> has them to begin with, and all that an attack may want to try.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Siege =>
    [
        new("client.rate_limit.connection.commands", """{"rate": 50, "burst": 200}"""),
        new("client.rate_limit.connection.publish", """{"rate": 20, "burst": 50}"""),
        new("client.rate_limit.connection.bytes", """{"rate": 100000, "burst": 400000}"""),
        new("client.rate_limit.user.connect", """{"rate": 600, "interval": "1m"}"""),
        new("client.rate_limit.address.connect", """{"rate": 200, "burst": 5000}"""),
        new("client.user_connection_limit", "100"),
        new("client.pending_connection_limit", "1000"),
        new("websocket.compression", "true"),
        new("http_stream.enabled", "true"),
        new("sse.enabled", "true"),
        new("long_poll.enabled", "true"),
    ];

    /// <summary>A token of a user, made now.</summary>
    public static string TokenOf(string user) => Sign($$"""{"sub":"{{user}}","aud":"{{Audience}}","iat":{{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}},"jti":"{{Guid.NewGuid():N}}"}""");

    private static string Sign(string claims)
    {
        var signed = Base64Url.EncodeToString("""{"alg":"HS256","typ":"JWT"}"""u8) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims));
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(signed)));
    }
}
