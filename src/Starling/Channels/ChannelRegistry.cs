using System.Collections.Concurrent;
using Starling.Access;
using Starling.History;
using Starling.Operations;

namespace Starling.Channels;

/// <summary>The channels that have subscribers on this node.</summary>
internal sealed class ChannelRegistry
{
    private readonly ConcurrentDictionary<string, Channel> _channels = new();
    private readonly Flusher[] _flushers;
    private readonly TimingWheel _clock;
    private readonly Func<Channel, ChannelHistory> _createHistory;
    private long _lastId;

    public ChannelRegistry(Flusher[] flushers, TimingWheel clock, Func<Channel, ChannelHistory> createHistory)
    {
        _flushers = flushers;
        _clock = clock;
        _createHistory = createHistory;
    }

    public int Count => _channels.Count;

    public IEnumerable<Channel> All => _channels.Select(static pair => pair.Value);

    public Channel? Find(string name) => _channels.GetValueOrDefault(name);

    /// <summary>Adds a subscription to its channel, which is made if there is none.</summary>
    public Subscription Add(string name, ChannelRules rules, Func<Channel, Subscription> create)
    {
        while (true)
        {
            var channel = _channels.GetOrAdd(
                name,
                static (key, state) => state.registry.Create(key, state.rules),
                (rules, registry: this));
            var subscription = create(channel);
            if (channel.TryAdd(subscription)) return subscription;
            _channels.TryRemove(new KeyValuePair<string, Channel>(name, channel));   // closed by its last subscriber a moment ago
        }
    }

    /// <summary>Takes a subscription out of its channel.</summary>
    /// <returns><see langword="true"/> when it was the channel's last on this node.</returns>
    public bool Remove(Subscription subscription)
    {
        var channel = subscription.Channel;
        if (!channel.Remove(subscription)) return false;
        _channels.TryRemove(new KeyValuePair<string, Channel>(channel.Name, channel));
        return true;
    }

    /// <summary>Channels are dealt out to the flushers by their number: evenly, and the same in every process.</summary>
    private Channel Create(string name, ChannelRules rules)
    {
        var id = Interlocked.Increment(ref _lastId);
        return new Channel(name, id, rules, _flushers[id % _flushers.Length], _clock, _createHistory);
    }
}
