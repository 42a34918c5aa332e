using Starling.Brokers;

namespace Starling.Tests.Conformance;

/// <summary>What every broker must do. A broker's tests derive from each part of the suite and give it a bench; the parts are
/// files that another test project may link.</summary>
/// <remarks>Parts: <see cref="StreamConformance"/> and <see cref="StreamReadConformance"/> (publications and history),
/// <see cref="PublishConditionConformance"/> (keys, versions, expectations), <see cref="NodeConformance"/> (who is delivered what),
/// <see cref="PresenceConformance"/> (who is there, joins and leaves),
/// <see cref="StateConformance"/> and <see cref="StateConditionConformance"/> (keyed state).</remarks>
public abstract class BrokerConformance : IAsyncDisposable
{
    /// <summary>Outlives every test.</summary>
    internal static readonly TimeSpan LongMeta = TimeSpan.FromDays(30);

    private BrokerBench? _bench;

    private protected BrokerBench Bench => _bench ??= CreateBench();

    /// <summary>Keeps a hundred publications for as long as the test lasts.</summary>
    private protected static PublishOptions Stored { get; } = new(100, TimeSpan.FromDays(1), LongMeta);

    /// <summary>Keeps nothing.</summary>
    private protected static PublishOptions Unstored { get; } = new(0, TimeSpan.Zero, LongMeta);

    private protected abstract BrokerBench CreateBench();

    /// <summary>A node that is subscribed to the channels.</summary>
    private protected async Task<BrokerNode> JoinAsync(params string[] channels)
    {
        var node = await Bench.JoinAsync();
        foreach (var channel in channels) await node.SubscribeAsync(channel);
        return node;
    }

    /// <summary>Lets time pass, or leaves the test out when the broker's clock is the real one and it would take too long.</summary>
    private protected async Task PassAsync(TimeSpan time)
    {
        Assert.SkipUnless(Bench.CanPass(time), $"this broker's clock cannot be moved by {time}");
        await Bench.PassAsync(time);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_bench is not null) await _bench.DisposeAsync();
    }
}
