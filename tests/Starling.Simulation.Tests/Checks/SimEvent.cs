using System.Globalization;
using System.Text;

namespace Starling.Simulation.Checks;

/// <summary>What can be seen from outside: by the broker, by a client, by whoever makes the faults.</summary>
internal enum EventKind
{
    /// <summary>The broker took a publication: the truth. Offset and epoch are its position, if the channel has a stream.</summary>
    Stored,

    /// <summary>The stream of a channel began anew; its publications are gone with its epoch.</summary>
    Forgotten,

    /// <summary>The publications of a channel were removed; its position stays.</summary>
    Removed,

    /// <summary>The broker's position of a channel, told when everything has settled.</summary>
    Top,

    /// <summary>A client publishes.</summary>
    Publishing,

    /// <summary>Its publish was answered with success.</summary>
    Acked,

    /// <summary>Its publish was answered with an error (the code), which does not say that it was not stored.</summary>
    Refused,

    /// <summary>A client's connection is up; its id is the message.</summary>
    Connected,

    /// <summary>A client's connection is over.</summary>
    Disconnected,

    /// <summary>A client asks for a subscription; with a position when it wants to recover.</summary>
    Subscribing,

    /// <summary>It has it. Offset and epoch are the reply's.</summary>
    Subscribed,

    /// <summary>The answer was an error.</summary>
    SubscribeRefused,

    /// <summary>A publication came.</summary>
    Received,

    /// <summary>The broker wrote or removed (no message) a key: the truth of keyed channels.</summary>
    KeyWritten,

    /// <summary>A key came with the state a client loads.</summary>
    KeyLoaded,

    /// <summary>A change of a key came; no message: its removal.</summary>
    KeyReceived,

    /// <summary>A node let a connection in: its id is the message, its user the key, the client's attempt the tag, the node's number the code.</summary>
    Admitted,

    /// <summary>A client closed the connection of an attempt (the message) in order, whether or not it had its answer: a good-bye.</summary>
    SaidGoodBye,

    /// <summary>For its node the connection is over.</summary>
    Over,

    /// <summary>A node died (the code: its number), and its connections with it.</summary>
    NodeKilled,

    /// <summary>A node ends in order, and holds nobody's place any more.</summary>
    NodeStopped,

    /// <summary>The broker announced a join (the connection is the message, its user the key): the truth of who comes and goes.</summary>
    JoinTold,

    /// <summary>The broker announced a leave.</summary>
    LeaveTold,

    /// <summary>A client saw a join.</summary>
    JoinSeen,

    /// <summary>A client saw a leave.</summary>
    LeaveSeen,

    /// <summary>The answer to a question who is present: their connections, each followed by a space.</summary>
    Listed,

    /// <summary>One publication of a history the client read.</summary>
    Read,

    /// <summary>The subscription ended, by the client's wish (code 0) or the server's.</summary>
    Unsubscribed,

    /// <summary>Everything has settled: whoever wants a subscription has it, and has everything.</summary>
    Settled,

    /// <summary>A fault began.</summary>
    Fault,
}

/// <summary>One line of a run's log.</summary>
/// <param name="At">Virtual time.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Who">The client, 1 and up; 0: the broker, or the world.</param>
internal sealed record SimEvent(TimeSpan At, EventKind Kind, int Who = 0)
{
    public string Channel { get; init; } = "";

    public ulong Offset { get; init; }

    public string Epoch { get; init; } = "";

    /// <summary>Identity of the message, unique in a run; for a fault, what it is.</summary>
    public string Message { get; init; } = "";

    /// <summary>Of a keyed channel.</summary>
    public string Key { get; init; } = "";

    /// <summary>Tag of the publication, or the tag a subscription is filtered by; empty: none.</summary>
    public string Tag { get; init; } = "";

    public uint Code { get; init; }

    /// <summary>Of a subscribing: the client wants to recover. Of a subscribed: it has.</summary>
    public bool Recovers { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{At.TotalMilliseconds,12:F4} ");
        text.Append(Who == 0 ? "broker" : string.Create(CultureInfo.InvariantCulture, $"client {Who}")).Append(' ').Append(Kind);
        if (Channel.Length > 0) text.Append(' ').Append(Channel);
        if (Offset > 0 || Epoch.Length > 0) text.Append(CultureInfo.InvariantCulture, $" {Epoch}/{Offset}");
        if (Key.Length > 0) text.Append(" key ").Append(Key);
        if (Message.Length > 0) text.Append(" '").Append(Message).Append('\'');
        if (Tag.Length > 0) text.Append(" tag ").Append(Tag);
        if (Code > 0) text.Append(" code ").Append(Code);
        if (Recovers) text.Append(" recovers");
        return text.ToString();
    }
}

/// <summary>Everything that happened in a run, in order.</summary>
internal sealed class EventLog
{
    private readonly List<SimEvent> _events = [];

    public IReadOnlyList<SimEvent> Events => _events;

    public void Add(SimEvent one) => _events.Add(one);

    /// <summary>One line per event.</summary>
    public string ToText() => string.Join('\n', _events);
}
