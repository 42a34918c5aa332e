namespace Starling.Simulation.Checks;

/// <summary>What the checker has to know of a channel beside the log.</summary>
/// <param name="HistorySize">Publications its stream keeps; 0: it has none.</param>
/// <param name="KeepsForLong">Publications do not expire during a run.</param>
/// <param name="IsCache">Recovery gives the newest publication only.</param>
/// <param name="IsKeyed">It holds keys with values; a history is the stream of their changes.</param>
/// <param name="HasPresence">Its subscribers are listed and told.</param>
/// <param name="LeaveGrace">How long a lost connection keeps its place.</param>
internal sealed record ChannelTraits(
    int HistorySize, bool KeepsForLong, bool IsCache, bool IsKeyed = false, bool HasPresence = false, TimeSpan LeaveGrace = default);

/// <summary>What can happen to a publication without a position on its way from the broker to a node.</summary>
internal enum Delivery
{
    /// <summary>Anything: lost, doubled, late. Such a channel promises nothing.</summary>
    Faulty,

    /// <summary>It takes time; it is neither lost nor doubled, and stays in order.</summary>
    Exact,

    /// <summary>It takes no time either.</summary>
    Immediate,
}

/// <summary>A broken promise.</summary>
/// <param name="Index">Of the event that shows it.</param>
/// <param name="Text">Begins with the number of the invariant.</param>
/// <param name="Channel">Where.</param>
/// <param name="Who">The client; 0: none.</param>
internal sealed record Violation(int Index, string Text, string Channel, int Who)
{
    public override string ToString() => $"{Text} (channel {Channel}, client {Who}, event {Index})";
}

/// <summary>Proves from a log alone that nothing was lost in silence, reordered, doubled or invented (I1 to I6).</summary>
/// <remarks>The truth is what the broker stored. Each client's view of a channel must be the truth, from where its subscription
/// says it starts, without a hole, unless it was told: by a subscribe reply that says it did not recover.</remarks>
internal sealed class Checker
{
    private readonly Func<string, ChannelTraits> _traitsOf;
    private readonly Delivery _delivery;
    private readonly Dictionary<string, ChannelTruth> _truths = [];
    private readonly Dictionary<(int Who, string Channel), View> _views = [];
    private readonly List<Violation> _violations = [];
    private readonly KeyedChecker _keyed;
    private readonly PresenceChecker _presence;
    private long _checked;
    private int _index;

    private Checker(Func<string, ChannelTraits> traitsOf, Delivery delivery)
    {
        (_traitsOf, _delivery) = (traitsOf, delivery);
        _keyed = new KeyedChecker(channel => traitsOf(channel).HistorySize > 0, delivery, Report);
        _presence = new PresenceChecker(traitsOf, delivery, Report);
    }

    /// <summary>Deliveries that were compared with the truth.</summary>
    public long Checked => _checked + _keyed.Checked + _presence.Checked;

    public IReadOnlyList<Violation> Violations => _violations;

    /// <param name="log">A run's events, in order.</param>
    /// <param name="traitsOf">What a channel is.</param>
    /// <param name="delivery">What channels without positions are held to.</param>
    public static Checker Check(IReadOnlyList<SimEvent> log, Func<string, ChannelTraits> traitsOf, Delivery delivery)
    {
        var checker = new Checker(traitsOf, delivery);
        for (var i = 0; i < log.Count; i++)
        {
            checker._index = i;
            checker.Take(log[i]);
        }
        return checker;
    }

