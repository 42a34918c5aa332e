using System.Buffers;
using Microsoft.AspNetCore.Http;
using Starling.Channels;
using Starling.Cluster;
using Starling.Hooks;
using Starling.Operations;
using Starling.Presence;
using Starling.Protocol;
using Starling.Transports;

namespace Starling.Connections;

/// <summary>One client's session over one transport: its state, its subscriptions, what waits to be written to it.</summary>
/// <remarks>Commands come from the transport's read loop, publications through the flusher, orders from the API, time from
/// the wheel; <c>_gate</c> guards what they share. Reading commands is in <see cref="CommandLoop"/>, what they do in
/// <c>Commands/</c>.</remarks>
internal sealed partial class Connection : WheelItem
{
    [ThreadStatic] private static ArrayBufferWriter<byte>? t_scratch;
    [ThreadStatic] private static LogEntry[]? t_entries;

    private readonly Lock _gate = new();
    private readonly Node _node;
    private readonly Transport _transport;
    private readonly CommandLoop _commands;
    private ControlQueue _control;
    private SubscriptionSet _subscriptions;
    private Subscription? _firstBehind;
    private Subscription? _lastBehind;
    private CancellationTokenSource? _closed;
    private ClientInfo? _publisher;
    private Disconnect? _sentAwayWith;
    private bool _isQueued;
    private bool _isClosing;
    private bool _isClosed;

    public Connection(Node node, Transport transport, HttpContext? httpContext)
    {
        _node = node;
        _transport = transport;
        _commands = new CommandLoop(this, node);
        HttpContext = httpContext;
        CallerHeaders = node.Hooks.HeadersOf(httpContext);
        Id = new ConnectionId(node.Random.NextUuid());
        OpenedMs = LastSeenMs = _progressMs = node.Wheel.ReadMs();
    }

    public ConnectionId Id { get; }

    /// <summary>The user; empty before the connect command and for an anonymous one.</summary>
    public string User { get; private set; } = "";

    /// <summary>Of two connections of a user the one that was let in later has the higher one; 0 before, and for anonymous ones.</summary>
    public long EntryNumber { get; set; }

    /// <summary>What others see of this connection with everything it publishes (`conn_info`).</summary>
    public ReadOnlyMemory<byte> ConnInfo { get; private set; }

    public ConnectionPhase Phase { get; private set; }

    /// <summary>By what it stays, and until when; <see langword="null"/>: for ever.</summary>
    public Grant? Grant { get; private set; }

    /// <summary>The client asked to be told when to come back (decision 0014).</summary>
    public bool TakesAdvice { get; set; }

    public HttpContext? HttpContext { get; }

    /// <summary>What back ends may see of the client's request.</summary>
    public CallerHeaders CallerHeaders { get; set; }

    public string TransportName => _transport.Name;

    /// <summary>The transport's own pings stand in for the protocol's.</summary>
    public bool HasOwnPings => _transport.HasOwnPings;

    /// <summary>The client only listens.</summary>
    public bool IsOneWay => _transport.IsOneWay;

    /// <summary>The secret of a client that sends its commands in requests of their own; empty for all others.</summary>
    public string Session => _transport.Session;

    public Wire Wire => _transport.Framing.Wire;

    /// <summary>The end has begun: no command is run and nothing new is queued.</summary>
    public bool IsClosing => Volatile.Read(ref _isClosing);

    /// <summary>The transport is gone; nobody is left to hear anything.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Reads commands; the transport gives it what comes in.</summary>
    public CommandLoop Commands => _commands;

    public int SubscriptionCount
    {
        get
        {
            lock (_gate) return _subscriptions.Count;
        }
    }

    /// <summary>Is cancelled when the connection is over.</summary>
    public CancellationToken Closed
    {
        get
        {
            lock (_gate)
            {
                if (_isClosed) return new CancellationToken(canceled: true);
                return (_closed ??= new CancellationTokenSource()).Token;
            }
        }
    }

    public Subscription? FindSubscription(string channel)
    {
        lock (_gate) return _subscriptions.Find(channel);
    }

    public Subscription[] Subscriptions()
    {
        lock (_gate) return _subscriptions.ToArray();
    }

    /// <summary>Who publishes, as subscribers of the channel see it.</summary>
    public ClientInfo PublisherInfo(Subscription? subscription)
    {
        return InfoWith(subscription is null ? default : subscription.ChanInfo);
    }

