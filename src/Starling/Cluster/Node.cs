using System.Reflection;
using Microsoft.Extensions.Logging;
using Starling.Access;
using Starling.Brokers;
using Starling.Channels;
using Starling.Connections;
using Starling.Handlers;
using Starling.History;
using Starling.Hooks;
using Starling.Limits;
using Starling.Operations;
using Starling.Presence;
using Starling.Protocol;
using Starling.SharedPoll;
using Starling.State;
using Starling.Tokens;

namespace Starling.Cluster;

/// <summary>One server: its connections, its channels, its broker. Several may live in one process.</summary>
internal sealed class Node : IBrokerSink, IAsyncDisposable
{
    /// <summary>A channel without publications for this long gives its ring back.</summary>
    private const int QuietMs = 5_000;

    /// <summary>Flushers of a node whose order someone else decides: the same on every machine.</summary>
    private const int ScheduledFlushers = 2;

    /// <summary>Seconds a client waits that finds the node full.</summary>
    private const int RetryWhenFull = 5;

    /// <summary>Time for the broker to take in who has left, at the very end.</summary>
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Sweep _sweep;
    private readonly RateWindow _connects;
    private readonly Action<IThreadPoolWorkItem> _schedule;
    private Drain? _drain;
    private bool _isClosing;
    private int _pending;