    private void Take(SimEvent one)
    {
        if (one.Channel.Length > 0 && _traitsOf(one.Channel).IsKeyed)
        {
            _keyed.Take(one);
            return;
        }
        if (one.Channel.Length == 0) _presence.TakeWorld(one);
        else if (_traitsOf(one.Channel).HasPresence) _presence.Take(one);
        var truth = one.Channel.Length > 0 ? TruthOf(one.Channel) : null;
        switch (one.Kind)
        {
            case EventKind.Stored:
                if (truth!.Store(one) is { } problem) Report(one, problem);
                break;
            case EventKind.Forgotten:
                truth!.Forget(one.At);
                foreach (var view in _views.Values.Where(view => view.Truth == truth)) view.WasForgottenMeanwhile = true;
                break;
            case EventKind.Removed:
                truth!.Remove();
                break;
            case EventKind.Acked:
                CheckAck(truth!, one);
                break;
            case EventKind.Subscribing:
                CheckQuestion(one);
                _views[(one.Who, one.Channel)] = new View(truth!, one, truth!.Count);
                break;
            case EventKind.Subscribed:
                OnSubscribed(ViewOf(one), one);
                break;
            case EventKind.Received:
                OnReceived(ViewOf(one), one);
                break;
            case EventKind.Read:
                if (truth!.At(one.Epoch, one.Offset)?.Message != one.Message) Report(one, $"I3: a history reads '{one.Message}' at {one.Epoch}/{one.Offset}, where it is not");
                break;
            case EventKind.Unsubscribed:
                ViewOf(one).IsLive = false;
                break;
            case EventKind.Disconnected:
                _keyed.Disconnect(one.Who);
                foreach (var (key, view) in _views)
                {
                    if (key.Who == one.Who) view.IsLive = false;
                }
                break;
            case EventKind.Top:
                truth!.ToldEpoch = one.Epoch;
                if (one.Offset != truth.Top(one.Epoch)) Report(one, $"I1: the broker's stream ends at {one.Offset}, {truth.Top(one.Epoch)} were stored");
                break;
            case EventKind.Settled:
                _keyed.Settle(one);
                foreach (var (key, view) in _views) CheckSettled(view, one with { Who = key.Who, Channel = key.Channel });
                break;
            default:
                break;
        }
    }

    private void CheckAck(ChannelTruth truth, SimEvent acked)
    {
        if (!truth.WasStored(acked.Message)) Report(acked, $"I1: '{acked.Message}' was acked and never stored");
        else if (acked.Offset > 0 && !truth.WasStoredAt(acked.Message, acked.Epoch, acked.Offset))
        {
            Report(acked, $"I1: '{acked.Message}' was acked at {acked.Epoch}/{acked.Offset}, where it is not");
        }
    }

    /// <summary>The client asks from where it stands: otherwise what it has seen is not what it says.</summary>
    private void CheckQuestion(SimEvent asked)
    {
        if (!asked.Recovers || !_views.TryGetValue((asked.Who, asked.Channel), out var view) || asked.Epoch != view.Epoch) return;
        if (asked.Offset != view.Offset) Report(asked, $"I2: it wants to go on from {asked.Offset}, and has seen {view.Offset}");
    }

    private void OnSubscribed(View view, SimEvent one)
    {
        var (truth, asked) = (view.Truth, view.Asked);
        var traits = _traitsOf(one.Channel);
        view.IsLive = true;
        view.LiveFrom = truth.Count;
        (view.Epoch, view.Offset) = (one.Epoch, one.Offset);
        if (traits.HistorySize == 0) return;
        if (one.Epoch.Length == 0) Report(one, "I5: a stream without an epoch");
        if (one.Offset > truth.Top(one.Epoch)) Report(one, $"I3: subscribed at {one.Offset}, the stream ends at {truth.Top(one.Epoch)}");
        if (traits.IsCache)
        {
            view.MayRepeatTop = one.Recovers;
        }
        else if (one.Recovers)
        {
            if (!asked.Recovers) Report(one, "I2: recovered, and nobody had asked for it");
            if (asked.Epoch.Length > 0 && asked.Epoch != one.Epoch) Report(one, $"I5: recovered from {asked.Epoch} into {one.Epoch}");
            if (asked.Offset != one.Offset) Report(one, $"I2: asked to recover from {asked.Offset}, recovered from {one.Offset}");
        }
        else if (asked.Recovers && traits.KeepsForLong && !view.WasForgottenMeanwhile && truth.Keeps(asked.Epoch, asked.Offset))
        {
            Report(one, $"I2: not recovered from {asked.Epoch}/{asked.Offset}, although the history has everything behind it");
        }
    }

