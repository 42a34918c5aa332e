namespace Starling.Tokens;

/// <summary>The key sets of one configuration, by their address. One that was there before is taken over with what it has fetched:
/// a change of the configuration must not leave tokens without keys while an issuer is down (attack A71).</summary>
/// <param name="fetcher">Fetches them.</param>
/// <param name="time">Tells their age.</param>
/// <param name="before">Those of the configuration before.</param>
internal sealed class KeySets(KeySetFetcher fetcher, TimeProvider time, KeySets? before = null)
{
    private readonly Dictionary<string, KeySet> _sets = new(StringComparer.Ordinal);
    private KeySets? _before = before;

    /// <summary>Called while the configuration is read, by one thread.</summary>
    public KeySet Of(string endpoint)
    {
        if (_sets.TryGetValue(endpoint, out var known)) return known;
        var keys = _before?._sets.GetValueOrDefault(endpoint) ?? new KeySet(new Uri(endpoint), fetcher, time);
        _sets.Add(endpoint, keys);
        return keys;
    }

    /// <summary>All have been asked for: those that are not, are gone.</summary>
    public void Forget() => _before = null;
}
