using System.Text;
using Starling.Brokers;
using Starling.Protocol;
using Starling.Simulation.Checks;

namespace Starling.Simulation.World;

/// <summary>A way in which a broker could break a promise: planted, to see that it is found.</summary>
internal enum Lie
{
    None,

    /// <summary>Some publishes are answered with success and not stored.</summary>
    AckWithoutStoring,

    /// <summary>A stream that was lost begins again under its old epoch.</summary>
    OldEpoch,

    /// <summary>After a while nothing is delivered any more, and whoever asks is told that there is nothing.</summary>
    HiddenLoss,

    /// <summary>A publish is stored twice.</summary>
    StoreTwice,

    /// <summary>Who leaves stays listed.</summary>
    KeepListed,

    /// <summary>Some leaves are taken and not announced.</summary>
    HideLeaves,
}

/// <summary>What the nodes of a world share: the real broker in memory as the store, and the way from it to each node, which
/// can be slow, lose, double or hold back. It keeps the truth: what was stored, in which order.</summary>
internal sealed class Backbone : IBrokerSink
{
    private readonly Process _process;
    private readonly Dice _dice;
    private readonly EventLog _log;
    private readonly List<BackboneBroker> _members = [];
    private readonly List<string> _channels = [];
    private readonly HashSet<string> _keyed = [];
    private MemoryBroker _store;
    private bool _isDown;
    private int _joined;

    public Backbone(Process process, Dice dice, EventLog log, bool isDirect)
    {
        (_process, _dice, _log, IsDirect) = (process, dice, log, isDirect);
        _store = NewStore();
    }

    /// <summary>The one node and its broker are one process: everything is immediate, and nothing gets lost between them.</summary>
    public bool IsDirect { get; }

    public MemoryBroker Store => _store;

    /// <summary>The data of every message, by its identity.</summary>
    public Dictionary<string, byte[]> Contents { get; } = [];

    /// <summary>Planted; set before anything runs.</summary>
    public Lie Lie { get; set; }

    public Process Process => _process;

    /// <summary>Chance that a delivery to a node is lost, doubled, or late.</summary>
    public double LossChance { get; set; }

    public double DoubleChance { get; set; }

    public double LateChance { get; set; }

    /// <summary>Channels that were ever used, in the order of their first use.</summary>
    public IReadOnlyList<string> Channels => _channels;

    public bool IsDown
    {
        get => _isDown;
        set
        {
            if (_isDown == value) return;
            _isDown = value;
            if (value) return;
            foreach (var member in _members) member.OnBack();
        }
    }

    /// <summary>All streams are gone, as after a restart without data (F10, F16).</summary>
    public void Forget()
    {
        foreach (var channel in _channels) _log.Add(new SimEvent(_process.Scheduler.Now, EventKind.Forgotten) { Channel = channel });
        _ = _store.DisposeAsync();
        _store = NewStore();
    }

    public void RemoveHistory(string channel)
    {
        _log.Add(new SimEvent(_process.Scheduler.Now, EventKind.Removed) { Channel = channel });
        _process.Run(() => _ = _store.RemoveHistoryAsync(channel, default));
    }

    /// <summary>The broker as one life of a node sees it.</summary>
    public BackboneBroker Join(Process node)
    {
        var member = new BackboneBroker(this, node, _dice.For($"broker {++_joined}"));
        _members.Add(member);
        return member;
    }

    public void Leave(BackboneBroker member) => _members.Remove(member);

    /// <summary>How long a command or a delivery is on its way.</summary>
    public TimeSpan Distance() => _dice.Chance(0.05) ? _dice.UpTo(60) : _dice.UpTo(4);

    /// <summary>Says where every stream stands.</summary>
    public async Task TellTopsAsync()
    {
        foreach (var channel in _channels.Where(channel => !_keyed.Contains(channel)))
        {
            var page = await _store.ReadHistoryAsync(channel, new HistoryQuery(0, TimeSpan.FromHours(1)), default);
            _log.Add(new SimEvent(_process.Scheduler.Now, EventKind.Top) { Channel = channel, Offset = page.Offset, Epoch = page.Epoch });
        }
    }

