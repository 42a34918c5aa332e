using Starling.Protocol;

namespace Starling.Simulation.Clients;

/// <summary>A channel a client wants, as an SDK keeps it (protocol 4.5).</summary>
internal sealed class ClientSubscription(string channel, string tag)
{
    public string Channel => channel;

    /// <summary>Only publications with this tag are wanted; empty: all.</summary>
    public string Tag => tag;

    /// <summary>The application wants it.</summary>
    public bool IsWanted { get; set; } = true;

    /// <summary>The reply has come.</summary>
    public bool IsSubscribed { get; set; }

    /// <summary>Asked for; the reply is still to come.</summary>
    public bool IsAsking { get; set; }

    /// <summary>Subscribes sent so far: a reply counts only for the last one.</summary>
    public int Questions { get; set; }

    /// <summary>The server serves it, as far as the order of its messages tells: publications may come.</summary>
    public bool IsServed { get; set; }

    /// <summary>There is a position to recover from.</summary>
    public bool HasPosition { get; private set; }

    public ulong Offset { get; private set; }

    public string Epoch { get; private set; } = "";

    /// <summary>Resubscribes that failed in a row.</summary>
    public int Failures { get; set; }

    public SubscribeRequest Request() => new()
    {
        Channel = channel,
        Recoverable = channel.StartsWith("ask:", StringComparison.Ordinal),
        Recover = HasPosition,
        Offset = HasPosition ? Offset : 0,
        Epoch = HasPosition ? Epoch : "",
        Tf = tag.Length == 0 ? null : new FilterNode { Key = "tag", Cmp = "eq", Val = tag },
    };

    public void OnReply(SubscribeResult result)
    {
        (IsSubscribed, IsServed, IsAsking, Failures) = (true, true, false, 0);
        HasPosition = result.Recoverable;
        (Offset, Epoch) = (result.Offset, result.Epoch);
    }

    public void OnPublication(Publication publication)
    {
        if (publication.Offset > 0) Offset = publication.Offset;
        if (publication.Epoch.Length > 0) Epoch = publication.Epoch;
    }

    /// <summary>The connection is gone; what it knew of the stream stays.</summary>
    public void OnLost() => (IsSubscribed, IsServed, IsAsking) = (false, false, false);

    public void ForgetPosition() => (HasPosition, Offset, Epoch) = (false, 0, "");
}