    /// <summary>Who this is, as others see it.</summary>
    /// <param name="chanInfo">What the application says about this subscriber; empty when nothing.</param>
    public ClientInfo InfoWith(ReadOnlyMemory<byte> chanInfo)
    {
        if (chanInfo.IsEmpty) return _publisher ??= new ClientInfo { User = User, Client = Id.ToString(), ConnInfo = ConnInfo };
        return new ClientInfo { User = User, Client = Id.ToString(), ConnInfo = ConnInfo, ChanInfo = chanInfo };
    }

    /// <summary>Queues a reply or control push. It is written at the next <see cref="Flush"/>.</summary>
    public void Send(Reply reply)
    {
        var payload = Encode(reply);
        if (payload.IsEmpty) return;
        bool overflow;
        lock (_gate) overflow = !(reply.Id > 0 ? TryAnswer(payload) : TryQueue(payload));
        if (overflow) Disconnect(Disconnects.Slow);
    }

    /// <summary>Queues the answer to a presence command.</summary>
    public void Send(PresenceSnapshot presence, uint id)
    {
        if (presence.Length(Wire) == 0)
        {
            Disconnect(Disconnects.InappropriateProtocol);
            return;
        }
        var scratch = Scratch();
        presence.WriteReply(id, Wire, scratch);
        bool overflow;
        lock (_gate) overflow = !TryAnswer(scratch.WrittenSpan);
        if (overflow) Disconnect(Disconnects.Slow);
    }

    /// <summary>Queues a reply or push after which the subscription may be given publications: none can come before it.</summary>
    /// <remarks>If the subscription was ended in the meantime, the client's own subscribe is answered and then taken back; a
    /// push for one that it did not ask for is not sent at all.</remarks>
    public void SendAndGoLive(Reply reply, Subscription subscription)
    {
        var payload = Encode(reply);
        if (payload.IsEmpty) return;
        bool overflow;
        lock (_gate)
        {
            if (_isClosing) return;
            if (_subscriptions.Find(subscription.Channel.Name) == subscription)
            {
                overflow = !(reply.Id > 0 ? TryAnswer(payload) : TryQueue(payload));
                GoLive(subscription);
            }
            else
            {
                overflow = subscription.Side == SubscriptionSide.Client && !(TryAnswer(payload) && TryQueue(subscription.Farewell));
            }
        }
        if (subscription.IsLive) OnLive(subscription);
        if (overflow) Disconnect(Disconnects.Slow);
    }

    /// <summary>Writes what waits, as far as the peer takes it now.</summary>
    public void Flush()
    {
        lock (_gate) _isQueued = false;
        _transport.Signal();
    }

    /// <summary>Notes that the subscription has something to read.</summary>
    /// <returns><see langword="true"/> when the connection was not waiting to be flushed yet: the caller flushes it.</returns>
    public bool MarkBehind(Subscription subscription)
    {
        lock (_gate)
        {
            if (!subscription.IsLive || subscription.IsBehind || _isClosing) return false;
            Link(subscription);
            if (_isQueued) return false;
            _isQueued = true;
            return true;
        }
    }

    /// <summary>Gives the pump what waits: replies and control pushes first, then what the cursors have not passed.</summary>
    public void Fill(OutputBatch batch)
    {
        Disconnect? verdict = null;
        List<(Subscription Subscription, bool IsLost)>? stopped = null;
        lock (_gate)
        {
            if (!_control.TryMoveTo(batch)) return;
            GiveRoom();
            for (var isFull = false; _firstBehind is { } subscription && verdict is null && !isFull;)
            {
                var outcome = subscription.IsLive ? Pull(subscription, batch) : PullOutcome.Finished;
                Unlink(subscription);
                if (outcome == PullOutcome.BatchFull)
                {
                    Link(subscription);   // to the end of the line: the other channels get their turn
                    isFull = true;
                }
                // One that cannot go on stops no other. At the end nothing is looked up for it, and its client hears of the end.
                else if (outcome != PullOutcome.Finished && !_isClosing)
                {
                    if (outcome == PullOutcome.NotEncodable) verdict = Disconnects.InappropriateProtocol;
                    else if (outcome == PullOutcome.FellOff) verdict = Disconnects.Slow;
                    else (stopped ??= []).Add((subscription, outcome == PullOutcome.LostState));
                }
            }
        }
        if (verdict is { } reason) Disconnect(reason);
        if (stopped is null) return;
        foreach (var (subscription, isLost) in stopped)
        {
            if (isLost) LosePlace(subscription);
            else _ = ReadHistoryAsync(subscription);   // ends with the subscription or with its next entries
        }
    }

