using Starling.Protocol;

namespace Starling.SharedPoll;

/// <summary>The keys one subscription tracks, with the version its client has of each. Guarded by the gate of its connection.</summary>
internal sealed class TrackedKeys(TimeProvider time)
{
    private readonly Dictionary<string, Tracked> _keys = [];

    public int Count => _keys.Count;

    public IEnumerable<string> Keys => _keys.Keys;

    public bool Contains(string key) => _keys.ContainsKey(key);

    /// <summary>Tracks a key, or goes on from another version.</summary>
    /// <param name="key">The key.</param>
    /// <param name="version">What the client has.</param>
    /// <param name="holdsValue">It was given the value of this version here: a patch can be made against it.</param>
    /// <param name="endsAt">Unix seconds at which tracking ends unless it is renewed; 0: never.</param>
    public void Set(string key, ulong version, bool holdsValue, long endsAt) => _keys[key] = new Tracked(version, holdsValue, endsAt);

    public bool Remove(string key) => _keys.Remove(key);

    /// <summary>Whether a value is to be delivered.</summary>
    public bool Wants(Publication value) =>
        _keys.TryGetValue(value.Key, out var tracked) && value.Version > tracked.Version && !IsOver(tracked, NowSeconds);

    /// <summary>A value was delivered. A removal ends tracking, as it does on the client's side.</summary>
    public void OnDelivered(Publication value)
    {
        if (value.Removed) _keys.Remove(value.Key);
        else if (_keys.TryGetValue(value.Key, out var tracked)) _keys[value.Key] = tracked with { Version = value.Version, HoldsValue = true };
    }

    /// <summary>Whether the client has the value a patch is made against.</summary>
    public bool Holds(Publication value) =>
        _keys.TryGetValue(value.Key, out var tracked) && tracked.HoldsValue && tracked.Version == value.Version;

    /// <summary>Drops keys whose signature expired and was not renewed.</summary>
    public void DropExpired()
    {
        var now = NowSeconds;
        foreach (var (key, tracked) in _keys)
        {
            if (IsOver(tracked, now)) _keys.Remove(key);   // allowed while enumerating
        }
    }

    private long NowSeconds => time.GetUtcNow().ToUnixTimeSeconds();

    private static bool IsOver(Tracked tracked, long now) => tracked.EndsAt != 0 && tracked.EndsAt <= now;

    private readonly record struct Tracked(ulong Version, bool HoldsValue, long EndsAt);
}
