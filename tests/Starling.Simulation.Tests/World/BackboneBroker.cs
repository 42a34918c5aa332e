using Starling.Brokers;
using Starling.Protocol;
using PublishResult = Starling.Brokers.PublishResult;

namespace Starling.Simulation.World;

/// <summary>One life of a node at the backbone. Publications of a channel come in order unless a fault says otherwise.</summary>
internal sealed class BackboneBroker(Backbone backbone, Process node, Dice dice) : Broker
{
    private readonly HashSet<string> _subscribed = [];
    private readonly Dictionary<string, int> _wanted = [];
    private readonly List<TaskCompletionSource> _waitingForReturn = [];
    private readonly Dictionary<string, (ulong Offset, string Epoch)> _announced = [];
    private readonly InOrder _deliveries = new(node);
    private readonly InOrder _commands = new(node);
    private IBrokerSink? _sink;

    private bool IsHiding => backbone.Lie == Lie.HiddenLoss && node.Scheduler.Now > TimeSpan.FromSeconds(5);

    public override ValueTask StartAsync(IBrokerSink sink, CancellationToken cancellationToken)
    {
        _sink = sink;
        return default;
    }

    public override async ValueTask<PublishResult> PublishAsync(
        string channel, Publication publication, PublishOptions options, CancellationToken cancellationToken)
    {
        if (backbone.IsDirect) return await backbone.Store.PublishAsync(channel, publication, options, default);
        await TravelAsync();
        if (backbone.IsDown) return new PublishResult(PublishStatus.Unavailable);
        if (backbone.Lie == Lie.AckWithoutStoring && dice.Chance(0.02)) return new PublishResult(PublishStatus.Accepted);
        if (backbone.Lie == Lie.StoreTwice && dice.Chance(0.02)) await backbone.Store.PublishAsync(channel, Copy(publication), options with { IdempotencyKey = "" }, default);
        var result = await backbone.Store.PublishAsync(channel, publication, options, default);
        await TravelAsync();
        // The answer of a publish can get lost: then it is stored, and nobody knows.
        return backbone.IsDown || dice.Chance(backbone.LossChance / 4) ? new PublishResult(PublishStatus.Unavailable) : result;
    }

    public override async ValueTask SubscribeAsync(string channel, CancellationToken cancellationToken)
    {
        _wanted[channel] = _wanted.GetValueOrDefault(channel) + 1;
        if (!backbone.IsDirect) await TravelAsync();
        while (backbone.IsDown) await ReturnAsync();
        if (_wanted[channel] > 0) _subscribed.Add(channel);
        if (!backbone.IsDirect) await TravelAsync();
    }

    public override async ValueTask UnsubscribeAsync(string channel, CancellationToken cancellationToken)
    {
        _wanted[channel] = _wanted.GetValueOrDefault(channel) - 1;
        if (!backbone.IsDirect) await TravelAsync();
        if (_wanted[channel] <= 0) _subscribed.Remove(channel);
    }

    public override ValueTask<HistoryPage> ReadHistoryAsync(string channel, HistoryQuery query, CancellationToken cancellationToken) =>
        AskAsync(static () => HistoryPage.Unavailable, store => IsHiding && _announced.TryGetValue(channel, out var known)
            ? ValueTask.FromResult(new HistoryPage(IsAvailable: true, [], known.Offset, known.Epoch))
            : store.ReadHistoryAsync(channel, query, default));

    public override ValueTask<bool> RemoveHistoryAsync(string channel, CancellationToken cancellationToken) =>
        AskAsync(static () => false, store => store.RemoveHistoryAsync(channel, default));

    public override ValueTask<bool> SetPresenceAsync(
        string channel, IReadOnlyList<ClientInfo> clients, TimeSpan ttl, CancellationToken cancellationToken) =>
        AskAsync(static () => false, store => store.SetPresenceAsync(channel, clients, ttl, default));

    public override ValueTask<bool> RemovePresenceAsync(string channel, IReadOnlyList<ClientInfo> clients, CancellationToken cancellationToken) =>
        AskAsync(static () => false, store => backbone.Lie == Lie.KeepListed ? ValueTask.FromResult(true) : store.RemovePresenceAsync(channel, clients, default));

    public override ValueTask<PresenceList> ListPresenceAsync(string channel, int limit, CancellationToken cancellationToken) =>
        AskAsync(static () => PresenceList.Unavailable, store => store.ListPresenceAsync(channel, limit, default));

    public override ValueTask<PresenceCount> CountPresenceAsync(string channel, CancellationToken cancellationToken) =>
        AskAsync(static () => PresenceCount.Unavailable, store => store.CountPresenceAsync(channel, default));