    /// <summary>Ends the connection: what was published before is still written, then the peer is told why.</summary>
    public void Disconnect(Disconnect disconnect) => Disconnect(disconnect, mayReadOn: disconnect.Code != Disconnects.Slow.Code);

    private void Disconnect(Disconnect disconnect, bool mayReadOn)
    {
        lock (_gate)
        {
            if (_isClosing) return;
            _isClosing = true;
            _sentAwayWith = disconnect;
            GiveRoom();
            if (mayReadOn) FreezeCursors();
            else DropCursors();
        }
        _node.Metrics.OnDisconnect(disconnect);
        ConnectionLog.Disconnecting(_node.Log, Id, disconnect.Code, disconnect.Reason);
        _transport.Close(disconnect);
        _node.Wheel.Schedule(this, _node.Wheel.NowMs);
    }

    /// <summary>Ends the connection at once, without a word.</summary>
    public void Abort() => _transport.Abort();

    /// <summary>The transport is over, however it ended. Called once.</summary>
    /// <param name="departure">Whether the client said good-bye.</param>
    public void OnClosed(Departure departure = Departure.Lost)
    {
        Subscription[] subscriptions;
        CancellationTokenSource? closed;
        lock (_gate)
        {
            _isClosing = _isClosed = true;
            subscriptions = _subscriptions.ToArray();
            _subscriptions.Clear();
            foreach (var subscription in subscriptions) subscription.IsLive = false;
            TellClosed(subscriptions);
            _firstBehind = _lastBehind = null;
            _control.Abandon();
            GiveRoom();
            GiveBack();
            closed = _closed;
        }
        _node.Wheel.Cancel(this);
        // Who was sent away for good does not come back; who was told to come back does, whatever its last words were.
        if (_sentAwayWith is { } verdict) departure = verdict.Reconnects ? Departure.Lost : Departure.Final;
        foreach (var subscription in subscriptions) _node.RemoveFromChannel(subscription, departure);
        _node.Connections.Remove(this);
        closed?.Cancel();
    }

    /// <summary>The connect command succeeded: who this is. Until its reply is queued the server does not push.</summary>
    /// <returns><see langword="false"/> when the connection is over already.</returns>
    public bool TryAuthenticate(Admission admission)
    {
        lock (_gate)
        {
            if (_isClosing) return false;
            User = admission.User;
            ConnInfo = admission.Info;
            Grant = GrantOf(admission);
            NoteExpiry(Grant, CloseDelayMs);
            return true;
        }
    }

    /// <summary>Queues the connect reply. From here on the connection can be ordered about; no push can come before it.</summary>
    /// <param name="reply">Names the subscriptions.</param>
    /// <param name="subscriptions">Those the server opened; they go live behind the reply.</param>
    public void SendConnected(Reply reply, IReadOnlyList<Subscription> subscriptions)
    {
        var payload = Encode(reply);
        bool overflow;
        lock (_gate)
        {
            overflow = !TryAnswer(payload);
            if (!_isClosing) Phase = ConnectionPhase.Connected;
            TellConnected();
            LeavePending();
            foreach (var subscription in subscriptions)
            {
                if (_subscriptions.Find(subscription.Channel.Name) == subscription) GoLive(subscription);
                else overflow |= !TryQueue(subscription.Farewell);
            }
        }
        foreach (var subscription in subscriptions)
        {
            if (subscription.IsLive) OnLive(subscription);
        }
        if (overflow) Disconnect(Disconnects.Slow);
    }

    public void EnterPhase(ConnectionPhase phase)
    {
        lock (_gate)
        {
            Phase = phase;
            if (phase == ConnectionPhase.Refused) _refusedMs = _node.Wheel.NowMs;
        }
    }

    /// <summary>Puts a subscription, not live yet, under its channel's name.</summary>
    public SubscribeStatus TryAddSubscription(Subscription subscription, int channelLimit)
    {
        lock (_gate)
        {
            if (_isClosing) return SubscribeStatus.ConnectionClosed;
            if (_subscriptions.Find(subscription.Channel.Name) is not null) return SubscribeStatus.AlreadySubscribed;
            if (_subscriptions.Count >= channelLimit) return SubscribeStatus.LimitExceeded;
            _subscriptions.Add(subscription);
            NoteExpiry(subscription.Grant, _node.Limits.ExpiredSubCloseMs);
            return SubscribeStatus.Added;
        }
    }

