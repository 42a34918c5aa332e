using Starling.Brokers;
using Starling.Operations;
using Starling.TestKit;

namespace Starling.Tests.Conformance;

/// <summary>The broker in memory passes the suite.</summary>
public sealed class MemoryBrokerStreamTests : StreamConformance
{
    private protected override BrokerBench CreateBench() => new MemoryBrokerBench();
}

public sealed class MemoryBrokerStreamReadTests : StreamReadConformance
{
    private protected override BrokerBench CreateBench() => new MemoryBrokerBench();
}

public sealed class MemoryBrokerPublishConditionTests : PublishConditionConformance
{
    private protected override BrokerBench CreateBench() => new MemoryBrokerBench();
}

public sealed class MemoryBrokerNodeTests : NodeConformance
{
    private protected override BrokerBench CreateBench() => new MemoryBrokerBench();
}

public sealed class MemoryBrokerPresenceTests : PresenceConformance
{
    private protected override BrokerBench CreateBench() => new MemoryBrokerBench();
}

public sealed class MemoryBrokerStateTests : StateConformance
{
    private protected override BrokerBench CreateBench() => new MemoryBrokerBench();
}

public sealed class MemoryBrokerStateConditionTests : StateConditionConformance
{
    private protected override BrokerBench CreateBench() => new MemoryBrokerBench();
}

/// <summary>The broker in memory under a clock of the test's.</summary>
internal sealed class MemoryBrokerBench : BrokerBench
{
    private readonly ManualTime _time = new();
    private BrokerNode? _node;

    /// <summary>What is over goes at the next sweep.</summary>
    public override TimeSpan ExpirySlack => TimeSpan.FromSeconds(10);

    public override async ValueTask<BrokerNode> JoinAsync()
    {
        Assert.Null(_node);   // it serves one node
        _node = new BrokerNode(new MemoryBroker(_time, RandomSource.System), new RecordingSink());
        await _node.Broker.StartAsync(_node.Sink, TestContext.Current.CancellationToken);
        return _node;
    }

    public override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return default;
    }

    public override ValueTask DisposeAsync() => _node?.Broker.DisposeAsync() ?? default;
}
