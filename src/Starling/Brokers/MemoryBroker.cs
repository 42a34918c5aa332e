using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>The broker of a node that stands alone: what is published is delivered at once, in this process.</summary>
internal sealed class MemoryBroker : Broker
{
    private IBrokerSink? _sink;

    public override ValueTask StartAsync(IBrokerSink sink, CancellationToken cancellationToken)
    {
        _sink = sink;
        return default;
    }

    public override ValueTask<PublishResult> PublishAsync(string channel, Publication publication, CancellationToken cancellationToken)
    {
        if (_sink is not { } sink) return ValueTask.FromResult(new PublishResult(PublishStatus.Unavailable));
        sink.OnPublication(channel, publication);
        return ValueTask.FromResult(new PublishResult(PublishStatus.Accepted));
    }

    public override ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken) => default;

    public override ValueTask UnsubscribeAsync(string channel, CancellationToken cancellationToken) => default;

    public override ValueTask DisposeAsync()
    {
        _sink = null;
        return default;
    }
}
