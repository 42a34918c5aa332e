using System.Collections.Concurrent;
using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>Who is present in which channel, in memory. Thread-safe; times are milliseconds of the broker's clock.</summary>
internal sealed class MemoryPresence
{
    private readonly ConcurrentDictionary<string, Roster> _rosters = new();

    /// <summary>Channels with anyone present.</summary>
    public int ChannelCount => _rosters.Count;

    public void Set(string channel, IReadOnlyList<ClientInfo> clients, TimeSpan ttl, long nowMs)
    {
        while (true)
        {
            var roster = _rosters.GetOrAdd(channel, static _ => new Roster());
            lock (roster.Gate)
            {
                if (roster.IsForgotten) continue;   // emptied a moment ago
                foreach (var client in clients) roster.Set(client, nowMs + (long)ttl.TotalMilliseconds);
                return;
            }
        }
    }

    public void Remove(string channel, IReadOnlyList<ClientInfo> clients)
    {
        if (!_rosters.TryGetValue(channel, out var roster)) return;
        lock (roster.Gate)
        {
            foreach (var client in clients) roster.Remove(client.Client);
            ForgetIfEmpty(channel, roster);
        }
    }

    public PresenceList List(string channel, int limit, long nowMs)
    {
        if (!_rosters.TryGetValue(channel, out var roster)) return PresenceList.Of([]);
        lock (roster.Gate)
        {
            roster.Expire(nowMs);
            return roster.Clients > limit ? PresenceList.TooMany : PresenceList.Of(roster.ToArray());
        }
    }

    public PresenceCount Count(string channel, long nowMs)
    {
        if (!_rosters.TryGetValue(channel, out var roster)) return new PresenceCount(IsAvailable: true, 0, 0);
        lock (roster.Gate)
        {
            roster.Expire(nowMs);
            return new PresenceCount(IsAvailable: true, roster.Clients, roster.Users);
        }
    }

    /// <summary>Drops entries that nobody prolongs and channels without any.</summary>
    public void Sweep(long nowMs)
    {
        foreach (var (channel, roster) in _rosters)
        {
            lock (roster.Gate)
            {
                roster.Expire(nowMs);
                ForgetIfEmpty(channel, roster);
            }
        }
    }

    /// <summary>Under the roster's gate.</summary>
    private void ForgetIfEmpty(string channel, Roster roster)
    {
        if (roster.Clients > 0) return;
        roster.IsForgotten = true;
        _rosters.TryRemove(new KeyValuePair<string, Roster>(channel, roster));
    }

    /// <summary>Those present in one channel; guarded by its gate.</summary>
    private sealed class Roster
    {
        private readonly Dictionary<string, (ClientInfo Info, long ExpiresMs)> _entries = [];
        private readonly Dictionary<string, int> _connectionsOfUser = [];
        private long _noneExpiresBeforeMs = long.MaxValue;

        public Lock Gate { get; } = new();

        /// <summary>It was taken out: whoever still holds it looks it up again.</summary>
        public bool IsForgotten { get; set; }

        public int Clients => _entries.Count;

        public int Users => _connectionsOfUser.Count;

        public void Set(ClientInfo client, long expiresMs)
        {
            if (!_entries.TryGetValue(client.Client, out var known)) Count(client.User, 1);
            else if (known.Info.User != client.User)
            {
                Count(known.Info.User, -1);
                Count(client.User, 1);
            }
            _entries[client.Client] = (client, expiresMs);
            _noneExpiresBeforeMs = Math.Min(_noneExpiresBeforeMs, expiresMs);
        }

        public void Remove(string client)
        {
            if (_entries.Remove(client, out var entry)) Count(entry.Info.User, -1);
        }

        public ClientInfo[] ToArray() => [.. _entries.Values.Select(static entry => entry.Info)];

        /// <summary>Walks the entries only when one of them may be due: at most once per time to live, less the time in which
        /// entries are prolonged.</summary>
        public void Expire(long nowMs)
        {
            if (nowMs < _noneExpiresBeforeMs) return;
            _noneExpiresBeforeMs = long.MaxValue;
            foreach (var (client, (_, expiresMs)) in _entries)
            {
                if (expiresMs <= nowMs) Remove(client);   // removing while walking is allowed by this table
                else _noneExpiresBeforeMs = Math.Min(_noneExpiresBeforeMs, expiresMs);
            }
        }

        private void Count(string user, int change)
        {
            var connections = _connectionsOfUser.GetValueOrDefault(user) + change;
            if (connections > 0) _connectionsOfUser[user] = connections;
            else _connectionsOfUser.Remove(user);
        }
    }
}
