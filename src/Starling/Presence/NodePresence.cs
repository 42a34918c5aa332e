using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Starling.Brokers;
using Starling.Channels;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Presence;

/// <summary>Who of this node's subscribers is present in which channel; all that changes presence and tells of it comes by
/// here.</summary>
internal sealed class NodePresence
{
    /// <summary>Life of an entry that is not renewed (protocol 4.3): after so long the members of a node that died are gone.</summary>
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, ChannelPresence> _channels = new();
    private readonly ChannelRegistry _registry;
    private readonly PresenceMetrics _metrics;
    private int _isUnreachable;

    public NodePresence(Broker broker, ChannelRegistry registry, TimingWheel wheel, TimeSpan renewal, PresenceMetrics metrics, ILogger log)
    {
        Broker = broker;
        Reader = new PresenceReader(broker, wheel);
        Wheel = wheel;
        Log = log;
        RenewMs = (long)renewal.TotalMilliseconds;
        Ttl = renewal * 2.2 > s_ttl ? renewal * 2.2 : s_ttl;   // a renewal that fails once is not the end
        _registry = registry;
        _metrics = metrics;
    }

    public Broker Broker { get; }

    public PresenceReader Reader { get; }

    public TimingWheel Wheel { get; }

    public ILogger Log { get; }

    public long NowMs => Wheel.NowMs;

    /// <summary>Time between two renewals of an entry.</summary>
    public long RenewMs { get; }

    public TimeSpan Ttl { get; }

    /// <summary>Channels held.</summary>
    public int ChannelCount => _channels.Count;

    /// <summary>Members on this node.</summary>
    public int MemberCount => _channels.Sum(static pair => pair.Value.MemberCount);

    /// <summary>Joins and leaves that wait to be told.</summary>
    public int WaitingCount => _channels.Sum(static pair => pair.Value.WaitingCount);

    /// <summary>A subscription is about to be answered: lists it. Its join is told by <see cref="Join"/>.</summary>
    /// <returns><see langword="false"/> when the broker does not answer.</returns>
    public ValueTask<bool> EnterAsync(Subscription subscription)
    {
        if (subscription.Member is not { } member) return ValueTask.FromResult(true);
        var channel = subscription.Channel;
        while (true)
        {
            var presence = _channels.GetOrAdd(
                channel.Name, static (name, state) => new ChannelPresence(name, state.Rules, state.Node), (channel.Rules, Node: this));
            if (presence.TryEnter(member, out var entering)) return entering;
        }
    }

    /// <summary>The subscription is live: its join is told.</summary>
    public static void Join(Subscription subscription)
    {
        if (subscription.Member is { } member) member.Home?.Join(member);
    }

    /// <summary>What others see of the subscription has changed.</summary>
    public static void Change(Subscription subscription, ClientInfo info)
    {
        if (subscription.Member is { } member) member.Home?.Change(member, info);
    }

    /// <summary>The subscription has ended. Called once or more often, at any time.</summary>
    public static void Depart(Subscription subscription, Departure departure)
    {
        if (subscription.Member is { } member && !member.TryClaim()) member.Home?.Depart(member, departure);
    }

    /// <summary>Joins and leaves came from the broker, of this node or another.</summary>
    public void OnMembership(string channel, IReadOnlyList<MembershipChange> changes)
    {
        if (!_channels.TryGetValue(channel, out var presence)) return;
        foreach (var (kind, info) in changes)
        {
            if (kind == MembershipKind.Join) presence.OnJoined(info);
            else presence.OnLeft(info);
        }
    }

    /// <summary>The node ends and all its connections are gone: nobody is held any more, no entry stays behind.</summary>
    /// <param name="cancellationToken">Gives up: what the broker has not taken by then goes with its time to live.</param>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(_channels.Select(pair => pair.Value.EndAsync(cancellationToken)));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            PresenceLog.Unreachable(Log, Ttl.TotalSeconds);
        }
    }

    public int WatchersOf(string channel) => _registry.Find(channel)?.WatcherCount ?? 0;

    public void Forget(ChannelPresence presence) => _channels.TryRemove(new KeyValuePair<string, ChannelPresence>(presence.Name, presence));

    public void Count(MembershipChange[] changes, bool isTold)
    {
        if (isTold) _metrics.Told.Add(changes.Length);
        else CountDropped(changes.Length);
    }

    public void CountDropped(int count) => _metrics.Dropped.Add(count);

    /// <summary>Takes note of what became of a call that changes entries; nobody waits for it.</summary>
    public void Observe(ValueTask<bool> call)
    {
        if (call.IsCompletedSuccessfully) Note(call.Result);
        else _ = ObserveAsync(call);
    }

    private async Task ObserveAsync(ValueTask<bool> call)
    {
        try
        {
            Note(await call);
        }
        catch (Exception error)   // edge of a call nobody waits for; the next renewal tries again
        {
            PresenceLog.ChangeFailed(Log, error);
        }
    }

    /// <summary>Says so once when the broker goes and once when it comes back, however many channels there are.</summary>
    private void Note(bool isReachable)
    {
        if (Interlocked.Exchange(ref _isUnreachable, isReachable ? 0 : 1) == (isReachable ? 0 : 1)) return;
        if (isReachable) PresenceLog.Reachable(Log);
        else PresenceLog.Unreachable(Log, Ttl.TotalSeconds);
    }
}
