using System.Collections.Concurrent;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>The broker of a node that stands alone: what is published is delivered at once, in this process.</summary>
internal sealed class MemoryBroker : Broker
{
    /// <summary>Streams are looked over for expired ones this often.</summary>
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, MemoryStream> _streams = new();
    private readonly MemoryPresence _presence = new();
    private readonly TimeProvider _time;
    private readonly RandomSource _random;
    private readonly MemoryStateStore _states;
    private readonly long _start;
    private readonly ITimer _sweep;
    private IBrokerSink? _sink;

    public MemoryBroker(TimeProvider time, RandomSource random)
    {
        _time = time;
        _random = random;
        _states = new MemoryStateStore(time, random);
        _start = time.GetTimestamp();
        _sweep = time.CreateTimer(static broker => ((MemoryBroker)broker!).Sweep(), this, s_sweepInterval, s_sweepInterval);
    }

    /// <summary>How long positions nobody has published behind may lie about, by how many there are.</summary>
    public static long UnwrittenLifeMs(int count) => count > UnwrittenMax ? (long)UnwrittenLife.TotalMilliseconds : long.MaxValue;

    /// <summary>Streams held, with or without publications.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>Keyed channels held, with or without keys.</summary>
    public int StateCount => _states.ChannelCount;

    private long NowMs => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    public override ValueTask StartAsync(IBrokerSink sink, CancellationToken cancellationToken)
    {
        _sink = sink;
        _states.Sink = sink;
        return default;
    }

    public override ValueTask<PublishResult> PublishAsync(
        string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        if (_sink is not { } sink) return ValueTask.FromResult(new PublishResult(PublishStatus.Unavailable));
        if (!options.HasHistory && options.IdempotencyKey.Length == 0)
        {
            sink.OnPublication(channel, publication, "", options.Traits);
            return ValueTask.FromResult(new PublishResult(PublishStatus.Accepted));
        }
        var nowMs = NowMs;
        var life = options.HasHistory ? options.MetaTtl : PublishOptions.IdempotencyWindow;   // without a stream only the key is kept
        return ValueTask.FromResult(With(channel, life, nowMs, (sink, channel, publication, options, nowMs), static (stream, state) =>
        {
            var (sink, channel, publication, options, nowMs) = state;
            if (stream.Judge(options, nowMs) is { } answer) return answer;
            var result = new PublishResult(PublishStatus.Accepted);
            if (options.HasHistory)
            {
                stream.Append(publication, options, nowMs);
                result = new PublishResult(PublishStatus.Accepted, publication.Offset, stream.Epoch);
            }
            sink.OnPublication(channel, publication, result.Epoch, options.Traits);
            if (options.IdempotencyKey.Length > 0) stream.Remember(options.IdempotencyKey, result, nowMs);
            return result;
        }));
    }

    public override ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken) => default;

    public override ValueTask UnsubscribeAsync(string channel, CancellationToken cancellationToken) => default;

    public override ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, CancellationToken cancellationToken)
    {
        var nowMs = NowMs;
        return ValueTask.FromResult(With(channel, query.MetaTtl, nowMs, (query, nowMs), static (stream, state) => stream.Read(state.query, state.nowMs)));
    }

    public override ValueTask<bool> RemoveHistoryAsync(string channel, CancellationToken cancellationToken)
    {
        if (_streams.TryGetValue(channel, out var stream))
        {
            lock (stream.Gate) stream.RemovePublications();
        }
        return ValueTask.FromResult(true);
    }

    public override ValueTask<bool> SetPresenceAsync(
        string channel, IReadOnlyList<ClientInfo> clients, TimeSpan ttl, CancellationToken cancellationToken)
    {
        _presence.Set(channel, clients, ttl, NowMs);
        return ValueTask.FromResult(true);
    }

    public override ValueTask<bool> RemovePresenceAsync(
        string channel, IReadOnlyList<ClientInfo> clients, CancellationToken cancellationToken)
    {
        _presence.Remove(channel, clients);
        return ValueTask.FromResult(true);
    }

    public override ValueTask<PresenceList> ListPresenceAsync(string channel, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_presence.List(channel, limit, NowMs));

    public override ValueTask<PresenceCount> CountPresenceAsync(string channel, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_presence.Count(channel, NowMs));

    public override ValueTask<bool> AnnounceAsync(
        string channel, IReadOnlyList<MembershipChange> changes, CancellationToken cancellationToken)
    {
        if (_sink is not { } sink) return ValueTask.FromResult(false);
        sink.OnMembership(channel, changes);
        return ValueTask.FromResult(true);
    }

    public override ValueTask<StateWriteResult> WriteStateAsync(
        string channel, StateWrite write, StateStorage storage, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_states.Write(channel, write, storage));

    public override ValueTask<StatePage> ReadStateAsync(string channel, StateQuery query, StateStorage storage, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_states.Read(channel, query, storage));

    public override ValueTask<HistoryPage> ReadStateStreamAsync(string channel, HistoryQuery query, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_states.ReadChanges(channel, query));

    public override ValueTask<long?> CountKeysAsync(string channel, CancellationToken cancellationToken) =>
        ValueTask.FromResult<long?>(_states.CountKeys(channel));

    public override ValueTask<bool> ClearStateAsync(string channel, StateStorage storage, CancellationToken cancellationToken)
    {
        _states.Clear(channel, storage);
        return ValueTask.FromResult(true);
    }

    public override async ValueTask DisposeAsync()
    {
        _sink = null;
        await _states.DisposeAsync();
        await _sweep.DisposeAsync();
    }

    /// <summary>Runs under the gate of the channel's stream, which is made if there is none.</summary>
    private TResult With<TState, TResult>(
        string channel, TimeSpan metaTtl, long nowMs, TState state, Func<MemoryStream, TState, TResult> act)
    {
        while (true)
        {
            var stream = _streams.GetOrAdd(channel, static (_, broker) => new MemoryStream(Epoch.New(broker._random)), this);
            lock (stream.Gate)
            {
                if (stream.IsForgotten) continue;   // expired a moment ago
                stream.Touch(metaTtl, nowMs);
                return act(stream, state);
            }
        }
    }

    private void Sweep()
    {
        _states.Sweep();
        var nowMs = NowMs;
        _presence.Sweep(nowMs);
        var unwrittenLifeMs = UnwrittenLifeMs(_streams.Count(static pair => pair.Value.Top == 0));
        foreach (var (channel, stream) in _streams)
        {
            lock (stream.Gate)
            {
                if (!stream.Expire(nowMs, unwrittenLifeMs)) continue;
                stream.IsForgotten = true;
                _streams.TryRemove(new KeyValuePair<string, MemoryStream>(channel, stream));
            }
        }
    }
}
