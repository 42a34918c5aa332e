using Starling.Channels;
using Starling.Protocol;
using Starling.SharedPoll;

namespace Starling.Connections;

/// <summary>The keys a connection tracks in shared poll channels.</summary>
internal sealed partial class Connection
{
    /// <summary>Lets the cursor stand still until <see cref="SendAndGoLive"/>.</summary>
    /// <returns><see langword="false"/> when the subscription has ended.</returns>
    public bool Pause(Subscription subscription)
    {
        lock (_gate)
        {
            if (!subscription.IsLive) return false;
            subscription.IsLive = false;
            return true;
        }
    }

    /// <summary>How many keys there would be with these.</summary>
    public int CountTracked(Subscription subscription, IEnumerable<string> keys)
    {
        lock (_gate)
        {
            var tracked = subscription.Tracked;
            return (tracked?.Count ?? 0) + keys.Distinct().Count(key => tracked is null || !tracked.Contains(key));
        }
    }

    /// <summary>Tracks keys.</summary>
    /// <param name="subscription">Paused.</param>
    /// <param name="wanted">The keys and the versions the client has.</param>
    /// <param name="given">Newer values that go with the reply.</param>
    /// <param name="endsAt">Unix seconds at which tracking ends; 0: never.</param>
    public void Track(Subscription subscription, Dictionary<string, ulong> wanted, List<Publication> given, long endsAt)
    {
        lock (_gate)
        {
            var tracked = subscription.Tracked ??= new TrackedKeys(_node.Time);
            foreach (var (key, version) in wanted) tracked.Set(key, version, holdsValue: false, endsAt);
            foreach (var value in given) tracked.Set(value.Key, value.Version, holdsValue: true, endsAt);
            foreach (var value in given)
            {
                if (value.Removed) tracked.Remove(value.Key);
            }
        }
    }

    public void Untrack(Subscription subscription, IEnumerable<string> keys)
    {
        lock (_gate)
        {
            if (subscription.Tracked is not { } tracked) return;
            foreach (var key in keys) tracked.Remove(key);
        }
    }

    /// <summary>Adds the keys of a subscription to a set; drops those whose time is over.</summary>
    public void CollectTracked(Subscription subscription, HashSet<string> into)
    {
        lock (_gate)
        {
            if (subscription.Tracked is not { } tracked) return;
            tracked.DropExpired();
            into.UnionWith(tracked.Keys);
        }
    }
}