    private void OnReceived(View view, SimEvent one)
    {
        _checked++;
        if (!view.IsLive) Report(one, $"I3: '{one.Message}' came outside of a subscription");
        if (_traitsOf(one.Channel).HistorySize == 0)
        {
            OnReceivedUnpositioned(view, one);
            return;
        }
        if (one.Epoch.Length > 0 && one.Epoch != view.Epoch) Report(one, $"I5: a publication of epoch {one.Epoch} in a view of {view.Epoch}");
        var stored = view.Truth.At(view.Epoch, one.Offset);
        if (stored is null) Report(one, $"I4: '{one.Message}' at {view.Epoch}/{one.Offset} was never stored");
        else if (stored.Message != one.Message) Report(one, $"I3: '{one.Message}' at {one.Offset}, where '{stored.Message}' is");
        else if (view.Tag.Length > 0 && stored.Tag != view.Tag) Report(one, $"'{one.Message}' does not pass the filter");
        if (one.Offset == view.Offset && view.MayRepeatTop)
        {
            view.MayRepeatTop = false;
            return;
        }
        var due = view.Truth.NextAfter(view.Epoch, view.Offset, view.Tag);
        if (one.Offset <= view.Offset) Report(one, $"I4: offset {one.Offset} came again, or too late: {view.Offset} was there before");
        else if (due is not null && due.Offset < one.Offset) Report(one, $"I2: after {view.Offset} came {one.Offset}; {due.Offset} ('{due.Message}') is lost, and nobody said so");
        view.Offset = one.Offset;
        view.MayRepeatTop = false;
    }

    private void OnReceivedUnpositioned(View view, SimEvent one)
    {
        var index = view.Truth.IndexOf(one.Message, Math.Max(view.Last + 1, view.AskedFrom), view.Last + 1);
        if (index < 0) Report(one, $"I4: '{one.Message}' was never stored");
        if (index < 0 || _delivery == Delivery.Faulty) return;
        // What came before the reply may have holes: the node was not listening yet.
        var due = view.Truth.NextFrom(Math.Max(view.LiveFrom, view.Last + 1), view.Tag);
        if (index < view.AskedFrom && _delivery == Delivery.Immediate) Report(one, $"I3: '{one.Message}' is older than the subscription");
        else if (index <= view.Last) Report(one, $"I4: '{one.Message}' came again, or too late");
        else if (due >= 0 && due < index) Report(one, $"I2: before '{one.Message}' one is lost, and nobody said so");
        view.Last = index;
    }

    private void CheckSettled(View view, SimEvent settled)
    {
        if (!view.IsLive) return;
        var truth = view.Truth;
        if (_traitsOf(settled.Channel).HistorySize == 0)
        {
            var missing = truth.NextFrom(Math.Max(view.LiveFrom, view.Last + 1), view.Tag);
            if (_delivery != Delivery.Faulty && missing >= 0) Report(settled, $"I2: {truth.Count - missing} at the end never came");
            return;
        }
        if (truth.ToldEpoch.Length > 0 && view.Epoch != truth.ToldEpoch)
        {
            Report(settled, $"I5: it believes in epoch {view.Epoch}, the stream's is {truth.ToldEpoch}");
        }
        else if (truth.NextAfter(view.Epoch, view.Offset, view.Tag) is { } missing)
        {
            Report(settled, $"I2: it stands at {view.Offset}, and {missing.Offset} never came");
        }
    }

    private ChannelTruth TruthOf(string channel)
    {
        if (!_truths.TryGetValue(channel, out var truth)) _truths[channel] = truth = new ChannelTruth(channel, _traitsOf(channel).HistorySize);
        return truth;
    }

    private View ViewOf(SimEvent one)
    {
        if (_views.TryGetValue((one.Who, one.Channel), out var view)) return view;
        Report(one, "I3: something came of a channel that was never asked for");
        return _views[(one.Who, one.Channel)] = new View(TruthOf(one.Channel), one, 0);
    }

    private void Report(SimEvent one, string text) => _violations.Add(new Violation(_index, text, one.Channel, one.Who));

    /// <summary>What one client has seen of one channel since it last asked for it.</summary>
    private sealed class View(ChannelTruth truth, SimEvent asked, int askedFrom)
    {
        public ChannelTruth Truth => truth;

        public SimEvent Asked => asked;

        public string Tag => asked.Tag;

        public bool IsLive { get; set; }

        public string Epoch { get; set; } = "";

        public ulong Offset { get; set; }

        /// <summary>Cache recovery repeats the newest publication, once.</summary>
        public bool MayRepeatTop { get; set; }

        /// <summary>The stream was lost between the question and now.</summary>
        public bool WasForgottenMeanwhile { get; set; }

        /// <summary>Without positions: publications there were when it asked, when it was answered, and the last that came.</summary>
        public int AskedFrom => askedFrom;

        public int LiveFrom { get; set; }

        public int Last { get; set; } = -1;
    }
}
