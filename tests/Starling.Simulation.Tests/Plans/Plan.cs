using System.Globalization;
using System.Text;
using Starling.Protocol;
using Starling.Simulation.Checks;

namespace Starling.Simulation.Plans;

/// <summary>What someone or something does at a time.</summary>
internal enum ActionKind
{
    // Clients
    Publish,
    SurePublish,
    ReadHistory,
    Subscribe,
    Unsubscribe,
    Leave,

    // The server's own application
    ServerPublish,
    KeyedPublish,

    // The network
    Reset,
    Swallow,
    StopReading,
    ReadSlowly,

    // Nodes
    KillNode,
    KillMachine,
    StopNode,
    FreezeNode,
    MoveClock,

    // The broker
    LoseDeliveries,
    DoubleDeliveries,
    DelayDeliveries,
    BrokerDown,
    ForgetStreams,
    RemoveHistory,
}

/// <summary>One thing that is done.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Who">Index of the client or node.</param>
/// <param name="Channel">Index of the channel.</param>
/// <param name="Amount">How many, or how large.</param>
/// <param name="Span">How long it lasts.</param>
internal sealed record PlannedAction(TimeSpan At, ActionKind Kind, int Who, int Channel, int Amount, TimeSpan Span)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{At.TotalMilliseconds,12:F4} {Kind} who {Who} channel {Channel} amount {Amount} span {Span.TotalSeconds:F2} s");
}

/// <param name="Wire">Its encoding.</param>
/// <param name="Wishes">What it wants to be subscribed to.</param>
internal sealed record PlannedClient(Wire Wire, IReadOnlyList<Wish> Wishes);

/// <summary>How a client wants a channel.</summary>
/// <param name="Channel">Its index.</param>
/// <param name="Tag">Filters by it; empty: does not.</param>
/// <param name="WantsDelta">Payloads may be patches.</param>
/// <param name="UsesId">Pushes may carry a number instead of the name.</param>
/// <param name="Rate">Writes per second at most; 0: at once.</param>
/// <param name="AtConnect">Asked for in the connect command: the server subscribes it.</param>
internal sealed record Wish(int Channel, string Tag = "", bool WantsDelta = false, bool UsesId = false, int Rate = 0, bool AtConnect = false)
{
    public string Text(Plan plan)
    {
        var text = plan.Channels[Channel].Name;
        if (Tag.Length > 0) text += $" tag={Tag}";
        if (WantsDelta) text += " delta";
        if (UsesId) text += " id";
        if (Rate > 0) text += string.Create(CultureInfo.InvariantCulture, $" rate={Rate}");
        return AtConnect ? text + " at-connect" : text;
    }
}

/// <summary>A whole run before it is run: everything but the order in which things of the same time happen.</summary>
internal sealed record Plan
{
    public required ulong Seed { get; init; }

    public required int Nodes { get; init; }

    /// <summary>The one node and its broker are one process.</summary>
    public required bool IsDirect { get; init; }

    public required IReadOnlyList<PlannedChannel> Channels { get; init; }

    public required IReadOnlyList<PlannedClient> Clients { get; init; }

    public required IReadOnlyList<PlannedAction> Actions { get; init; }

    /// <summary>Chaos ends at these times; after each everything has to settle.</summary>
    public required IReadOnlyList<TimeSpan> Calms { get; init; }

    public required PlannedLimits Limits { get; init; }

    /// <summary>Every publication may go out as a patch.</summary>
    public required bool PublishesDeltas { get; init; }

    /// <summary>What may happen between broker and nodes.</summary>
    public Delivery Delivery
    {
        get
        {
            if (IsDirect) return Delivery.Immediate;
            return Actions.Any(static action => action.Kind
                is ActionKind.LoseDeliveries or ActionKind.DoubleDeliveries or ActionKind.DelayDeliveries or ActionKind.BrokerDown)
                ? Delivery.Faulty
                : Delivery.Exact;
        }
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"seed {Seed}, {Nodes} nodes, {(IsDirect ? "broker in the node" : "broker beside the nodes")}, {Limits}");
        foreach (var channel in Channels) text.AppendLine(channel.ToString());
        for (var i = 0; i < Clients.Count; i++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"client {i + 1}: {Clients[i].Wire}; {string.Join(", ", Clients[i].Wishes.Select(wish => wish.Text(this)))}");
        }
        foreach (var action in Actions) text.AppendLine(action.ToString());
        return text.ToString();
    }
}

/// <param name="Name">With its namespace, which decides its kind.</param>
/// <param name="HistorySize">0: it has no stream.</param>
/// <param name="HistoryTtl">Time to live of its publications.</param>
/// <param name="RingEntries">Publications a node keeps for slow subscribers.</param>
/// <param name="KeyTtl">Of a keyed channel: how long a key lives; zero: until it is removed.</param>
/// <param name="LeaveGrace">Of a channel with presence: how long a lost connection keeps its place.</param>
internal sealed record PlannedChannel(
    string Name, int HistorySize, TimeSpan HistoryTtl, int RingEntries, TimeSpan KeyTtl = default, TimeSpan LeaveGrace = default)
{
    /// <summary>Its subscribers are listed, and told who comes and goes.</summary>
    public bool HasPresence => Namespace is "room" or "hall";

    /// <summary>It holds keys with values.</summary>
    public bool IsKeyed => Namespace is "board" or "match" or "cursor";

    public string Namespace => Name[..Name.IndexOf(':', StringComparison.Ordinal)];
}

/// <param name="CommandsInWork">Commands of a connection in work at most.</param>
/// <param name="RecoveryPublications">Publications in one subscribe reply.</param>
/// <param name="WriteStall">Time without progress after which a reader is slow.</param>
/// <param name="QueueBytes">Bytes of replies that may wait for a reader.</param>
internal sealed record PlannedLimits(int CommandsInWork, int RecoveryPublications, TimeSpan WriteStall, int QueueBytes);
