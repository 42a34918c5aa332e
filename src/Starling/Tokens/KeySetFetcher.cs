using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Starling.Tokens;

/// <summary>Fetches key sets, and holds to what an issuer may cost: three seconds, 256 KB, no redirect, no proxy of the
/// environment (attack A71).</summary>
internal sealed class KeySetFetcher(TimeProvider time, ILogger log) : IDisposable
{
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    public const int BytesMax = 256 * 1024;

    /// <summary>Issuers have a handful.</summary>
    internal const int KeysMax = 100;

    // Made with the first fetch: most servers never need one.
    private readonly Lazy<HttpMessageInvoker> _http = new(static () => new HttpMessageInvoker(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = Timeout,
        MaxConnectionsPerServer = 4,
        MaxResponseHeadersLength = 16,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    }));

    /// <returns><see langword="null"/> when the set could not be had; the log says why.</returns>
    public async Task<FrozenDictionary<string, VerificationKey>?> FetchAsync(Uri endpoint)
    {
        using var deadline = new CancellationTokenSource(Timeout, time);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, endpoint);
            request.Headers.Accept.ParseAdd("application/jwk-set+json, application/json");
            using var response = await _http.Value.SendAsync(request, deadline.Token);
            if (!response.IsSuccessStatusCode) return Fail(endpoint, $"it answered with HTTP {(int)response.StatusCode}");
            if (await ReadAsync(response, deadline.Token) is not { } text) return Fail(endpoint, $"it is longer than {BytesMax} bytes");
            return Read(new JsonWebKeySet(text));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return Fail(endpoint, "no answer within 3 s");
        }
        catch (Exception error)   // edge of the network: whatever an issuer does, it ends here; what it sent is not repeated
        {
            return Fail(endpoint, error.GetType().Name);
        }
    }

    public void Dispose()
    {
        if (_http.IsValueCreated) _http.Value.Dispose();
    }

    private static async Task<string?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > BytesMax) return null;
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var text = new MemoryStream();
        var buffer = new byte[8192];
        while (await body.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            if (text.Length + count > BytesMax) return null;
            text.Write(buffer, 0, count);
        }
        return System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static FrozenDictionary<string, VerificationKey> Read(JsonWebKeySet set)
    {
        var keys = new Dictionary<string, VerificationKey>(StringComparer.Ordinal);
        foreach (var published in set.Keys.Take(KeysMax))
        {
            if (published.Kid is { Length: > 0 } id && VerificationKey.Of(published) is { } key) keys.TryAdd(id, key);
        }
        return keys.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private FrozenDictionary<string, VerificationKey>? Fail(Uri endpoint, string why)
    {
        // Without what may be secret in an address: user, password and query.
        TokenLog.KeySetFailed(log, endpoint.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped), why);
        return null;
    }
}
