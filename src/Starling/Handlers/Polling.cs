namespace Starling;

/// <summary>The node asks for the values of the keys its clients track in a shared poll channel.</summary>
public sealed class PollingContext
{
    internal PollingContext(string channel, IReadOnlyList<PollingItem> items, CancellationToken cancelled)
    {
        Channel = channel;
        Items = items;
        Cancelled = cancelled;
    }

    /// <summary>The channel.</summary>
    public string Channel { get; }

    /// <summary>The keys, at most <c>shared_poll.refresh_batch_size</c> of them.</summary>
    public IReadOnlyList<PollingItem> Items { get; }

    /// <summary>Is cancelled when the answer is not waited for any more.</summary>
    public CancellationToken Cancelled { get; }
}

/// <summary>A key that is asked for.</summary>
/// <param name="Key">The key.</param>
/// <param name="Version">The version the node holds; 0 for none, and always in mode <c>versionless</c>.</param>
public readonly record struct PollingItem(string Key, ulong Version);

/// <summary>Answer to <see cref="PollingContext"/>.</summary>
/// <param name="Values">The values; keys that are left out have not changed.</param>
/// <param name="Epoch">Scope of the versions, in mode <c>versioned</c>: when it changes, clients start anew.</param>
public sealed record PollingResult(IReadOnlyList<PolledValue> Values, string Epoch = "");

/// <summary>The value of a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Data">The value; subscribers on the JSON wire need JSON.</param>
/// <param name="Version">Its version, in mode <c>versioned</c>; there it must rise with each change.</param>
public sealed record PolledValue(string Key, ReadOnlyMemory<byte> Data, ulong Version = 0)
{
    /// <summary>There is no such key any more; clients are told and track it no longer.</summary>
    public bool IsRemoved { get; init; }
}