    public Node(
        StarlingOptions options,
        HandlerTable handlers,
        Broker broker,
        TimeProvider time,
        RandomSource random,
        ILogger log,
        StarlingMetrics metrics,
        Action<IThreadPoolWorkItem>? schedule = null)   // simulation passes its own
    {
        Options = options;
        Handlers = handlers;
        Broker = broker;
        Time = time;
        Random = random;
        Log = log;
        Metrics = metrics;
        Limits = new NodeLimits(options.Client);
        Access = new NodeAccess(
            options.Client.Insecure,
            options.Client.AllowAnonymousConnectWithoutToken,
            options.Client.DisallowAnonymousConnectionTokens,
            options.Rpc.Ping.Enabled ? options.Rpc.Ping.Method : null,
            options.Client.SubscribeToUserPersonalChannel);
        Tokens = new ClientTokens(options.Client, time, log);
        Revocations = new Revocations(this, options.Client.Revocation);
        Hooks = new NodeHooks(options, handlers, time, random, log, metrics.Hooks);
        Namespaces = new NamespaceTable(options.Channel);
        Wheel = new TimingWheel(time);
        _schedule = schedule ?? (static item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false));
        var flushers = new Flusher[schedule is null ? Math.Clamp(Environment.ProcessorCount / 2, 1, 16) : ScheduledFlushers];
        for (var i = 0; i < flushers.Length; i++) flushers[i] = new Flusher(_schedule);
        Channels = new ChannelRegistry(
            flushers, Wheel, channel => new ChannelHistory(channel, broker, Wheel, metrics.HistoryReads, RunSoon, _stopping.Token));
        Calls = new AttemptTable<RpcResult>(time);
        Presence = new NodePresence(broker, Channels, Wheel, options.Client.PresenceUpdateInterval, metrics.Presence, log);
        State = new StateOperations(this);
        Polls = new NodePolls(this);
        StatePresence = new StatePresence(this, options.Client.PresenceUpdateInterval);
        RateLimiter = new RateLimiter(options.Client, Wheel, metrics.Limits, log);
        Strangers = new SampledLine(Wheel);
        ForeignPages = new SampledLine(Wheel);
        Unnamed = new SampledLine(Wheel);
        _connects = new RateWindow(Limits.ConnectionRateLimit, Wheel);
        Figures = new IntervalFigures(Wheel, options.Node.InfoMetricsAggregateInterval, metrics.Totals);
        Id = random.NextUuid().ToString("D");
        StartedAt = time.GetUtcNow();
        _sweep = new Sweep(this);
        metrics.Watch(this);
    }

    /// <summary>Unique for each start of a node.</summary>
    public string Id { get; }

    /// <summary>Version of this build, told to clients in the connect reply.</summary>
    public string Version { get; } =
        typeof(Node).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    public DateTimeOffset StartedAt { get; }

    public StarlingOptions Options { get; }

    public HandlerTable Handlers { get; }

    /// <summary>Clients are let in by the request they come with: cookies, or a header of a proxy.</summary>
    public bool TakesHttpIdentity => Handlers.TakesHttpUser || Options.Client.UserIdHttpHeader.Length > 0;

    public Broker Broker { get; }

    public TimeProvider Time { get; }

    public RandomSource Random { get; }

    public ILogger Log { get; }

    public StarlingMetrics Metrics { get; }

    public NodeLimits Limits { get; }

    public NodeAccess Access { get; }

    public ClientTokens Tokens { get; }

    public Revocations Revocations { get; }

    /// <summary>The back ends that decide.</summary>
    public NodeHooks Hooks { get; }

    public NamespaceTable Namespaces { get; }

    public TimingWheel Wheel { get; }

    /// <summary>Clients that came without credentials, for the log.</summary>
    public SampledLine Strangers { get; }

    /// <summary>Requests of pages that may not connect, for the log.</summary>
    public SampledLine ForeignPages { get; }

    /// <summary>Users without a personal channel because of their id, for the log.</summary>
    public SampledLine Unnamed { get; }

    /// <summary>What was done lately.</summary>
    public IntervalFigures Figures { get; }

    public ChannelRegistry Channels { get; }

    public ConnectionRegistry Connections { get; } = new();

    /// <summary>Calls that must not be run twice, by user and method.</summary>
    public AttemptTable<RpcResult> Calls { get; }

    public NodePresence Presence { get; }

    /// <summary>What the server itself does with keyed state.</summary>
    public StateOperations State { get; }

    /// <summary>Its shared poll channels.</summary>
    public NodePolls Polls { get; }

    /// <summary>Who is subscribed, as keys of other channels.</summary>
    public StatePresence StatePresence { get; }

    public RateLimiter RateLimiter { get; }

    /// <summary>Open connections whose connect command has not been granted.</summary>
    public int PendingCount => Volatile.Read(ref _pending);

    /// <summary>Is cancelled when the node's connections have gone and it ends.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>The node takes in nobody any more and sends away who is here.</summary>
    public bool IsDraining => Volatile.Read(ref _isClosing);

    /// <summary>No other node could take over a client of this one.</summary>
    public bool IsAlone => Options.Engine.Type == EngineType.Memory;

    /// <summary>What a client that is turned away waits.</summary>
    public int RetryAfterSeconds => Volatile.Read(ref _drain)?.RetryAfterSeconds ?? RetryWhenFull;

    public async ValueTask StartAsync(CancellationToken cancellationToken)
    {
        await Broker.StartAsync(this, cancellationToken);
        Wheel.Schedule(_sweep, Wheel.NowMs + QuietMs);
        StatePresence.Start();
        Figures.Start();
        Wheel.Schedule(new PositionCheck(this), Wheel.NowMs + PositionCheck.IntervalMs);
        Hooks.Start(Id);
        foreach (var (key, caution) in StarlingOptionsCautions.Of(Options, givesValues: Handlers.Polling is not null)) NodeLog.Caution(Log, key, caution);
    }

    /// <summary>New connections are taken; otherwise a client is told to come back later (503).</summary>
    public bool HasRoom => Shortage == Shortage.None;

    /// <summary>Why new connections are not taken.</summary>
    private Shortage Shortage
    {
        get
        {
            if (IsDraining) return Shortage.Stopping;
            if (Limits.ConnectionLimit > 0 && Connections.Count >= Limits.ConnectionLimit) return Shortage.Connections;
            if (Limits.PendingConnectionLimit > 0 && PendingCount >= Limits.PendingConnectionLimit) return Shortage.PendingConnections;
            return Shortage.None;
        }
    }

    /// <summary>Runs a work item soon, on another stack: what may take its time does not hold up the wheel or the caller.</summary>
    public void RunSoon(IThreadPoolWorkItem item) => _schedule(item);

    /// <summary>Counts one more connection of this second.</summary>
    /// <returns><see langword="false"/> when there are as many as allowed.</returns>
    public bool TryTakeConnect() => _connects.TryTake();

    /// <summary>Judges a connection at the door, where it can still be told to come back later (503), and counts it.</summary>
    public Shortage TakeRoom()
    {
        var shortage = Shortage;
        if (shortage == Shortage.None && !TryTakeConnect()) shortage = Shortage.NewConnections;
        if (shortage != Shortage.None) RateLimiter.OnRefused(shortage);
        return shortage;
    }

    /// <summary>Takes in a connection whose transport is ready.</summary>
    /// <returns><see langword="false"/> when the node is full, or the peer's address has too many: it is told so (3013); or when the
    /// node is stopping: the transport then ends it.</returns>
    public bool TryAdmit(Connection connection)
    {
        if (Shortage is not Shortage.None and var shortage)   // the door saw room, but others were faster
        {
            RateLimiter.OnRefused(shortage);
            if (shortage != Shortage.Stopping) connection.Disconnect(Disconnects.TooManyRequests);
            return false;
        }
        if (!RateLimiter.TryEnter(connection.HttpContext?.Connection.RemoteIpAddress, out var allowance))
        {
            connection.Disconnect(Disconnects.TooManyRequests);
            return false;
        }
        Interlocked.Increment(ref _pending);
        connection.Enter(allowance);
        Connections.Add(connection);
        if (IsDraining)   // stopped in between: nobody else would close it
        {
            Connections.Remove(connection);   // what it holds is given back when its transport ends
            return false;
        }
        Metrics.Opened.Add(1);
        connection.StartWatching();
        return true;
    }

    /// <summary>A connection is connected, or over before that.</summary>
    public void OnNoLongerPending() => Interlocked.Decrement(ref _pending);

    /// <summary>What a subscription is to be, by its namespace, the client's wishes and what it was granted.</summary>
    public SubscriptionTerms TermsFor(
        Connection connection,
        string channel,
        ChannelRules rules,
        SubscribeRequest request,
        SubscriptionSide side,
        SubscriptionOverride? granted,
        ChannelRights rights = ChannelRights.None)
    {
        var mayReadHistory = Access.Insecure || ClientAccess.MayReadHistory(connection, channel, rules, isSubscribed: true, rights) is null;
        var mayReadPresence = Access.Insecure || ClientAccess.MayReadPresence(connection, channel, rules, isSubscribed: true, rights) is null;
        return new SubscriptionTerms(side, SubscriptionFeatures.Of(rules, request, granted, mayReadHistory, mayReadPresence))
        {
            IntervalMs = PullInterval.Of(request.Data.Span, rules.RateMax),
        };
    }

    /// <summary>Subscribes a connection; the caller says so to the client and lets the subscription go live.</summary>
    public ValueTask<SubscribeOutcome> SubscribeAsync(Connection connection, string channel, ChannelRules rules, SubscriptionTerms terms)
    {
        var subscription = Channels.Add(channel, rules, found => new Subscription(connection, found, terms.Side)
        {
            ChanInfo = terms.Info,
            Grant = terms.Grant,
            IsPositioned = terms.Features.Positioned,
            Filter = terms.Filter,
            UsesId = terms.UsesId,
            HasDelta = terms.HasDelta,
            IntervalMs = terms.IntervalMs,
            WantsJoinLeave = terms.Features.PushJoinLeave,
            Member = terms.Features is { Presence: false, JoinLeave: false }
                ? null
                : new Member(connection.InfoWith(terms.Info), terms.Features.Presence, terms.Features.JoinLeave),
            Loading = terms.Loading,
        });
        var status = connection.TryAddSubscription(subscription, Limits.ChannelLimit);
        if (status != SubscribeStatus.Added)
        {
            TakeOut(subscription);
            return ValueTask.FromResult(SubscribeOutcome.Of(status));
        }
        // From here on a revocation finds it; one that came while it was decided about is found here.
        if (terms.Grant?.Stamp is { } stamp && Revocations.IsRevoked(connection.User, stamp))
        {
            connection.Withdraw(subscription);
            return ValueTask.FromResult(new SubscribeOutcome(null, ProtocolErrors.PermissionDenied));
        }
        var attaching = subscription.Channel.AttachAsync(Broker, Stopping);
        return attaching.IsCompletedSuccessfully
            ? ValueTask.FromResult(new SubscribeOutcome(subscription))
            : AwaitAsync(attaching, subscription);
    }

    /// <summary>Publishes on behalf of the server: no permission is asked for.</summary>
    /// <param name="channel">The channel; its namespace must exist.</param>
    /// <param name="publication">Owned by the engine from here on.</param>
    /// <param name="conditions">Adds keys, versions and expectations to the namespace's storage; <see langword="null"/>: none.</param>
    /// <param name="cancellationToken">Gives up waiting; whether it was published is then unknown.</param>
    public async ValueTask<PublishOutcome> PublishAsync(
        string channel, Publication publication, Func<PublishOptions, PublishOptions>? conditions, CancellationToken cancellationToken)
    {
        if (channel.Length == 0) return new PublishOutcome(ProtocolErrors.BadRequest);
        if (Namespaces.Find(channel) is not { } rules) return new PublishOutcome(ProtocolErrors.UnknownChannel);
        if (rules.SubscriptionType != ChannelSubscriptionType.Stream || !PayloadCheck.Accepts(rules.DataFormat, publication.Data.Span))
        {
            return new PublishOutcome(ProtocolErrors.BadRequest);
        }
        var storage = conditions is null ? rules.Storage : conditions(rules.Storage);
        var result = await Broker.PublishAsync(channel, publication, storage, cancellationToken);
        return PublishOutcome.Of(result);
    }

    /// <summary>Takes the cursor of an ended subscription out of its channel, and its member out of the presence.</summary>
    public void RemoveFromChannel(Subscription subscription, Departure departure = Departure.Final)
    {
        NodePresence.Depart(subscription, departure);
        StatePresence.Depart(subscription);
        TakeOut(subscription);
    }

    private void TakeOut(Subscription subscription)
    {
        if (!Channels.Remove(subscription) || !subscription.Channel.IsAttached) return;
        var unsubscribing = Broker.UnsubscribeAsync(subscription.Channel.Name, Stopping);
        if (!unsubscribing.IsCompletedSuccessfully) _ = ObserveAsync(unsubscribing);
    }

    public void OnPublication(string channel, Publication publication, string epoch, PublicationTraits traits)
    {
        Metrics.Publications.Add(1);
        if (Channels.Find(channel) is not { } found) return;
        if (found.Rules.Poll is not null) Polls.OnPublication(channel, publication);
        else found.Append(found.NewEntry(publication, traits), epoch);
    }

    public void OnMembership(string channel, IReadOnlyList<MembershipChange> changes)
    {
        if (Channels.Find(channel) is { } found)
        {
            var entries = new (EntryKind, ClientInfo)[changes.Count];
            for (var i = 0; i < entries.Length; i++)
            {
                entries[i] = (changes[i].Kind == MembershipKind.Join ? EntryKind.Join : EntryKind.Leave, changes[i].Info);
            }
            found.AppendMembership(entries);
        }
        Presence.OnMembership(channel, changes);   // afterwards: the leaves it lets go follow the joins
    }

    public void OnPositionUnknown(string? channel)
    {
        if (channel is not null)
        {
            Channels.Find(channel)?.Doubt();
            return;
        }
        foreach (var each in Channels.All) each.Doubt();
    }

    /// <summary>Takes in nobody any more, from this moment on; those who are here stay until <see cref="StopAsync"/>.</summary>
    public void CloseDoor() => Volatile.Write(ref _isClosing, true);

    /// <summary>Ends all connections with 3001, spread over a window sized by their number, and waits for them as long as the
    /// token allows.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        CloseDoor();
        var drain = new Drain(this, Options.Shutdown.Spread < Options.Shutdown.Timeout / 2 ? Options.Shutdown.Spread : Options.Shutdown.Timeout / 2);
        Volatile.Write(ref _drain, drain);
        NodeLog.Stopping(Log, Connections.Count, drain.WindowMs / 1000.0);
        drain.Start();
        await using (cancellationToken.Register(drain.GiveUp)) await drain.Ended;   // not WaitAsync: it comes back on the thread pool
        Wheel.Cancel(drain);
        StopWork();
        AbortConnections();
        using var lastWords = new CancellationTokenSource(s_lastWords, Time);
        await Presence.EndAsync(lastWords.Token);
        using var lastEvents = new CancellationTokenSource(s_lastWords, Time);
        await Hooks.EndAsync(lastEvents.Token);
    }

    /// <summary>Only when the connections have gone: until then publishes and reads of clients were in work.</summary>
    private void StopWork() => _stopping.Cancel();

    /// <summary>Ends all connections at once, without a word.</summary>
    public void AbortConnections()
    {
        foreach (var connection in Connections.All) connection.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        Metrics.Unwatch(this);
        Tokens.Dispose();
        Revocations.Dispose();
        Hooks.Dispose();
        Wheel.Dispose();
        _stopping.Dispose();
    }

    private static async ValueTask<SubscribeOutcome> AwaitAsync(Task attaching, Subscription subscription)
    {
        await attaching;
        return new SubscribeOutcome(subscription);
    }

    private async Task ObserveAsync(ValueTask unsubscribing)
    {
        try
        {
            await unsubscribing;
        }
        catch (Exception error)   // a lingering broker subscription delivers to nobody; it costs traffic, nothing else
        {
            NodeLog.UnsubscribeFailed(Log, error);
        }
    }

    /// <summary>Every few seconds takes the rings of quiet channels back.</summary>
    private sealed class Sweep(Node node) : WheelItem
    {
        protected internal override void OnDue(long nowMs)
        {
            foreach (var channel in node.Channels.All) channel.ReleaseIfQuiet(nowMs - QuietMs);
            node.Revocations.Purge();
            node.Presence.Reader.ForgetOld();
            node.RateLimiter.ForgetQuiet();
            node.Wheel.Schedule(this, nowMs + QuietMs);
        }
    }

    /// <summary>Every second compares the channels that have been silent for a while with the broker: a lost last
    /// publication shows in nothing else (I2).</summary>
    private sealed class PositionCheck(Node node) : WheelItem
    {
        public const int IntervalMs = 1_000;

        /// <summary>A position nobody has published behind is forgotten when nobody asks for it.</summary>
        private static readonly long s_unwrittenMs = (long)Broker.UnwrittenLife.TotalMilliseconds / 3;

        protected internal override void OnDue(long nowMs)
        {
            foreach (var channel in node.Channels.All)
            {
                var silentMs = nowMs - channel.VerifiedMs;
                if (channel.History is not { } history) continue;
                if (silentMs < node.Limits.PositionCheckMs && (silentMs < s_unwrittenMs || channel.Log.Position.Top > 0)) continue;
                channel.VerifiedMs = nowMs;
                _ = history.MendAsync();   // ends with a status, never with an exception
            }
            node.Wheel.Schedule(this, nowMs + IntervalMs);
        }
    }
}

/// <summary>What became of a publish: an error, or the position (offset 0 without history).</summary>
internal readonly record struct PublishOutcome(ProtocolError? Error, ulong Offset = 0, string Epoch = "")
{
    /// <summary>The answer to an expectation that does not hold (protocol 6).</summary>
    private static readonly ProtocolError s_conflict = new(113, "conflict");

    public static PublishOutcome Of(Brokers.PublishResult result) => result.Status switch
    {
        PublishStatus.Unavailable => new PublishOutcome(ProtocolErrors.Internal),
        PublishStatus.Conflict => new PublishOutcome(s_conflict, result.Offset, result.Epoch),
        _ => new PublishOutcome(null, result.Offset, result.Epoch),
    };
}
