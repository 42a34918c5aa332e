using System.Globalization;

namespace Starling.Simulation.Checks;

/// <summary>Proves that joins and leaves balance, that whoever watches hears all of them in order, that nobody seems to go who is
/// back within the grace, and that in the end exactly those are listed and told who are there (I6).</summary>
/// <remarks>Who is there is what the clients say of their subscriptions; what was told is what the broker announced.</remarks>
internal sealed class PresenceChecker(Func<string, ChannelTraits> traitsOf, Delivery delivery, Action<SimEvent, string> report)
{
    /// <summary>Life of an entry that nobody renews, and how often the broker looks.</summary>
    private static readonly TimeSpan s_ghostMax = TimeSpan.FromSeconds(62);

    /// <summary>A place is held no longer; with its node the leave dies that was held.</summary>
    private static readonly TimeSpan s_heldMax = TimeSpan.FromSeconds(25);

    /// <summary>A link is slow no longer, its waiting bytes included.</summary>
    private static readonly TimeSpan s_slowMax = TimeSpan.FromSeconds(30);

    /// <summary>What a node wrote has come, on a link that is not slow.</summary>
    private static readonly TimeSpan s_onItsWayMax = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, Connection> _connections = [];
    private readonly Dictionary<string, Connection> _attempts = [];
    private readonly HashSet<string> _ended = [];
    private readonly Dictionary<int, string> _connectionOf = [];
    private readonly Dictionary<int, TimeSpan> _slowUntil = [];
    private readonly Dictionary<string, Room> _rooms = [];
    private TimeSpan _brokerAwayAt = TimeSpan.MinValue;

    /// <summary>Joins and leaves that were compared with the truth.</summary>
    public long Checked { get; private set; }

    /// <summary>The broker was away: what was to be announced meanwhile is not, and nobody is told (at most once).</summary>
    private bool MayHaveMissed => _brokerAwayAt > TimeSpan.MinValue;

