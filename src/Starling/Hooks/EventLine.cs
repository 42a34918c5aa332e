using System.Collections.Frozen;
using Starling.Connections;
using Starling.Protocol;

namespace Starling.Hooks;

/// <summary>What happened on a node and its back end has not confirmed yet: one line for all, so that the order of each
/// connection and of each channel is kept by the order of the line. Bounded; what is too much pushes out the oldest.</summary>
/// <remarks>Connections add to it under their own gate, which is what puts their events into order: nothing is called from here
/// with the lock held.</remarks>
internal sealed class EventLine
{
    private readonly Lock _gate = new();
    private readonly Queue<HookEvent> _waiting = new();
    private readonly Dictionary<string, int> _subscribers = new(StringComparer.Ordinal);
    private readonly FrozenSet<HookEventType> _types;
    private readonly int _sizeMax;
    private readonly TimeProvider _time;
    private readonly HookMetrics _metrics;
    private TaskCompletionSource? _arrival;
    private long _sequence;
    private int _pushedOut;
    private bool _isEnding;

    public EventLine(HookEventOptions options, TimeProvider time, HookMetrics metrics)
    {
        _sizeMax = options.QueueSize;
        _time = time;
        _metrics = metrics;
        _types = options.Types.Count == 0
            ? Enum.GetValues<HookEventType>().ToFrozenSet()
            : options.Types.Select(static name => (HookEventType)HookOptionsRules.EventTypes.ToList().IndexOf(name)).ToFrozenSet();
    }

    public void OnConnected(Connection connection) => Add(HookEventType.Connected, connection, channel: "", code: 0, reason: "");

    public void OnDisconnected(Connection connection, Disconnect reason) =>
        Add(HookEventType.Disconnected, connection, channel: "", reason.Code, reason.Reason);

    public void OnSubscribed(Connection connection, string channel)
    {
        lock (_gate)
        {
            var subscribers = _subscribers.GetValueOrDefault(channel) + 1;
            _subscribers[channel] = subscribers;
            if (subscribers == 1) Add(HookEventType.ChannelOccupied, connection: null, channel, code: 0, reason: "");
            Add(HookEventType.Subscribed, connection, channel, code: 0, reason: "");
        }
    }

    public void OnUnsubscribed(Connection connection, string channel, uint code, string reason)
    {
        lock (_gate)
        {
            Add(HookEventType.Unsubscribed, connection, channel, code, reason);
            var subscribers = _subscribers[channel] - 1;
            if (subscribers > 0)
            {
                _subscribers[channel] = subscribers;
                return;
            }
            _subscribers.Remove(channel);
            Add(HookEventType.ChannelVacated, connection: null, channel, code: 0, reason: "");
        }
    }

    /// <summary>Takes the oldest events; waits for one.</summary>
    /// <returns>Empty when the line has ended and nothing is left.</returns>
    public async Task<HookEvent[]> TakeAsync(int countMax)
    {
        while (true)
        {
            Task arrival;
            lock (_gate)
            {
                if (_waiting.Count > 0 || _isEnding) return Take(countMax);
                arrival = (_arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
            await arrival;
        }
    }

    /// <summary>Nothing more is waited for.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnding = true;
            Signal();
        }
    }

    /// <returns>How many events were pushed out since this was last asked.</returns>
    public int TakePushedOut() => Interlocked.Exchange(ref _pushedOut, 0);

    /// <summary>Gives up what is left.</summary>
    /// <returns>How many events.</returns>
    public int Abandon()
    {
        lock (_gate)
        {
            var left = _waiting.Count;
            _waiting.Clear();
            _metrics.EventsWaiting.Add(-left);
            return left;
        }
    }

    private void Add(HookEventType type, Connection? connection, string channel, uint code, string reason)
    {
        if (!_types.Contains(type)) return;
        lock (_gate)
        {
            if (_waiting.Count >= _sizeMax)
            {
                _waiting.Dequeue();
                Interlocked.Increment(ref _pushedOut);   // logged by whoever empties the line: not under all these locks
                _metrics.OnEvents(HookMetrics.Overflow, 1);
            }
            else
            {
                _metrics.EventsWaiting.Add(1);
            }
            _waiting.Enqueue(new HookEvent(++_sequence, type, _time.GetUtcNow().ToUnixTimeMilliseconds())
            {
                Client = connection?.Id.Value,
                User = connection?.User ?? "",
                Transport = type is HookEventType.Connected && connection is not null ? connection.TransportName : "",
                Channel = channel,
                Code = code,
                Reason = reason,
            });
            Signal();
        }
    }

    private HookEvent[] Take(int countMax)
    {
        var taken = new HookEvent[Math.Min(countMax, _waiting.Count)];
        for (var i = 0; i < taken.Length; i++) taken[i] = _waiting.Dequeue();
        _metrics.EventsWaiting.Add(-taken.Length);
        return taken;
    }

    private void Signal()
    {
        _arrival?.TrySetResult();
        _arrival = null;
    }
}
