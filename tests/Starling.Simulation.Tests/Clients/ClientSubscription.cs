using System.Globalization;
using System.Text;
using System.Text.Json;
using Starling.Protocol;
using Starling.Simulation.Plans;

namespace Starling.Simulation.Clients;

/// <summary>A channel a client wants, as an SDK keeps it (protocol 4.5).</summary>
internal sealed class ClientSubscription(string channel, Wish wish, Wire wire)
{
    private byte[]? _base;
    private bool _hasDelta;

    public string Channel => channel;

    public Wish Wish => wish;

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

    /// <summary>Stands for the channel's name in pushes; 0: none does.</summary>
    public long Id { get; set; }

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
        Tf = wish.Tag.Length == 0 ? null : new FilterNode { Key = "tag", Cmp = "eq", Val = wish.Tag },
        Delta = wish.WantsDelta ? "fossil" : "",
        Flag = wish.UsesId ? SubscribeFlags.ChannelCompaction : SubscribeFlags.None,
        Data = wish.Rate == 0 ? default : Encoding.UTF8.GetBytes("{\"starling\":{\"rate\":" + wish.Rate.ToString(CultureInfo.InvariantCulture) + "}}"),
    };

    public void OnReply(SubscribeResult result)
    {
        (IsSubscribed, IsServed, IsAsking, Failures, Id) = (true, true, false, 0, result.Id);
        HasPosition = result.Recoverable;
        (Offset, Epoch) = (result.Offset, result.Epoch);
        _hasDelta = result.Delta;
        if (!result.Recovered) _base = null;
    }

    /// <summary>Takes the position of a publication.</summary>
    /// <returns>Its data, whole.</returns>
    /// <exception cref="FormatException">A patch that cannot be applied.</exception>
    public ReadOnlyMemory<byte> OnPublication(Publication publication)
    {
        if (publication.Offset > 0) Offset = publication.Offset;
        if (publication.Epoch.Length > 0) Epoch = publication.Epoch;
        if (!_hasDelta) return publication.Delta ? throw new FormatException("A patch nobody asked for.") : publication.Data;
        // On the JSON wire every payload of such a subscription is a string that holds a text or a patch.
        var data = wire == Wire.Json ? Encoding.UTF8.GetBytes(JsonDocument.Parse(publication.Data).RootElement.GetString()!) : publication.Data.ToArray();
        if (!publication.Delta) return _base = data;
        return _base = FossilPatch.Apply(_base ?? throw new FormatException("A patch without a base."), data);
    }

    /// <summary>The connection is gone; what it knew of the stream stays.</summary>
    public void OnLost() => (IsSubscribed, IsServed, IsAsking, Id) = (false, false, false, 0);

    public void ForgetPosition() => (HasPosition, Offset, Epoch) = (false, 0, "");
}
