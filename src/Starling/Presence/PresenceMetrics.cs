using System.Diagnostics.Metrics;
using Starling.Operations;

namespace Starling.Presence;

/// <summary>The instruments of presence, on the engine's meter.</summary>
internal sealed class PresenceMetrics
{
    /// <param name="meter">The engine's.</param>
    /// <param name="members">How many members the nodes of this process have.</param>
    /// <param name="waiting">How many joins and leaves wait on them.</param>
    public PresenceMetrics(Meter meter, Func<int> members, Func<int> waiting)
    {
        meter.CreateObservableGauge("starling.presence.members", members, "{member}", "Subscriptions on this node that others can see.");
        meter.CreateObservableGauge("starling.join_leave.waiting", waiting, "{event}", "Joins and leaves held back by the rate of their channel.");
        meter.CreateObservableCounter("starling.join_leave.told", () => Told.Value, "{event}", "Joins and leaves handed to the broker.");
        meter.CreateObservableCounter("starling.join_leave.dropped", () => Dropped.Value, "{event}", "Joins and leaves lost: too many waited, or the broker did not answer.");
    }

    public StripedCounter Told { get; } = new();

    public StripedCounter Dropped { get; } = new();
}