    /// <summary>The connections present in a channel.</summary>
    public IReadOnlyList<string> ListPresent(string channel)
    {
        var present = new List<string>();
        _ = AddAsync();   // the store answers at once
        return present;

        async Task AddAsync() => present.AddRange((await _store.ListPresenceAsync(channel, int.MaxValue, default)).Clients.Select(static each => each.Client));
    }

    /// <summary>The store announces, under its own lock: what it says here is the truth.</summary>
    public void OnPublication(string channel, Publication publication, string epoch, PublicationTraits traits)
    {
        if (!_channels.Contains(channel)) _channels.Add(channel);
        if (publication.Key.Length > 0)
        {
            OnKey(channel, publication, epoch);
            foreach (var member in _members) member.Announce(channel, sink => sink.OnPublication(channel, publication, epoch, traits));
            return;
        }
        Contents[MessageOf(publication.Data.Span)] = publication.Data.ToArray();
        _log.Add(new SimEvent(_process.Scheduler.Now, EventKind.Stored)
        {
            Channel = channel,
            Offset = publication.Offset,
            Epoch = epoch,
            Message = MessageOf(publication.Data.Span),
            Tag = publication.Tags?.GetValueOrDefault("tag") ?? "",
        });
        foreach (var member in _members) member.Announce(channel, publication, epoch, sink => sink.OnPublication(channel, publication, epoch, traits));
    }

    public void OnMembership(string channel, IReadOnlyList<MembershipChange> changes)
    {
        foreach (var (kind, info) in changes)
        {
            var told = kind == MembershipKind.Join ? EventKind.JoinTold : EventKind.LeaveTold;
            _log.Add(new SimEvent(_process.Scheduler.Now, told) { Channel = channel, Message = info.Client, Key = info.User });
        }
        foreach (var member in _members) member.Announce(channel, sink => sink.OnMembership(channel, changes));
    }

    /// <summary>A keyed channel was cleared: its stream goes on under another epoch.</summary>
    public void OnPositionUnknown(string? channel)
    {
        foreach (var member in _members) member.Announce(channel ?? "", sink => sink.OnPositionUnknown(channel));
    }

    /// <summary>The identity of a message stands before the first bar; what follows makes it longer.</summary>
    public static string MessageOf(ReadOnlySpan<byte> data)
    {
        var text = Encoding.UTF8.GetString(data).Trim('"');
        var end = text.IndexOf('|', StringComparison.Ordinal);
        return end < 0 ? text : text[..end];
    }

    /// <summary>What happens to one delivery: the times at which it arrives, none when it is lost.</summary>
    public IEnumerable<(TimeSpan After, bool IsLate)> Fate()
    {
        if (_isDown || _dice.Chance(LossChance)) yield break;
        if (_dice.Chance(LateChance)) yield return (Distance() + _dice.UpTo(3_000), true);
        else yield return (Distance(), false);
        if (_dice.Chance(DoubleChance)) yield return (Distance() + _dice.UpTo(1_000), true);
    }

    private void OnKey(string channel, Publication publication, string epoch)
    {
        _keyed.Add(channel);
        var message = publication.Removed ? "" : MessageOf(publication.Data.Span);
        if (message.Length > 0) Contents[message] = publication.Data.ToArray();
        _log.Add(new SimEvent(_process.Scheduler.Now, EventKind.KeyWritten)
        {
            Channel = channel,
            Key = publication.Key,
            Message = message,
            Offset = publication.Offset,
            Epoch = epoch,
        });
    }

    private MemoryBroker NewStore()
    {
        MemoryBroker? store = null;
        _process.Run(() =>
        {
            store = new MemoryBroker(_process.Time, Lie == Lie.OldEpoch ? new Dice(1) : _dice);
            _ = store.StartAsync(this, default);
        });
        return store!;
    }
}
