using System.Collections.Concurrent;
using Starling.Brokers;
using Starling.Operations;

namespace Starling.Presence;

/// <summary>Reads who is present. A long list is read once and given to all who ask within a second: whoever asks for it in a
/// loop costs a copy, not a walk over the channel (A49). Short lists are always fresh.</summary>
internal sealed class PresenceReader(Broker broker, TimingWheel clock)
{
    /// <summary>From this many clients on a list is given again.</summary>
    public const int LongFrom = 200;

    /// <summary>For this long.</summary>
    public const int ReuseMs = 1_000;

    /// <summary>Lists kept at once; when there are more, they are read each time.</summary>
    private const int KeptMax = 64;

    private readonly ConcurrentDictionary<(string Channel, int Limit), PresenceSnapshot> _kept = new();

    /// <summary>Who is present in a channel.</summary>
    /// <param name="channel">Canonical name.</param>
    /// <param name="limit">Clients at most.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<PresenceSnapshot> ListAsync(string channel, int limit, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue((channel, limit), out var kept) && clock.NowMs - kept.TakenMs < ReuseMs) return kept;
        var takenMs = clock.NowMs;
        var snapshot = new PresenceSnapshot(await broker.ListPresenceAsync(channel, limit, cancellationToken), takenMs);
        if (snapshot.List is { IsAvailable: true } list && (!list.IsComplete || list.Clients.Count >= LongFrom)) Keep((channel, limit), snapshot);
        return snapshot;
    }

    public ValueTask<PresenceCount> CountAsync(string channel, CancellationToken cancellationToken) =>
        broker.CountPresenceAsync(channel, cancellationToken);

    /// <summary>Drops what is not given again; called every few seconds.</summary>
    public void ForgetOld()
    {
        foreach (var (key, snapshot) in _kept)
        {
            if (clock.NowMs - snapshot.TakenMs >= ReuseMs) _kept.TryRemove(new KeyValuePair<(string, int), PresenceSnapshot>(key, snapshot));
        }
    }

    private void Keep((string Channel, int Limit) key, PresenceSnapshot snapshot)
    {
        if (_kept.Count >= KeptMax && !_kept.ContainsKey(key)) return;
        _kept[key] = snapshot;
    }
}
