using System.Collections.Frozen;

namespace Starling.Tokens;

/// <summary>The keys an issuer publishes, held and looked after: fetched when a token first needs one, again in the background
/// when they have grown old, and again when a token names a key that is not among them, at most once in thirty seconds however
/// many do (attack A58). If for long no token came, the next one waits for a fetch. A set that cannot be fetched leaves the last
/// one in force (attack A71).</summary>
internal sealed class KeySet(Uri endpoint, KeySetFetcher fetcher, TimeProvider time)
{
    /// <summary>Between two fetches, whatever tokens say.</summary>
    public static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(30);

    /// <summary>A set this old is fetched again, while the tokens that come go by the old one.</summary>
    public static readonly TimeSpan RefreshAge = TimeSpan.FromMinutes(4);

    /// <summary>A key the issuer took back is out of use after this time, unless the issuer cannot be asked.</summary>
    public static readonly TimeSpan AgeMax = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private FrozenDictionary<string, VerificationKey> _keys = FrozenDictionary<string, VerificationKey>.Empty;
    private long _fetched;
    private long _begun;
    private Task<bool>? _flight;
    private bool _wasBegun;
    private bool _hasFailed;   // the last fetch

    /// <param name="id">Name of the key as the token has it; compared, never interpreted.</param>
    /// <param name="algorithm">The token's.</param>
    public ValueTask<KeyLookup> FindAsync(string id, string algorithm)
    {
        if (id.Length == 0) return ValueTask.FromResult(KeyLookup.None);
        Task<bool> flight;
        lock (_gate)
        {
            if (_keys.TryGetValue(id, out var key))
            {
                // Of an issuer that is down only the first fetch is waited for, not one in every thirty seconds. A fetch ends with a
                // status, never with an exception.
                var age = time.GetElapsedTime(_fetched);
                if (age < RefreshAge || !TryBegin(out flight) || age < AgeMax || _hasFailed) return ValueTask.FromResult(Of(key, algorithm));
            }
            else if (!TryBegin(out flight)) return ValueTask.FromResult(KeyLookup.Unavailable);
        }
        return AwaitAsync(flight, id, algorithm);
    }

    private static KeyLookup Of(VerificationKey key, string algorithm) => key.Suits(algorithm) ? new KeyLookup([key]) : KeyLookup.None;

    /// <summary>Under the gate. The fetch under way, or a new one if it is time for one.</summary>
    private bool TryBegin(out Task<bool> flight)
    {
        if (_flight is null && (!_wasBegun || time.GetElapsedTime(_begun) >= IntervalMin))
        {
            _wasBegun = true;
            _begun = time.GetTimestamp();
            _flight = FetchAsync();
        }
        flight = _flight ?? Task.FromResult(false);
        return _flight is not null;
    }

    private async ValueTask<KeyLookup> AwaitAsync(Task<bool> flight, string id, string algorithm)
    {
        var wasFetched = await flight;
        lock (_gate)
        {
            if (_keys.TryGetValue(id, out var key)) return Of(key, algorithm);
        }
        return wasFetched ? KeyLookup.None : KeyLookup.Unavailable;
    }

    private async Task<bool> FetchAsync()
    {
        await Task.Yield();   // the gate is held by whoever began
        var keys = await fetcher.FetchAsync(endpoint);
        lock (_gate)
        {
            _flight = null;
            _hasFailed = keys is null;
            if (keys is null) return false;
            _keys = keys;
            _fetched = time.GetTimestamp();
            return true;
        }
    }
}
