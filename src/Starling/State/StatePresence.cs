using Starling.Brokers;
using Starling.Channels;
using Starling.Cluster;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.State;

/// <summary>Who is subscribed to a channel, as the keys of other channels (protocol 4.12): a key for each connection with its
/// info, removed when it leaves; a key for each user, which goes by itself when it is not renewed.</summary>
/// <remarks>Entries are renewed on the presence tick. The channels of a node are spread over the tick, so that not all entries
/// of the node are renewed at once.</remarks>
internal sealed class StatePresence : WheelItem
{
    private const int Turns = 16;

    private readonly Node _node;
    private readonly long _turnMs;
    private int _turn;

    public StatePresence(Node node, TimeSpan renewal)
    {
        _node = node;
        _turnMs = Math.Max(1, (long)renewal.TotalMilliseconds / Turns);
    }

    /// <summary>Begins to renew.</summary>
    public void Start() => _node.Wheel.Schedule(this, _node.Wheel.NowMs + _turnMs);

    /// <summary>A subscription is live.</summary>
    public void Enter(Subscription subscription)
    {
        if (subscription.Channel.Rules.HasStatePresence) _ = EnterAsync(subscription);   // observes every outcome itself
    }

    /// <summary>A subscription has ended.</summary>
    public void Depart(Subscription subscription)
    {
        var channel = subscription.Channel;
        if (channel.Rules.State is { RemovesClientOnUnsubscribe: true }) _ = RemoveClientAsync(channel.Name, subscription);
        if (channel.Rules.ClientsPresencePrefix is { Length: > 0 } prefix) _ = RemoveClientAsync(prefix + channel.Name, subscription);
    }

    protected internal override void OnDue(long nowMs)
    {
        _turn = (_turn + 1) % Turns;
        foreach (var channel in _node.Channels.All)
        {
            if (!channel.Rules.HasStatePresence || (uint)channel.Id % Turns != _turn) continue;
            var users = new HashSet<string>();
            foreach (var subscription in channel.Snapshot())
            {
                if (!subscription.IsLive) continue;
                if (channel.Rules.ClientsPresencePrefix.Length > 0) _ = RenewClientAsync(subscription);
                if (channel.Rules.UsersPresencePrefix.Length > 0 && users.Add(subscription.Connection.User)) _ = WriteUserAsync(subscription);
            }
        }
        _node.Wheel.Schedule(this, nowMs + _turnMs);
    }

    private async Task EnterAsync(Subscription subscription)
    {
        await WriteUserAsync(subscription);
        await RenewClientAsync(subscription);
    }

    private async Task RenewClientAsync(Subscription subscription)
    {
        await WriteClientAsync(subscription);
        // Gone while it was being written: its removal may have come first.
        if (!subscription.IsLive && subscription.Channel.Rules.ClientsPresencePrefix is { Length: > 0 } prefix)
        {
            await RemoveClientAsync(prefix + subscription.Channel.Name, subscription);
        }
    }

    private Task WriteClientAsync(Subscription subscription)
    {
        if (subscription.Channel.Rules.ClientsPresencePrefix is not { Length: > 0 } prefix) return Task.CompletedTask;
        var connection = subscription.Connection;
        var publication = new Publication { Info = connection.InfoWith(subscription.ChanInfo) };
        return WriteAsync(prefix + subscription.Channel.Name, NewEntry(connection.Id.ToString(), publication));
    }

    /// <summary>Anonymous users are nobody in particular, and a user whose name is too long for a key has none.</summary>
    private Task WriteUserAsync(Subscription subscription)
    {
        if (subscription.Channel.Rules.UsersPresencePrefix is not { Length: > 0 } prefix || !StateWrite.IsKey(subscription.Connection.User)) return Task.CompletedTask;
        return WriteAsync(prefix + subscription.Channel.Name, NewEntry(subscription.Connection.User, new Publication()));
    }

    private Task RemoveClientAsync(string channel, Subscription subscription) =>
        WriteAsync(channel, new StateWrite(subscription.Connection.Id.ToString(), Publication: null));

    private static StateWrite NewEntry(string key, Publication publication) =>
        new(key, publication) { Condition = KeyCondition.IfNew, RenewsExisting = true };

    private async Task WriteAsync(string channel, StateWrite write)
    {
        if (_node.Namespaces.Find(channel)?.State is not { } state) return;
        try
        {
            // Not given up when the node stops: nobody else would remove the entries.
            var result = await _node.Broker.WriteStateAsync(channel, write, state.Storage, CancellationToken.None);
            if (result.Status == StateWriteStatus.Unavailable) StateLog.EntryNotWritten(_node.Log, error: null);
        }
        catch (Exception error)   // edge of the broker: nobody waits for this, the next tick tries again
        {
            StateLog.EntryNotWritten(_node.Log, error);
        }
    }
}