    /// <summary>Takes what is about connections and nodes.</summary>
    public void TakeWorld(SimEvent one)
    {
        switch (one.Kind)
        {
            case EventKind.Admitted:
                var admitted = _connections[one.Message] = new Connection(one.Code);
                if (one.Tag.Length == 0) break;
                admitted.HasNoGrace = _ended.Contains(one.Tag);
                _attempts[one.Tag] = admitted;
                break;
            case EventKind.SaidGoodBye:
                _ended.Add(one.Message);
                if (_attempts.TryGetValue(one.Message, out var ended)) ended.HasNoGrace = true;
                break;
            case EventKind.Over when _connections.TryGetValue(one.Message, out var over):
                over.OverAt = one.At;
                break;
            case EventKind.NodeKilled:
                foreach (var each in _connections.Values.Where(each => each.Node == one.Code && !(one.At - each.OverAt > s_heldMax))) each.KilledAt ??= one.At;
                break;
            case EventKind.NodeStopped:
                // Its end may be long in coming: places that are held until then are given up at once.
                foreach (var each in _connections.Values.Where(each => each.Node == one.Code)) each.HasNoGrace = true;
                break;
            case EventKind.Connected:
                _connectionOf[one.Who] = one.Message;
                break;
            case EventKind.Disconnected:
                if (_connectionOf.Remove(one.Who, out var left) && _connections.TryGetValue(left, out var lost)) lost.LeftAt = one.At;
                foreach (var room in _rooms.Values) room.Views.Remove(one.Who);
                break;
            case EventKind.Fault when one.Message.StartsWith("BrokerDown", StringComparison.Ordinal):
                _brokerAwayAt = one.At;
                break;
            case EventKind.Fault when one.Message.StartsWith("StopReading", StringComparison.Ordinal) || one.Message.StartsWith("ReadSlowly", StringComparison.Ordinal):
                _slowUntil[one.Who] = one.At + s_slowMax;
                break;
            case EventKind.Settled:
                foreach (var (name, room) in _rooms) Settle(one with { Channel = name }, room);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes what is about a channel with presence.</summary>
    public void Take(SimEvent one)
    {
        if (!_rooms.TryGetValue(one.Channel, out var room)) _rooms[one.Channel] = room = new Room();
        switch (one.Kind)
        {
            case EventKind.JoinTold:
                TellJoin(one, room);
                break;
            case EventKind.LeaveTold:
                TellLeave(one, room);
                break;
            case EventKind.Subscribing:
                room.Views.Remove(one.Who);
                break;
            case EventKind.Subscribed:
                room.Views[one.Who] = new View(room.ToldCount);
                break;
            case EventKind.Unsubscribed:
                // By its own will; otherwise it is back in a moment, on the same connection.
                var connection = _connectionOf.GetValueOrDefault(one.Who, "");
                if (one.Code == 0) room.Final.Add(connection);
                else if (one.At >= _slowUntil.GetValueOrDefault(one.Who)) room.SentBack[connection] = one.At;
                room.Views.Remove(one.Who);
                break;
            case EventKind.JoinSeen or EventKind.LeaveSeen when room.Views.TryGetValue(one.Who, out var view):
                See(one, room, view);
                break;
            case EventKind.Listed when room.Views.TryGetValue(one.Who, out var asker):
                asker.Listed = one.Message.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                break;
            default:
                break;
        }
    }

    private void TellJoin(SimEvent one, Room room)
    {
        if (!_connections.ContainsKey(one.Message)) report(one, $"I6: {one.Message} joined, and is nobody");
        if (!room.Present.TryAdd(one.Message, one.Key) && !MayHaveMissed) report(one, $"I6: {one.Message} joined twice");
        if (one.Key.Length > 0 && room.Present.Values.Count(user => user == one.Key) == 1 && room.LastLeave.TryGetValue(one.Key, out var leave)) CheckFlap(one, room, leave);
        room.LastJoin[one.Key] = (one.Message, one.At);
        room.Tell(EventKind.JoinSeen, one.Message);
    }

    private void TellLeave(SimEvent one, Room room)
    {
        if (!room.Present.Remove(one.Message) && !MayHaveMissed) report(one, $"I6: {one.Message} left, and had not joined");
        var isFinal = !_connections.TryGetValue(one.Message, out var connection) || connection.HasNoGrace || room.Final.Contains(one.Message);
        // Its user has come back meanwhile, and may have gone again by its own will before this one's leave was told.
        isFinal |= room.LastJoin.TryGetValue(one.Key, out var join) && join.Connection != one.Message && (connection?.LostAt is not { } lost || join.At >= lost);
        room.LastLeave[one.Key] = (one.Message, one.At, isFinal);
        room.Tell(EventKind.LeaveSeen, one.Message);
    }

    /// <summary>A user is back whose connection was lost: its leave has waited for the grace.</summary>
    private void CheckFlap(SimEvent join, Room room, (string Connection, TimeSpan At, bool IsFinal) leave)
    {
        if (leave.IsFinal || room.Final.Contains(leave.Connection) || !_connections.TryGetValue(leave.Connection, out var lost) || lost.HasNoGrace) return;
        var graceMin = traitsOf(join.Channel).LeaveGrace / 2;
        if (!(lost.OverAt is { } since && since <= leave.At))
        {
            // The subscription had ended before its connection. When, its client knows about, if it was told.
            if (!room.SentBack.TryGetValue(leave.Connection, out since)) return;
            graceMin -= s_onItsWayMax;
        }
        if (leave.At - since < graceMin)
        {
            report(join, string.Create(CultureInfo.InvariantCulture, $"I6: {join.Key} seemed to be gone from {leave.At.TotalSeconds:F3} s on, and was only away"));
        }
    }

    private void See(SimEvent one, Room room, View view)
    {
        Checked++;
        if (!room.ToldAt.TryGetValue((one.Kind, one.Message), out var told))
        {
            report(one, $"I6: {one.Kind} of {one.Message} was never told");
            return;
        }
        if (delivery == Delivery.Faulty) return;
        var later = told.Where(index => index > view.Lasts[0]).ToArray();
        if (later.Length == 0)
        {
            report(one, $"I6: {one.Kind} of {one.Message} came again, or too late");
            return;
        }
        var lasts = later.Where(index => view.Lasts.Any(last => last < index && index <= Math.Max(last + 1, view.LiveFrom))).ToArray();
        if (lasts.Length == 0) report(one, $"I6: before {one.Kind} of {one.Message} one is lost, and nobody said so");
        view.Lasts = lasts.Length > 0 ? lasts : later;
    }

    private void Settle(SimEvent settled, Room room)
    {
        var there = room.Views.Keys.Where(_connectionOf.ContainsKey).Select(who => _connectionOf[who]).ToHashSet(StringComparer.Ordinal);
        if (!MayHaveMissed)
        {
            foreach (var missing in there.Where(each => !room.Present.ContainsKey(each))) report(settled, $"I6: {missing} is there, and its join was never told");
            foreach (var gone in room.Present.Keys.Where(each => !there.Contains(each) && !WasKilled(each))) report(settled, $"I6: {gone} is gone, and its leave was never told");
        }
        foreach (var (who, view) in room.Views)
        {
            var where = settled with { Who = who };
            if (delivery != Delivery.Faulty && room.ToldCount > Math.Max(view.Lasts[^1] + 1, view.LiveFrom)) report(where, "I6: joins or leaves at the end never came");
            if (view.Listed is not { } listed)
            {
                report(where, "I6: nobody said who is there");
                continue;
            }
            foreach (var missing in there.Where(each => !listed.Contains(each))) report(where, $"I6: {missing} is there, and is not listed");
            foreach (var ghost in listed.Where(each => !there.Contains(each) && !MayLinger(each, settled.At))) report(where, $"I6: {ghost} is listed, and is not there");
            view.Listed = null;
        }
    }

    private bool WasKilled(string connection) => _connections.TryGetValue(connection, out var known) && known.KilledAt is not null;

    private bool MayLinger(string connection, TimeSpan now) =>
        (MayHaveMissed && now - _brokerAwayAt < s_ghostMax + TimeSpan.FromSeconds(15))
        || (_connections.TryGetValue(connection, out var known) && known.KilledAt is { } at && now - at < s_ghostMax);

    private sealed class Connection(uint node)
    {
        public uint Node => node;

        /// <summary>When its node knew that it was over.</summary>
        public TimeSpan? OverAt { get; set; }

        /// <summary>When its client knew that it was over: long before a node does that stands still.</summary>
        public TimeSpan? LeftAt { get; set; }

        public TimeSpan? LostAt => LeftAt < OverAt ? LeftAt : OverAt;

        /// <summary>When its node died with it, or with what was left to say of it.</summary>
        public TimeSpan? KilledAt { get; set; }

        /// <summary>Its leave is told at once.</summary>
        public bool HasNoGrace { get; set; }
    }

    /// <summary>A channel with presence.</summary>
    private sealed class Room
    {
        /// <summary>Whose join was told, and whose leave was not: the connections and their users.</summary>
        public Dictionary<string, string> Present { get; } = [];

        /// <summary>How often something was told.</summary>
        public int ToldCount { get; private set; }

        /// <summary>When each thing was told, as watchers see it, by its number: a connection may join and leave more than once.</summary>
        public Dictionary<(EventKind Kind, string Connection), List<int>> ToldAt { get; } = [];

        /// <summary>The last leave of each user.</summary>
        public Dictionary<string, (string Connection, TimeSpan At, bool IsFinal)> LastLeave { get; } = [];

        /// <summary>The last join of each user.</summary>
        public Dictionary<string, (string Connection, TimeSpan At)> LastJoin { get; } = [];

        /// <summary>Connections that unsubscribed by their own will, once at least: their leaves may be told at once.</summary>
        public HashSet<string> Final { get; } = [];

        /// <summary>Those who watch, while they are subscribed.</summary>
        public Dictionary<int, View> Views { get; } = [];

        /// <summary>When connections were told last that their subscription has ended and may be asked for again.</summary>
        public Dictionary<string, TimeSpan> SentBack { get; } = [];

        public void Tell(EventKind kind, string connection)
        {
            if (!ToldAt.TryGetValue((kind, connection), out var told)) ToldAt[(kind, connection)] = told = [];
            told.Add(ToldCount++);
        }
    }

    /// <summary>What one subscription has seen of what was told.</summary>
    /// <param name="liveFrom">What was told from here on must come; what was told before may still have been on its way.</param>
    private sealed class View(int liveFrom)
    {
        public int LiveFrom => liveFrom;

        /// <summary>The number of the last thing it saw, in order all those it may have been.</summary>
        public int[] Lasts { get; set; } = [-1];

        /// <summary>The answer to the last question who is there.</summary>
        public string[]? Listed { get; set; }
    }
}
