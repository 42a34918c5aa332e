using System.Globalization;
using System.Text;
using System.Text.Json;
using Starling.Protocol;
using Starling.Simulation.Checks;
using Starling.Simulation.Plans;
using Starling.Simulation.World;

namespace Starling.Simulation.Clients;

/// <summary>What a client needs of its world.</summary>
internal interface IClientWorld
{
    EventLog Log { get; }

    /// <summary>A connection to some server; <see langword="null"/>: none answers.</summary>
    Link? Dial(SimClient client, Dice dice);

    /// <summary>The connections present in a channel, as the broker has them.</summary>
    IEnumerable<string> WhoIsThere(string channel);

    /// <summary>The data is what was published under this identity.</summary>
    bool IsWhole(string message, ReadOnlySpan<byte> data);

    /// <summary>Something is wrong that no event can tell.</summary>
    void Complain(int who, string what);
}

/// <summary>A small faithful SDK: connects, subscribes, recovers with its position, comes back after every loss, and writes down
/// what its application sees.</summary>
internal sealed class SimClient
{
    private static readonly TimeSpan s_callTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pingDelayMax = TimeSpan.FromSeconds(5);

    private readonly IClientWorld _world;
    private readonly Dice _dice;
    private readonly List<ClientSubscription> _subscriptions = [];
    private ClientConnection? _connection;
    private TimeSpan _pingDue = TimeSpan.MaxValue;
    private TimeSpan _pingInterval;
    private bool _isConnected;
    private bool _isWanted;
    private int _failures;
    private int _attempt;
    private int _published;
    private readonly List<OwnPublication> _unanswered = [];
    private readonly List<KeyedSubscription> _keyed = [];

    public SimClient(int number, Wire wire, IClientWorld world, Process process, Dice dice)
    {
        (Number, Wire, _world, Process, _dice) = (number, wire, world, process, dice);
    }

    public int Number { get; }

    public Wire Wire { get; }