    public override ValueTask<bool> AnnounceAsync(
        string channel, IReadOnlyList<MembershipChange> changes, CancellationToken cancellationToken) =>
        AskAsync(static () => false, store => IsHidingLeave(changes) ? ValueTask.FromResult(true) : store.AnnounceAsync(channel, changes, default));

    public override ValueTask<StateWriteResult> WriteStateAsync(
        string channel, StateWrite write, StateStorage storage, CancellationToken cancellationToken) =>
        AskAsync(static () => new StateWriteResult(StateWriteStatus.Unavailable), store => store.WriteStateAsync(channel, write, storage, default));

    public override ValueTask<StatePage> ReadStateAsync(string channel, StateQuery query, StateStorage storage, CancellationToken cancellationToken) =>
        AskAsync(static () => StatePage.Unavailable, store => store.ReadStateAsync(channel, query, storage, default));

    public override ValueTask<HistoryPage> ReadStateStreamAsync(string channel, HistoryQuery query, CancellationToken cancellationToken) =>
        AskAsync(static () => HistoryPage.Unavailable, store => store.ReadStateStreamAsync(channel, query, default));

    public override ValueTask<long?> CountKeysAsync(string channel, CancellationToken cancellationToken) =>
        AskAsync(static () => null, store => store.CountKeysAsync(channel, default));

    public override ValueTask<bool> ClearStateAsync(string channel, StateStorage storage, CancellationToken cancellationToken) =>
        AskAsync(static () => false, store => store.ClearStateAsync(channel, storage, default));

    public override ValueTask DisposeAsync()
    {
        _sink = null;
        backbone.Leave(this);
        return default;
    }

    /// <summary>The backbone has something to tell: it sets out for this node.</summary>
    public void Announce(string channel, Publication publication, string epoch, Action<IBrokerSink> tell)
    {
        if (IsHiding) return;
        _announced[channel] = (publication.Offset, epoch);
        Announce(channel, tell);
    }

    /// <summary>The same for what has no position.</summary>
    public void Announce(string channel, Action<IBrokerSink> tell)
    {
        void Tell()
        {
            if (_sink is not null) tell(_sink);
        }
        if (backbone.IsDirect)
        {
            node.Run(Tell);
            return;
        }
        if (!_subscribed.Contains(channel)) return;
        foreach (var (after, isLate) in backbone.Fate())
        {
            if (isLate) node.After(after, Tell);
            else _deliveries.Send(after, Tell);
        }
    }

    /// <summary>The backbone is back after a time away: what was announced meanwhile is lost.</summary>
    public void OnBack()
    {
        node.After(backbone.Distance(), () =>
        {
            foreach (var waiting in _waitingForReturn.ToArray()) waiting.SetResult();
            _waitingForReturn.Clear();
            _sink?.OnPositionUnknown(null);
        });
    }

    private bool IsHidingLeave(IReadOnlyList<MembershipChange> changes) =>
        backbone.Lie == Lie.HideLeaves && changes.Any(static each => each.Kind == MembershipKind.Leave) && dice.Chance(0.5);

    private static Publication Copy(Publication publication) => new() { Data = publication.Data, Info = publication.Info, Tags = publication.Tags };

    /// <summary>The way there or back; what a node sends keeps its order, as on one connection.</summary>
    private Task TravelAsync()
    {
        var arrived = new TaskCompletionSource();
        _commands.Send(backbone.Distance(), arrived.SetResult);
        return arrived.Task;
    }

    private async ValueTask<TAnswer> AskAsync<TAnswer>(Func<TAnswer> noAnswer, Func<Broker, ValueTask<TAnswer>> ask)
    {
        if (backbone.IsDirect) return await ask(backbone.Store);
        await TravelAsync();
        if (backbone.IsDown) return noAnswer();
        var answer = await ask(backbone.Store);
        await TravelAsync();
        return backbone.IsDown ? noAnswer() : answer;
    }

    private Task ReturnAsync()
    {
        var waiting = new TaskCompletionSource();
        _waitingForReturn.Add(waiting);
        return waiting.Task;
    }
}

/// <summary>Things that happen to a process later, in the order in which they set out, even if it stands still meanwhile.</summary>
internal sealed class InOrder(Process process)
{
    private readonly Queue<Action> _underWay = new();
    private TimeSpan _last;

    public void Send(TimeSpan delay, Action arrive)
    {
        var now = process.Scheduler.Now;
        _last = now + delay > _last ? now + delay : _last + TimeSpan.FromTicks(1);
        _underWay.Enqueue(arrive);
        process.After(_last - now, () => _underWay.Dequeue()());
    }
}
