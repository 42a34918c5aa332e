using Starling.Access;
using Starling.Channels;
using Starling.Connections;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.State;

/// <summary>How far a subscription to keyed state has come in loading it. Its cursor stands at the head of the moment it began:
/// what changes meanwhile waits in the log.</summary>
/// <remarks>Changed by the commands of its connection only, which run one after the other. As an item of the node's wheel it
/// sees to it that loading ends.</remarks>
internal sealed class StateLoading(TimingWheel wheel, Connection connection, string channel, StateRules rules, SubscriptionTerms terms) : WheelItem
{
    private long _watchedSinceMs;

    public Connection Connection => connection;

    public StateRules Rules => rules;

    /// <summary>What the subscription was granted with its first request.</summary>
    public SubscriptionTerms Terms => terms;

    /// <summary>The subscription, once it stands in its channel.</summary>
    public Subscription Subscription { get; set; } = null!;

    /// <summary>Epoch of everything that is loaded; empty without a stream.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>Position of the first page of the state: what came behind it is loaded from the stream.</summary>
    public ulong Offset { get; set; }

    /// <summary>Top of the stream at the first request for it; <see langword="null"/> before.</summary>
    public ulong? StreamTop { get; set; }

    /// <summary>What was loaded is not to be relied on: what has changed since may have been lost on its way here. Set under the
    /// connection's gate, by any thread.</summary>
    public bool IsLost { get; set; }

    /// <summary>The client goes on from a position of its own and has the state before it.</summary>
    public bool IsRecovering { get; set; }

    /// <summary>From here on it has its time.</summary>
    public void StartWatching()
    {
        _watchedSinceMs = wheel.ReadMs();   // not the wheel's time: it is old when the process stood still
        wheel.Schedule(this, _watchedSinceMs + rules.CatchUpMs);
    }

    /// <summary>It takes too long: to hold on would keep everything that changes in memory.</summary>
    protected internal override void OnDue(long nowMs)
    {
        if (connection.FindSubscription(channel)?.Loading != this) return;
        if (wheel.WokeMs > _watchedSinceMs) StartWatching();   // while the process stood still the client could do nothing
        else connection.Disconnect(Disconnects.Slow);
    }
}