    /// <summary>Some are nobody in particular, some are the same person twice.</summary>
    public string User => Number % 4 == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"u{(Number % 3 == 0 ? Number - 1 : Number)}");

    public Process Process { get; }

    /// <summary>Name of its present connection, for whoever compares what the client did with what its node saw.</summary>
    private string Attempt => string.Create(CultureInfo.InvariantCulture, $"{Number}/{_attempt}");

    public bool IsConnected => _isConnected;

    /// <summary>It has everything it wants.</summary>
    public bool IsSettled => _isWanted && _isConnected && _subscriptions.TrueForAll(static each => each.IsSubscribed == each.IsWanted) && _unanswered.Count == 0
        && _keyed.TrueForAll(static each => each.IsLive == each.IsWanted);

    /// <summary>The link it uses; <see langword="null"/>: none.</summary>
    public Link? Link => _connection?.Link;

    public void Complain(string what) => _world.Complain(Number, what);

    public void Start()
    {
        if (_isWanted) return;
        _isWanted = true;
        Connect();
        Watch();
    }

    /// <summary>The application goes offline by its own will.</summary>
    public void Leave()
    {
        _isWanted = false;
        if (_connection is { } connection) Drop(connection, 0);
    }

    public void WantKeyed(string channel, Wish wish)
    {
        var subscription = _keyed.Find(each => each.Channel == channel);
        if (subscription is null) _keyed.Add(subscription = new KeyedSubscription(this, channel, wish, _dice));
        subscription.IsWanted = true;
        subscription.Begin();
    }

    public void Want(string channel, Wish wish)
    {
        var subscription = _subscriptions.Find(each => each.Channel == channel);
        if (subscription is null) _subscriptions.Add(subscription = new ClientSubscription(channel, wish, Wire));
        subscription.IsWanted = true;
        if (_isConnected) Subscribe(subscription);
    }

    public void Unwant(string channel)
    {
        _keyed.Find(each => each.Channel == channel)?.End();
        if (_subscriptions.Find(each => each.Channel == channel) is not { IsWanted: true } subscription) return;
        subscription.IsWanted = false;
        if (!_isConnected || !(subscription.IsSubscribed || subscription.IsAsking)) return;
        Write(EventKind.Unsubscribed, channel, 0);
        subscription.IsSubscribed = subscription.IsAsking = false;
        if (_dice.Chance(0.5)) subscription.ForgetPosition();   // coming back with a position or without: both happen
        CallOrReconnect(new Command { Unsubscribe = new UnsubscribeRequest { Channel = channel } }, _ => subscription.IsServed = false);
    }

    public void Publish(string channel, int padding)
    {
        if (!_isConnected) return;
        var message = $"c{Number}-{++_published}";
        _world.Log.Add(new SimEvent(Process.Scheduler.Now, EventKind.Publishing, Number) { Channel = channel, Message = message });
        var data = Encoding.UTF8.GetBytes($"\"{message}|{new string('x', padding)}\"");
        _connection!.Call(new Command { Publish = new PublishRequest { Channel = channel, Data = data } }, reply =>
        {
            if (reply is null) return;   // nobody knows
            var kind = reply.Error is null ? EventKind.Acked : EventKind.Refused;
            _world.Log.Add(new SimEvent(Process.Scheduler.Now, kind, Number) { Channel = channel, Message = message, Code = reply.Error?.Code ?? 0 });
        });
    }

    public void WriteKey(string channel, string key, int padding, bool removes)
    {
        if (!_isConnected) return;
        var message = $"c{Number}-{++_published}";
        var request = new PublishRequest { Channel = channel, Type = PublishType.Map, Key = key, Removed = removes };
        if (!removes) request.Data = Encoding.UTF8.GetBytes($"\"{message}|{new string('x', padding)}\"");
        _connection!.Call(new Command { Publish = request }, reply =>
        {
            if (reply is null || removes) return;
            Write(new SimEvent(default, reply.Error is null ? EventKind.Acked : EventKind.Refused) { Channel = channel, Key = key, Message = message });
        });
    }

    /// <summary>Publishes until it knows that it is published, however often it has to ask (I1): stored it must be once.</summary>
    public void PublishSurely(string channel, int padding)
    {
        var message = $"o{Number}-{++_published}";
        var publication = new OwnPublication(channel, message, $"\"{message}|{new string('z', padding)}\"");
        _unanswered.Add(publication);
        if (_isConnected) Send(publication);
    }

    public void ReadHistory(string channel, int limit)
    {
        if (!_isConnected) return;
        _connection!.Call(new Command { History = new HistoryRequest { Channel = channel, Limit = limit, Reverse = _dice.Chance(0.5) } }, reply =>
        {
            foreach (var publication in reply?.History?.Publications ?? [])
            {
                _world.Log.Add(new SimEvent(Process.Scheduler.Now, EventKind.Read, Number)
                {
                    Channel = channel,
                    Offset = publication.Offset,
                    Epoch = reply!.History!.Epoch,
                    Message = Backbone.MessageOf(publication.Data.Span),
                });
            }
        });
    }

    /// <summary>A push or a ping.</summary>
    public void OnPush(ClientConnection connection, Reply reply)
    {
        if (reply.Push is not { } push)
        {
            _pingDue = Process.Scheduler.Now + _pingInterval + s_pingDelayMax;
            connection.SendPong();
            return;
        }
        if (_keyed.Find(each => push.Id > 0 ? each.Id == push.Id : each.Channel == push.Channel) is { } keyed)
        {
            if (push.Pub is { } change) keyed.OnPublication(change);
            else if (push.Unsubscribe is { } end) keyed.OnUnsubscribed(end.Code);
            return;
        }
        var subscription = push.Id > 0
            ? _subscriptions.Find(each => each.Id == push.Id)
            : _subscriptions.Find(each => each.Channel == push.Channel);
        if (push.Pub is { } publication)
        {
            if (subscription is not { IsServed: true }) Complain($"a publication of {push.Channel} {push.Id}, which is not subscribed");
            else if (subscription.IsSubscribed) Receive(subscription, publication);
        }
        else if (push.Unsubscribe is { } unsubscribe)
        {
            OnUnsubscribed(subscription, unsubscribe.Code);
        }
        else if ((push.Join?.Info ?? push.Leave?.Info) is { } info)
        {
            if (subscription is not { IsServed: true }) Complain($"a join or leave in {push.Channel} {push.Id}, which is not subscribed");
            else if (subscription.IsSubscribed) Write(new SimEvent(default, push.Join is null ? EventKind.LeaveSeen : EventKind.JoinSeen) { Channel = subscription.Channel, Message = info.Client, Key = info.User });
        }
    }

    /// <summary>Asks who is present in those of the channels it is subscribed to.</summary>
    public void AskWhoIsThere(IEnumerable<string> channels)
    {
        foreach (var subscription in _subscriptions.Where(each => each.IsSubscribed && channels.Contains(each.Channel)))
        {
            _connection!.Call(new Command { Presence = new PresenceRequest { Channel = subscription.Channel } }, reply =>
            {
                if (reply is null) return;
                // Too long for a small queue: the application asks, which has no such limit.
                var listed = reply.Error is { Code: 106 } ? _world.WhoIsThere(subscription.Channel) : reply.Presence?.Presence?.Keys;
                if (listed is null) Complain($"presence of {subscription.Channel} was refused with {reply.Error?.Code}");
                else Write(new SimEvent(default, EventKind.Listed) { Channel = subscription.Channel, Message = string.Concat(listed.Order(StringComparer.Ordinal).Select(static each => each + " ")) });
            });
        }
    }

    /// <summary>The connection ended, not by our wish.</summary>
    public void OnOver(ClientConnection connection, uint code)
    {
        if (connection != _connection) return;
        Forget(code);
        if (code is >= 3500 and < 4000 or >= 4500 and < 5000)
        {
            Complain($"closed for good with {code}");
            return;
        }
        Reconnect();
    }

    private void Send(OwnPublication publication)
    {
        _world.Log.Add(new SimEvent(Process.Scheduler.Now, EventKind.Publishing, Number) { Channel = publication.Channel, Message = publication.Message });
        var data = $$"""{"channel":"{{publication.Channel}}","id":"{{publication.Message}}","data":{{publication.Data}}}""";
        _connection!.Call(new Command { Rpc = new RpcRequest { Method = "starling.publish", Data = Encoding.UTF8.GetBytes(data) } }, reply =>
        {
            if (reply is null) return;   // asked again after the next connect
            if (reply.Error is { } error)
            {
                if (!error.Temporary) Complain($"starling.publish was refused with {error.Code}");
                Process.After(_dice.UpTo(500), () =>
                {
                    if (_isConnected && _unanswered.Contains(publication)) Send(publication);
                });
                return;
            }
            if (!_unanswered.Remove(publication)) return;
            var position = JsonDocument.Parse(reply.Rpc!.Data).RootElement;
            _world.Log.Add(new SimEvent(Process.Scheduler.Now, EventKind.Acked, Number)
            {
                Channel = publication.Channel,
                Message = publication.Message,
                Offset = position.TryGetProperty("offset", out var offset) ? offset.GetUInt64() : 0,
                Epoch = position.TryGetProperty("epoch", out var epoch) ? epoch.GetString()! : "",
            });
        });
    }

    private void Connect()
    {
        if (!_isWanted || _connection is not null) return;
        var attempt = ++_attempt;
        if (_world.Dial(this, _dice) is not { } link)
        {
            Reconnect();
            return;
        }
        var connection = _connection = new ClientConnection(this, link);
        connection.Start();
        CallOrReconnect(new Command { Connect = ConnectRequest() }, reply =>
        {
            if (attempt != _attempt) return;
            if (reply.Error is { } error)
            {
                if (!error.Temporary) Complain($"connect was refused with {error.Code}");
                Drop(connection, 0);
                Reconnect();
                return;
            }
            _isConnected = true;
            _failures = 0;
            _pingInterval = TimeSpan.FromSeconds(reply.Connect!.Ping);
            _pingDue = Process.Scheduler.Now + _pingInterval + s_pingDelayMax;
            Write(new SimEvent(default, EventKind.Connected) { Message = reply.Connect.Client });
            foreach (var subscription in _subscriptions.Where(static each => each.Wish.AtConnect && each.IsAsking))
            {
                if (reply.Connect.Subs?.GetValueOrDefault(subscription.Channel) is { } result) OnSubscribed(subscription, subscription.Request(), result);
                else Complain($"the connect reply says nothing of {subscription.Channel}");
            }
            foreach (var subscription in _subscriptions) Subscribe(subscription);
            foreach (var subscription in _keyed) subscription.Begin();
            foreach (var publication in _unanswered.ToArray()) Send(publication);
        });
    }

    private ConnectRequest ConnectRequest()
    {
        var asked = _subscriptions.FindAll(static each => each is { IsWanted: true, Wish.AtConnect: true });
        foreach (var subscription in asked)
        {
            subscription.IsAsking = true;
            WriteSubscribing(subscription, subscription.Request());
        }
        return new ConnectRequest { Name = User, Version = Attempt, Subs = asked.Count == 0 ? null : asked.ToDictionary(static each => each.Channel, static each => each.Request()) };
    }

    private void WriteSubscribing(ClientSubscription subscription, SubscribeRequest request) => _world.Log.Add(new SimEvent(Process.Scheduler.Now, EventKind.Subscribing, Number)
    {
        Channel = subscription.Channel,
        Offset = request.Offset,
        Epoch = request.Epoch,
        Recovers = request.Recover,
        Tag = subscription.Wish.Tag,
    });

    private void Subscribe(ClientSubscription subscription)
    {
        if (!_isConnected || !subscription.IsWanted || subscription.IsSubscribed || subscription.IsAsking || subscription.Wish.AtConnect) return;
        subscription.IsAsking = true;
        var question = ++subscription.Questions;
        var request = subscription.Request();
        WriteSubscribing(subscription, request);
        CallOrReconnect(new Command { Subscribe = request }, reply =>
        {
            if (reply.Subscribe is not null) (subscription.IsServed, subscription.Id) = (true, reply.Subscribe.Id);
            if (question != subscription.Questions || !subscription.IsAsking) return;   // taken back while it was on its way
            if (reply.Subscribe is { } result) OnSubscribed(subscription, request, result);
            else OnSubscribeRefused(subscription, reply.Error!);
        });
    }

    private void OnSubscribed(ClientSubscription subscription, SubscribeRequest request, SubscribeResult result)
    {
        if (result.WasRecovering != request.Recover && !subscription.Channel.StartsWith("cache:", StringComparison.Ordinal))
        {
            Complain($"was_recovering of {subscription.Channel} is {result.WasRecovering}");
        }
        _world.Log.Add(new SimEvent(Process.Scheduler.Now, EventKind.Subscribed, Number)
        {
            Channel = subscription.Channel,
            Offset = result.Offset,
            Epoch = result.Epoch,
            Recovers = result.Recovered,
            Tag = subscription.Wish.Tag,
        });
        subscription.OnReply(result);
        foreach (var publication in result.Publications ?? []) Receive(subscription, publication);
    }

    private void OnSubscribeRefused(ClientSubscription subscription, ProtocolError error)
    {
        subscription.IsAsking = false;
        Write(EventKind.SubscribeRefused, subscription.Channel, error.Code);
        if (error is { Temporary: false, Code: >= 100 })
        {
            Complain($"subscribing to {subscription.Channel} was refused with {error.Code}");
            return;
        }
        Process.After(Backoff(++subscription.Failures), () => Subscribe(subscription));
    }

    private void OnUnsubscribed(ClientSubscription? subscription, uint code)
    {
        if (subscription is not { IsServed: true })
        {
            Complain($"an unsubscribe of {subscription?.Channel}, which is not subscribed");
            return;
        }
        subscription.IsServed = false;
        if (!subscription.IsSubscribed) return;
        subscription.IsSubscribed = false;
        Write(EventKind.Unsubscribed, subscription.Channel, code);
        if (code == 2502) subscription.ForgetPosition();
        if (code >= 2500) Subscribe(subscription);
        else subscription.IsWanted = false;
    }

    private void Receive(ClientSubscription subscription, Publication publication)
    {
        ReadOnlyMemory<byte> data;
        try
        {
            data = subscription.OnPublication(publication);
        }
        catch (FormatException error)
        {
            Complain($"I3: {subscription.Channel}/{publication.Offset}: {error.Message}");
            return;
        }
        var message = Backbone.MessageOf(data.Span);
        if (!_world.IsWhole(message, data.Span)) Complain($"I3: the data of '{message}' in {subscription.Channel}/{publication.Offset} is not what was published");
        _world.Log.Add(new SimEvent(Process.Scheduler.Now, EventKind.Received, Number)
        {
            Channel = subscription.Channel,
            Offset = publication.Offset,
            Epoch = publication.Epoch,
            Message = message,
        });
    }

    /// <summary>Sends what a subscription has to ask.</summary>
    public void Ask(Command command, Action<Reply> answered) => CallOrReconnect(command, answered);

    /// <summary>Writes down what happened now, to this client.</summary>
    public void Write(SimEvent one) => _world.Log.Add(one with { At = Process.Scheduler.Now, Who = Number });

    public bool IsWhole(string message, ReadOnlySpan<byte> data) => _world.IsWhole(message, data);

    /// <summary>A call whose answer does not come in time costs the connection, as in the SDKs.</summary>
    private void CallOrReconnect(Command command, Action<Reply> answered)
    {
        var connection = _connection!;
        var isOver = false;
        connection.Call(command, reply =>
        {
            isOver = true;
            if (reply is not null) answered(reply);
        });
        Process.After(s_callTimeout, () =>
        {
            if (isOver || connection != _connection) return;
            Drop(connection, 0);
            Reconnect();
        });
    }

    private void Watch()
    {
        if (!_isWanted) return;
        if (_isConnected && Process.Scheduler.Now > _pingDue)
        {
            Drop(_connection!, 0);
            Reconnect();
        }
        Process.After(TimeSpan.FromSeconds(1), Watch);
    }

    private void Drop(ClientConnection connection, uint code)
    {
        connection.Abandon();
        Write(new SimEvent(default, EventKind.SaidGoodBye) { Message = Attempt });
        Forget(code);
    }

    private void Forget(uint code)
    {
        _attempt++;
        _connection = null;
        if (_isConnected) Write(EventKind.Disconnected, "", code);
        _isConnected = false;
        foreach (var subscription in _subscriptions) subscription.OnLost();
        foreach (var subscription in _keyed) subscription.OnLost();
    }

    private void Reconnect()
    {
        if (_isWanted) Process.After(Backoff(++_failures), Connect);
    }

    /// <summary>Full jitter, as the SDKs; shorter than theirs, so that a run settles sooner.</summary>
    private TimeSpan Backoff(int failures) => _dice.UpTo(Math.Min(2_000, 100 << Math.Min(failures, 6)));

    private void Write(EventKind kind, string channel, uint code) =>
        _world.Log.Add(new SimEvent(Process.Scheduler.Now, kind, Number) { Channel = channel, Code = code });

    /// <summary>Something to be published once, however often it is sent.</summary>
    private sealed record OwnPublication(string Channel, string Message, string Data);
}
