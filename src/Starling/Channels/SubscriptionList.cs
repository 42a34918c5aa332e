namespace Starling.Channels;

/// <summary>Subscriptions in no order; each knows its index, so that taking one out costs nothing.</summary>
internal struct SubscriptionList
{
    private Subscription[]? _items;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<Subscription> Span => _items.AsSpan(0, Count);

    public void Add(Subscription subscription)
    {
        if (_items is null || Count == _items.Length) Array.Resize(ref _items, Math.Max(1, Count * 2));
        subscription.Index = Count;
        _items[Count++] = subscription;
    }

    public void Remove(Subscription subscription)
    {
        var index = subscription.Index;
        subscription.Index = -1;
        var last = _items![--Count];
        _items[Count] = null!;
        if (index == Count) return;
        _items[index] = last;
        last.Index = index;
    }
}
