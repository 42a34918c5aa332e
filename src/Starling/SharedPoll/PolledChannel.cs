using Starling.Access;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.SharedPoll;

/// <summary>The values of one shared poll channel on this node: asks the back end for the keys its subscribers track, and puts
/// what changed into the channel's log, which their cursors read like any other.</summary>
/// <remarks>Thread-safe. Which keys are tracked is looked up in the subscriptions when it is time to ask: nothing has to be
/// counted.</remarks>
internal sealed class PolledChannel(string name, PollRules rules, NodePolls polls) : WheelItem, IThreadPoolWorkItem
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Publication> _values = [];
    private readonly HashSet<string> _fresh = [];   // came while the others were being collected
    private HashSet<string> _known = [];
    private ulong _version;
    private long _emptySinceMs = -1;
    private string[] _due = [];
    private bool _isAsking;

    public string Name => name;

    public PollRules Rules => rules;

    /// <summary>Scope of the versions; empty while the back end has not told it.</summary>
    public string Epoch { get; private set; } = rules.IsVersioned ? "" : polls.NewEpoch();

    /// <summary>Begins to ask; asks at once for keys the node did not know.</summary>
    /// <param name="keys">Keys that are tracked now.</param>
    public void Poll(IEnumerable<string> keys)
    {
        string[] cold;
        lock (_gate)
        {
            _fresh.UnionWith(keys);
            cold = [.. keys.Where(_known.Add)];
        }
        if (cold.Length > 0) _ = PollAsync(cold);   // observes every outcome itself
    }

    /// <summary>The values known of some keys.</summary>
    public Dictionary<string, Publication> Known(IEnumerable<string> keys)
    {
        var found = new Dictionary<string, Publication>();
        lock (_gate)
        {
            foreach (var key in keys)
            {
                if (_values.TryGetValue(key, out var value)) found[key] = value;
            }
        }
        return found;
    }

    /// <summary>Takes values, wherever they come from. Those that are no news are passed over.</summary>
    public void Take(IReadOnlyList<PolledValue> values, string epoch)
    {
        var isOther = false;
        lock (_gate)
        {
            if (rules.IsVersioned && epoch.Length > 0 && epoch != Epoch)
            {
                isOther = Epoch.Length > 0;
                if (isOther) _values.Clear();
                Epoch = epoch;
            }
            foreach (var value in values)
            {
                if (_known.Contains(value.Key)) Take(value);
            }
        }
        if (isOther) polls.EndSubscriptions(name);   // their versions mean nothing any more: they start anew
    }

    protected internal override void OnDue(long nowMs)
    {
        var tracked = polls.CollectTracked(name, out var hasSubscribers);
        if (hasSubscribers)
        {
            _emptySinceMs = -1;
            var keys = Forget(tracked);
            // Never on the wheel's thread: the application's handler may block, and every deadline of the node would wait for it.
            if (keys.Length > 0 && !Volatile.Read(ref _isAsking))
            {
                (_due, _isAsking) = (keys, true);
                polls.AskSoon(this);
            }
        }
        else if (_emptySinceMs < 0)
        {
            _emptySinceMs = nowMs;
        }
        else if (nowMs - _emptySinceMs >= (long)rules.ShutdownDelay.TotalMilliseconds)
        {
            polls.Forget(this);
            return;
        }
        var waitMs = (long)rules.Interval.TotalMilliseconds;
        // Who comes back before the channel is forgotten is polled for like anybody else.
        if (!hasSubscribers) waitMs = Math.Min(waitMs, (long)rules.ShutdownDelay.TotalMilliseconds - (nowMs - _emptySinceMs));
        polls.Schedule(this, nowMs + waitMs);
    }

    void IThreadPoolWorkItem.Execute() => _ = PollDueAsync();   // observes every outcome itself

    /// <summary>Under the gate: keeps a value that is news, gives it its version and tells it.</summary>
    private void Take(PolledValue value)
    {
        var before = _values.GetValueOrDefault(value.Key);
        var isKnown = before is not null && before.Removed == value.IsRemoved && (value.IsRemoved || before.Data.Span.SequenceEqual(value.Data.Span));
        if (rules.IsVersioned ? value.Version <= (before?.Version ?? 0) && !(value.IsRemoved && !isKnown) : isKnown) return;
        var news = new Publication
        {
            Key = value.Key,
            Data = value.IsRemoved ? default : value.Data,
            Removed = value.IsRemoved,
            Version = rules.IsVersioned ? Math.Max(value.Version, value.IsRemoved ? (before?.Version ?? 0) + 1 : 1) : ++_version,
        };
        _values[value.Key] = news;
        polls.Append(name, news, before);
    }

    /// <summary>Forgets what nobody tracks any more.</summary>
    /// <returns>What is tracked.</returns>
    private string[] Forget(HashSet<string> tracked)
    {
        lock (_gate)
        {
            tracked.UnionWith(_fresh);
            _fresh.Clear();
            foreach (var key in _values.Keys.Where(key => !tracked.Contains(key)).ToArray()) _values.Remove(key);
            _known = tracked;
            return [.. tracked];   // under the gate: from here on others add to it
        }
    }

    private async Task PollDueAsync()
    {
        try
        {
            await PollAsync(_due);
        }
        finally
        {
            Volatile.Write(ref _isAsking, false);
        }
    }

    private async Task PollAsync(string[] keys)
    {
        foreach (var batch in keys.Chunk(rules.BatchSize))
        {
            PollingItem[] items;
            lock (_gate) items = [.. batch.Select(key => new PollingItem(key, rules.IsVersioned ? _values.GetValueOrDefault(key)?.Version ?? 0 : 0))];
            if (await polls.AskAsync(name, rules, items) is { } result) Take(result.Values, result.Epoch);
        }
    }
}
