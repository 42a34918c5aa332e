namespace Starling.Simulation.Checks;

/// <summary>Proves that each client's view of a keyed channel becomes the state itself, and never goes back on the way.</summary>
/// <remarks>A view may skip values of a key that a newer one made void. It starts empty with a subscribe without a position, and
/// goes on from what it was with one that recovers.</remarks>
internal sealed class KeyedChecker(Func<string, bool> hasStream, Delivery delivery, Action<SimEvent, string> report)
{
    private readonly Dictionary<string, Truth> _truths = [];
    private readonly Dictionary<(int Who, string Channel), View> _views = [];

    /// <summary>Changes that were compared with the truth.</summary>
    public long Checked { get; private set; }

    public void Take(SimEvent one)
    {
        switch (one.Kind)
        {
            case EventKind.KeyWritten:
                TruthOf(one.Channel).Write(one);
                break;
            case EventKind.Forgotten:
                TruthOf(one.Channel).Forget();
                if (hasStream(one.Channel)) break;
                // Without a stream there is no epoch by which a node could notice it.
                foreach (var view in _views.Where(pair => pair.Key.Channel == one.Channel).Select(static pair => pair.Value)) view.IsExcused = true;
                break;
            case EventKind.Acked when !TruthOf(one.Channel).WasWritten(one.Message):
                report(one, $"I1: '{one.Message}' was acked and never written");
                break;
            case EventKind.Subscribing:
                Ask(one);
                break;
            case EventKind.KeyLoaded or EventKind.KeyReceived:
                Receive(one);
                break;
            case EventKind.Subscribed:
                Live(one);
                break;
            case EventKind.Unsubscribed or EventKind.SubscribeRefused:
                ViewOf(one).IsLive = false;
                break;
            default:
                break;
        }
    }

    public void Disconnect(int who)
    {
        foreach (var (key, view) in _views)
        {
            if (key.Who == who) view.IsLive = false;
        }
    }

    /// <summary>Everything has settled: each view is the state.</summary>
    public void Settle(SimEvent settled)
    {
        foreach (var ((who, channel), view) in _views)
        {
            if (!view.IsLive || view.IsExcused || (delivery == Delivery.Faulty && !hasStream(channel))) continue;
            var (truth, where) = (TruthOf(channel), settled with { Who = who, Channel = channel });
            var state = truth.State;
            foreach (var (key, write) in state)
            {
                if (truth.IsFresh(key, settled.At)) continue;
                if (!view.Keys.TryGetValue(key, out var seen)) report(where, $"I2: key {key} ('{write.Message}') is missing");
                else if (seen.Message != write.Message) report(where, $"I2: key {key} is '{seen.Message}', the state says '{write.Message}'");
            }
            foreach (var key in view.Keys.Keys.Where(key => !state.ContainsKey(key) && !truth.IsFresh(key, settled.At))) report(where, $"I2: key {key} is still there, the state has it no more");
        }
    }

    private void Ask(SimEvent asked)
    {
        if (!asked.Recovers || !_views.TryGetValue((asked.Who, asked.Channel), out var view))
        {
            view = _views[(asked.Who, asked.Channel)] = new View();
        }
        (view.IsLive, view.Asked) = (false, asked);
    }

    private void Live(SimEvent one)
    {
        var view = ViewOf(one);
        view.IsLive = true;
        if (one.Recovers && view.Asked?.Epoch != one.Epoch) report(one, $"I5: recovered from {view.Asked?.Epoch} into {one.Epoch}");
        if (one.Recovers && view.Asked is not { Recovers: true }) report(one, "I2: recovered, and nobody had asked for it");
    }

    private void Receive(SimEvent one)
    {
        Checked++;
        var (view, truth) = (ViewOf(one), TruthOf(one.Channel));
        var seenOrder = view.Keys.TryGetValue(one.Key, out var seen) ? seen.Order : 0;
        if (truth.Find(one, seenOrder) is not { } write)
        {
            report(one, $"I4: '{one.Message}' was never written to key {one.Key}");
            return;
        }
        if (hasStream(one.Channel) && write.Order < seenOrder)
        {
            report(one, $"I3: key {one.Key} goes back from '{seen!.Message}' to '{one.Message}'");
        }
        if (one.Message.Length == 0) view.Keys.Remove(one.Key);
        else view.Keys[one.Key] = write;
    }

    private Truth TruthOf(string channel)
    {
        if (!_truths.TryGetValue(channel, out var truth)) _truths[channel] = truth = new Truth();
        return truth;
    }

    private View ViewOf(SimEvent one)
    {
        if (!_views.TryGetValue((one.Who, one.Channel), out var view)) _views[(one.Who, one.Channel)] = view = new View();
        return view;
    }

    /// <summary>A write: the message it left in the key, and its place among all writes of the channel.</summary>
    private sealed record Write(string Message, int Order, ulong Offset);

    private sealed class View
    {
        public bool IsLive { get; set; }

        /// <summary>The state was lost in a way that nobody can notice.</summary>
        public bool IsExcused { get; set; }

        public SimEvent? Asked { get; set; }

        public Dictionary<string, Write> Keys { get; } = [];
    }

    private sealed class Truth
    {
        private readonly Dictionary<(string Key, string Message), List<Write>> _writes = [];
        private readonly Dictionary<string, TimeSpan> _changed = [];
        private int _order;

        /// <summary>It changed a moment ago, as keys that expire do at any time: the change may still be on its way.</summary>
        public bool IsFresh(string key, TimeSpan now) => _changed.TryGetValue(key, out var at) && now - at < TimeSpan.FromSeconds(6);

        public Dictionary<string, Write> State { get; } = [];

        public void Write(SimEvent one)
        {
            _changed[one.Key] = one.At;
            var write = new Write(one.Message, ++_order, one.Offset);
            if (!_writes.TryGetValue((one.Key, one.Message), out var same)) _writes[(one.Key, one.Message)] = same = [];
            same.Add(write);
            if (one.Message.Length == 0) State.Remove(one.Key);
            else State[one.Key] = write;
        }

        public void Forget() => State.Clear();

        /// <summary>The write a client has seen; of several that are alike, as removals are, the next one at its offset, else the
        /// next one, else the last.</summary>
        public Write? Find(SimEvent one, int seenOrder)
        {
            if (!_writes.TryGetValue((one.Key, one.Message), out var same)) return null;
            return same.Find(write => write.Order >= seenOrder && write.Offset == one.Offset)
                ?? same.Find(write => write.Order >= seenOrder)
                ?? same[^1];
        }

        public bool WasWritten(string message) => message.Length == 0 || _writes.Keys.Any(each => each.Message == message);
    }
}