    /// <summary>Ends a subscription and queues what tells the client; nothing of the channel follows it.</summary>
    /// <param name="channel">Its name.</param>
    /// <param name="message">The answer to the client's command, or an unsubscribe push. The push waits for the reply of a
    /// subscribe that is still in work, so that the client hears the last decision last.</param>
    /// <returns>The subscription that ended; <see langword="null"/> when there was none (the message is queued all the same
    /// if it answers a command).</returns>
    public Subscription? Unsubscribe(string channel, Reply message) => Unsubscribe(channel, only: null, message);

    /// <param name="channel">Its name.</param>
    /// <param name="only">Ends this one or none; <see langword="null"/>: whichever there is.</param>
    /// <param name="message">As above.</param>
    private Subscription? Unsubscribe(string channel, Subscription? only, Reply message)
    {
        var payload = Encode(message);
        Subscription? subscription;
        var overflow = false;
        lock (_gate)
        {
            subscription = _subscriptions.Find(channel);
            if (only is not null && subscription != only) return null;
            var isAnnounced = subscription is { IsLive: true };
            if (message.Id == 0) _pending.Revoke(channel);
            if (subscription is not null)
            {
                _subscriptions.Remove(subscription);
                subscription.IsLive = false;
                TellEnded(subscription, message);
            }
            if (message.Id > 0) overflow = !TryAnswer(payload);
            else if (isAnnounced) overflow = !TryQueue(payload);
            else if (subscription is not null) subscription.Farewell = payload.ToArray();
        }
        // Whoever is told to subscribe again was never away.
        if (subscription is not null) _node.RemoveFromChannel(subscription, message.Push?.Unsubscribe is { Code: >= 2500 } ? Departure.Lost : Departure.Final);
        if (overflow) Disconnect(Disconnects.Slow);
        return subscription;
    }

    /// <summary>Takes back a subscription that never went live, without a word.</summary>
    public void Withdraw(Subscription subscription)
    {
        lock (_gate)
        {
            if (!_subscriptions.Remove(subscription)) return;   // whoever has ended it takes it out of its channel
        }
        _node.RemoveFromChannel(subscription);
    }

    private static ArrayBufferWriter<byte> Scratch()
    {
        var scratch = t_scratch ??= new ArrayBufferWriter<byte>(1024);
        if (scratch.Capacity > 256 * 1024) scratch = t_scratch = new ArrayBufferWriter<byte>(1024);
        scratch.ResetWrittenCount();
        return scratch;
    }

    private ReadOnlySpan<byte> Encode(Reply reply)
    {
        var scratch = Scratch();
        var written = IsOneWay
            ? OneWayPush.Of(reply) is not { } push || WireCodec.TryWritePush(Wire, push, scratch)
            : WireCodec.TryWriteReply(Wire, reply, scratch);
        if (written) return scratch.WrittenSpan;
        Disconnect(Disconnects.InappropriateProtocol);
        return default;
    }

    /// <summary>Under the gate: what was announced may be followed by publications.</summary>
    private void GoLive(Subscription subscription)
    {
        if (_isClosing) return;
        subscription.IsLive = true;
        subscription.Loading = null;
        TellLive(subscription);
        if (!subscription.IsBehind && (subscription.Reading is not null || subscription.Next != subscription.Channel.Log.Head)) Link(subscription);
    }

    /// <summary>Outside of the gate: others are told of the subscription.</summary>
    private void OnLive(Subscription subscription)
    {
        NodePresence.Join(subscription);
        _node.StatePresence.Enter(subscription);
    }

    /// <summary>Under the gate: at closing, each cursor may still read what is there now, and no more.</summary>
    private void FreezeCursors()
    {
        foreach (var subscription in _subscriptions.ToArray())
        {
            if (!subscription.IsLive) continue;
            subscription.Until = subscription.Channel.Log.Head;
            if (!subscription.IsBehind && subscription.Next < subscription.Until) Link(subscription);
        }
    }

    private void DropCursors()
    {
        foreach (var subscription in _subscriptions.ToArray()) subscription.IsLive = false;
    }

    private void Link(Subscription subscription)
    {
        subscription.IsBehind = true;
        if (_lastBehind is null) _firstBehind = subscription;
        else _lastBehind.NextBehind = subscription;
        _lastBehind = subscription;
    }

    /// <summary>Takes the first one out of the line.</summary>
    private void Unlink(Subscription subscription)
    {
        _firstBehind = subscription.NextBehind;
        if (_firstBehind is null) _lastBehind = null;
        subscription.NextBehind = null;
        subscription.IsBehind = false;
    }
}
