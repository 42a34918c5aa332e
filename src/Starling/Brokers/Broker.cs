using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>What carries publications between nodes. Offsets are assigned by the broker, atomically with storing and
/// announcing. Everything a broker delivers, it delivers through its <see cref="IBrokerSink"/>.</summary>
/// <remarks>Implementations are thread-safe and pass the broker conformance suite.</remarks>
internal abstract class Broker : IAsyncDisposable
{
    /// <summary>Connects the broker to the node it serves. Called once, before anything else.</summary>
    public abstract ValueTask StartAsync(IBrokerSink sink, CancellationToken cancellationToken);

    /// <summary>Publishes into a channel: every node that is subscribed to it gets the publication, this one too.</summary>
    /// <param name="channel">Canonical name.</param>
    /// <param name="publication">The broker owns it from here on; its data must not change any more.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was published is then unknown.</param>
    public abstract ValueTask<PublishResult> PublishAsync(string channel, Publication publication, CancellationToken cancellationToken);

    /// <summary>From the moment this completes the node gets what is published into the channel.</summary>
    public abstract ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken);

    /// <summary>The node has no subscriber of the channel left.</summary>
    public abstract ValueTask UnsubscribeAsync(string channel, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}

/// <summary>Takes what a broker delivers: the node, or a recorder in the conformance suite.</summary>
internal interface IBrokerSink
{
    /// <summary>A publication of a channel the node is subscribed to; per channel in the broker's order. Must not block.</summary>
    void OnPublication(string channel, Publication publication);
}

/// <summary>Outcome of a publish.</summary>
internal enum PublishStatus
{
    /// <summary>The broker has it.</summary>
    Accepted,

    /// <summary>The broker cannot be reached or failed (error 100, temporary).</summary>
    Unavailable,
}

/// <param name="Status">Whether the broker took it.</param>
/// <param name="Offset">Position of the publication; 0 for a channel without history.</param>
/// <param name="Epoch">Epoch of the position; empty for a channel without history.</param>
internal readonly record struct PublishResult(PublishStatus Status, ulong Offset = 0, string Epoch = "");
