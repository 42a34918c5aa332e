using System.Collections.Concurrent;
using Starling.Access;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.SharedPoll;

/// <summary>The shared poll channels of a node, and the way to the back end.</summary>
internal sealed class NodePolls(Node node)
{
    /// <summary>A back end that does not answer in this time is asked again in the next cycle.</summary>
    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, PolledChannel> _channels = new();

    /// <summary>Somebody gives the values: the application or a back end.</summary>
    public bool IsAvailable(PollRules rules) => node.Handlers.Polling is not null || node.Hooks.AnswersPolls(rules);

    /// <summary>The state of a channel, which is made if there is none.</summary>
    public PolledChannel Enter(string channel, PollRules rules)
    {
        if (_channels.TryGetValue(channel, out var known)) return known;
        var made = new PolledChannel(channel, rules, this);
        var polled = _channels.GetOrAdd(channel, made);
        if (polled == made) Schedule(made, node.Wheel.NowMs + (long)rules.Interval.TotalMilliseconds);
        return polled;
    }

    /// <summary>A value came by way of the broker, from the API of some node.</summary>
    public void OnPublication(string channel, Publication value)
    {
        if (_channels.TryGetValue(channel, out var polled)) polled.Take([new PolledValue(value.Key, value.Data, value.Version)], value.Epoch);
    }

    public string NewEpoch() => Epoch.New(node.Random);

    public void Schedule(PolledChannel channel, long dueMs) => node.Wheel.Schedule(channel, dueMs);

    /// <summary>Lets a channel ask on a stack of its own: what it calls is the application's, and may block.</summary>
    public void AskSoon(PolledChannel channel) => node.RunSoon(channel);

    public void Forget(PolledChannel channel) => _channels.TryRemove(new KeyValuePair<string, PolledChannel>(channel.Name, channel));

    /// <summary>Puts a value into the channel's log.</summary>
    /// <param name="channel">Its name.</param>
    /// <param name="value">New.</param>
    /// <param name="before">The value before it, of which it can be sent as a patch; <see langword="null"/> when there is none.</param>
    public void Append(string channel, Publication value, Publication? before)
    {
        if (node.Channels.Find(channel) is not { } found) return;
        var entry = found.NewEntry(value);
        if (found.Rules.AllowsDelta && !value.Removed && before is { Removed: false }) entry.Base = before;
        found.Append(entry, "");
    }

    /// <summary>The keys that are tracked by anybody here.</summary>
    public HashSet<string> CollectTracked(string channel, out bool hasSubscribers)
    {
        var tracked = new HashSet<string>();
        var subscriptions = node.Channels.Find(channel)?.Snapshot() ?? [];
        foreach (var subscription in subscriptions) subscription.Connection.CollectTracked(subscription, tracked);
        hasSubscribers = subscriptions.Length > 0;
        return tracked;
    }

    public void EndSubscriptions(string channel)
    {
        foreach (var subscription in node.Channels.Find(channel)?.Snapshot() ?? []) subscription.Connection.LosePlace(subscription);
    }

    /// <summary>Asks the back end.</summary>
    /// <returns><see langword="null"/> when it fails or takes too long; nothing has changed then.</returns>
    public async Task<PollingResult?> AskAsync(string channel, PollRules rules, PollingItem[] items)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(node.Stopping);
        using var timer = node.Time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), timeout, s_answerTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            var context = new PollingContext(channel, items, timeout.Token);
            if (node.Handlers.Polling is { } polling) return await polling(context).AsTask().WaitAsync(timeout.Token);
            return await node.Hooks.PollAsync(context, rules);   // has a time limit of its own
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            if (!node.Stopping.IsCancellationRequested) SharedPollLog.NoAnswer(node.Log, items.Length, s_answerTimeout.TotalSeconds);
        }
        catch (Exception error)   // edge of user code
        {
            SharedPollLog.HandlerFailed(node.Log, items.Length, error);
        }
        return null;
    }
}
