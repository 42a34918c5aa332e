using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Starling.Api;

/// <summary>Whether a request may use the API.</summary>
internal enum KeyVerdict
{
    Granted,

    /// <summary>No key, a wrong one, or none is configured (401).</summary>
    Refused,

    /// <summary>Too many wrong keys came from that address (429).</summary>
    Slowed,

    /// <summary>A page sent it, and no key would tell a friendly one from another (403).</summary>
    FromPage,
}

/// <summary>Asks for the key of the API.</summary>
internal sealed class ApiKeyCheck(HttpApiOptions options, TimeProvider time, ILogger log)
{
    private const string AuthorizationScheme = "apikey ";
    private const long WarningIntervalMs = 60_000;

    private readonly byte[] _expected = Digest(options.Key);
    private readonly WrongKeyTable _wrongKeys = new(time);
    private readonly long _start = time.GetTimestamp();
    private long _nextWarningMs;

    public KeyVerdict Judge(HttpContext context)
    {
        // Without a key a browser's user would lend a foreign page the way in; browsers tell where such a request comes from.
        if (options.Insecure) return context.Request.Headers.Origin.Count == 0 ? KeyVerdict.Granted : KeyVerdict.FromPage;
        if (options.Key.Length == 0 || KeyOf(context.Request) is not { Length: > 0 } key) return KeyVerdict.Refused;
        var address = context.Connection.RemoteIpAddress;
        var isSlowed = _wrongKeys.IsSlowed(address, out var isTrusted);
        if (isSlowed && !isTrusted) return KeyVerdict.Slowed;
        // Digests have one length: the comparison tells neither a common beginning nor the length of the key.
        if (CryptographicOperations.FixedTimeEquals(Digest(key), _expected))
        {
            _wrongKeys.OnRightKey(address);
            return KeyVerdict.Granted;
        }
        if (isSlowed) return KeyVerdict.Slowed;
        if (_wrongKeys.OnWrongKey(address)) Warn(context);
        return KeyVerdict.Refused;
    }

    /// <summary>The first of the three forms that is there; several values of one form are none.</summary>
    private static string? KeyOf(HttpRequest request)
    {
        if (request.Headers.TryGetValue("X-API-Key", out var header)) return header.Count == 1 ? header[0] : null;
        var authorization = request.Headers.Authorization;
        if (authorization.Count == 1 && authorization[0]!.StartsWith(AuthorizationScheme, StringComparison.OrdinalIgnoreCase))
        {
            return authorization[0]![AuthorizationScheme.Length..].Trim();
        }
        var query = request.Query["api_key"];
        return query.Count == 1 ? query[0] : null;
    }

    private void Warn(HttpContext context)
    {
        var now = (long)time.GetElapsedTime(_start).TotalMilliseconds;
        var due = Volatile.Read(ref _nextWarningMs);
        if (now < due || Interlocked.CompareExchange(ref _nextWarningMs, now + WarningIntervalMs, due) != due) return;
        ApiLog.WrongKeys(log, context.Connection.RemoteIpAddress ?? System.Net.IPAddress.Loopback);
    }

    private static byte[] Digest(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
