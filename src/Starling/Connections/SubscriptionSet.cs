using Starling.Channels;

namespace Starling.Connections;

/// <summary>The subscriptions of one connection by channel name. Most have one or none, which costs no table.</summary>
internal struct SubscriptionSet
{
    private Subscription? _only;
    private Dictionary<string, Subscription>? _many;

    public readonly int Count => _many?.Count ?? (_only is null ? 0 : 1);

    public readonly Subscription? Find(string channel)
    {
        if (_many is not null) return _many.GetValueOrDefault(channel);
        return _only is not null && _only.Channel.Name == channel ? _only : null;
    }

    public void Add(Subscription subscription)
    {
        if (_many is null && _only is null)
        {
            _only = subscription;
            return;
        }
        _many ??= new Dictionary<string, Subscription> { [_only!.Channel.Name] = _only };
        _only = null;
        _many.Add(subscription.Channel.Name, subscription);
    }

    /// <summary>Takes one out.</summary>
    /// <returns><see langword="false"/> when it is not in here any more, though another one of its name may be.</returns>
    public bool Remove(Subscription subscription)
    {
        if (Find(subscription.Channel.Name) != subscription) return false;
        if (_many is null) _only = null;
        else _many.Remove(subscription.Channel.Name);
        return true;
    }

    /// <summary>All of them, as they stand.</summary>
    public readonly Subscription[] ToArray() => _many is not null ? [.. _many.Values] : _only is not null ? [_only] : [];

    public void Clear()
    {
        _only = null;
        _many = null;
    }
}
