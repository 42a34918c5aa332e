using Starling.Access;
using Starling.Brokers;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Presence;

/// <summary>This node's members of one channel: keeps their entries alive, holds back leaves, tells joins and leaves.</summary>
/// <remarks>Thread-safe. Calls to the broker that change entries are made under the gate, so that they take effect in the
/// order of events; the broker never calls back from them. Announcing is done outside, by one thread at a time.</remarks>
internal sealed class ChannelPresence(string name, ChannelRules rules, NodePresence node) : WheelItem
{
    /// <summary>Entries renewed by one call to the broker.</summary>
    private const int RenewedAtOnce = 512;

    /// <summary>Connections remembered whose leave was seen last.</summary>
    private const int LeftMax = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<Member> _listed = [];   // in the order in which they have to be renewed
    private readonly LinkedList<Member> _held = [];     // in the order in which their grace ends
    private readonly AnnouncementLine _line = new(rules.JoinLeaveRate);
    private Dictionary<string, List<Member>>? _heldOfUser;
    private string[]? _left;
    private int _leftCount;
    private long _dueMs = long.MaxValue;
    private int _unlisted;
    private bool _isAnnouncing;
    private bool _isClosed;

    public string Name => name;

    /// <summary>Joins and leaves that wait to be told.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate) return _line.Count;
        }
    }

    /// <summary>Members on this node, those included whose leave is held back.</summary>
    public int MemberCount
    {
        get
        {
            lock (_gate) return _listed.Count + _unlisted;
        }
    }

    /// <summary>Enters a member; its join is not told yet.</summary>
    /// <param name="member">New.</param>
    /// <param name="entering">Ends when it is listed everywhere; <see langword="false"/> when the broker does not answer.</param>
    /// <returns><see langword="false"/> when this object was given up a moment ago: ask for the channel again.</returns>
    public bool TryEnter(Member member, out ValueTask<bool> entering)
    {
        entering = ValueTask.FromResult(true);
        lock (_gate)
        {
            if (_isClosed) return false;
            member.Home = this;
            if (!member.TryClaim())   // its connection is gone already
            {
                Reschedule();   // this object may have been made for it: names come from clients, nobody else would give it up
                return true;
            }
            // Subscribed again on the same connection: nobody has heard of its going, nobody has to hear of its return.
            member.State = TryTakeOver(member) ? MemberState.Joined : MemberState.Entered;
            if (member.IsListed)
            {
                member.RenewedMs = node.NowMs;
                member.Renewal = _listed.AddLast(member);
                entering = node.Broker.SetPresenceAsync(name, [member.Info], node.Ttl, default);
            }
            else
            {
                _unlisted++;
            }
            Reschedule();
            return true;
        }
    }

    /// <summary>The client has its reply: from here on it sees joins, its own first of all.</summary>
    public void Join(Member member)
    {
        lock (_gate)
        {
            if (member.State != MemberState.Entered) return;
            member.State = MemberState.Joined;
            if (member.IsAnnounced)
            {
                member.State = MemberState.Joining;
                _line.Add(member);
            }
            ReleaseHeld(member.Info.User);   // after the join, so that the user is never seen to be absent
        }
        Announce();
    }

    /// <summary>A subscription has ended.</summary>
    public void Depart(Member member, Departure departure)
    {
        lock (_gate)
        {
            switch (member.State)
            {
                case MemberState.New or MemberState.Held or MemberState.Leaving or MemberState.Gone:
                    return;
                // One whose join nobody has heard of yet is not held: both are simply not told.
                case MemberState.Joined when departure == Departure.Lost && rules.LeaveGraceMs > 0 && member.Info.User.Length > 0:
                    Hold(member);
                    break;
                default:
                    Leave(member);
                    break;
            }
            Reschedule();
        }
        Announce();
    }

    /// <summary>A member looks different from now on; its user and connection are the same.</summary>
    public void Change(Member member, ClientInfo info)
    {
        lock (_gate)
        {
            if (member.State is MemberState.Leaving or MemberState.Gone) return;
            member.Info = info;
            if (member.Renewal is not null) node.Observe(node.Broker.SetPresenceAsync(name, [info], node.Ttl, default));
        }
    }

    /// <summary>A client was seen to join, on whichever node: what is held of its user here can go.</summary>
    public void OnJoined(ClientInfo client)
    {
        lock (_gate)
        {
            // Of one that has left already a broker has brought the join again or late (fault F21), and it says nothing. One that is back on
            // the same connection is taken for that too: then what is held waits for its time, and its user is not seen to be gone either.
            if (_left is not null && _left.AsSpan().Contains(client.Client)) return;
            if (!ReleaseHeld(client.User, butNot: client.Client)) return;
            Reschedule();
        }
        Announce();
    }

    /// <summary>A client was seen to leave, on whichever node.</summary>
    public void OnLeft(ClientInfo client)
    {
        if (rules.LeaveGraceMs <= 0 || client.User.Length == 0) return;
        lock (_gate)
        {
            _left ??= new string[LeftMax];
            _left[_leftCount++ % LeftMax] = client.Client;
        }
    }

    /// <summary>The node ends: held members leave now, and what waits is told whatever its rate.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        MembershipChange[] changes;
        ValueTask<bool> removing = ValueTask.FromResult(true);
        lock (_gate)
        {
            var listed = _listed.Select(static member => member.Info).ToArray();
            foreach (var member in _held.ToArray())
            {
                Unhold(member);
                Leave(member, isRemovedHere: false);
            }
            foreach (var member in _listed.ToArray()) Leave(member, isRemovedHere: false);
            if (listed.Length > 0) removing = node.Broker.RemovePresenceAsync(name, listed, cancellationToken);
            changes = _line.TakeAll();
            Reschedule();
        }
        await removing;
        if (changes.Length > 0) node.Count(changes, await node.Broker.AnnounceAsync(name, changes, cancellationToken));
    }

    protected internal override void OnDue(long nowMs)
    {
        lock (_gate)
        {
            _dueMs = long.MaxValue;
            while (_held.First is { } first && first.Value.HeldUntilMs <= nowMs)
            {
                var member = first.Value;
                Unhold(member);
                Leave(member);
            }
            Renew(nowMs);
            Reschedule();
        }
        Announce();
    }

    /// <summary>Tells what may be told now. Whoever comes while another tells leaves it to that one.</summary>
    private void Announce()
    {
        while (true)
        {
            MembershipChange[] changes;
            lock (_gate)
            {
                if (_isAnnouncing || _line.Count == 0) return;
                changes = _line.Take(node.NowMs, node.WatchersOf(name));
                Reschedule();
                if (changes.Length == 0) return;
                _isAnnouncing = true;
            }
            var announcing = node.Broker.AnnounceAsync(name, changes, default);
            if (announcing.IsCompletedSuccessfully)
            {
                Finish(changes, announcing.Result);
                continue;
            }
            _ = FinishAsync(announcing, changes);   // observes every outcome itself
            return;
        }
    }

    private async Task FinishAsync(ValueTask<bool> announcing, MembershipChange[] changes)
    {
        var isTold = false;
        try
        {
            isTold = await announcing;
        }
        catch (Exception error)   // edge of the loop: a broker's bug must not end the telling for good
        {
            PresenceLog.AnnouncingFailed(node.Log, error);
        }
        Finish(changes, isTold);
        Announce();
    }

    private void Finish(MembershipChange[] changes, bool isTold)
    {
        lock (_gate)
        {
            _isAnnouncing = false;
            Reschedule();
        }
        node.Count(changes, isTold);
    }

    private void Hold(Member member)
    {
        member.State = MemberState.Held;
        member.HeldUntilMs = node.Wheel.ReadMs() + rules.LeaveGraceMs;   // not the wheel's time: it is old when the process stood still
        member.Waiting = _held.AddLast(member);
        _heldOfUser ??= [];
        if (!_heldOfUser.TryGetValue(member.Info.User, out var members)) _heldOfUser[member.Info.User] = members = [];
        members.Add(member);
    }

    private void Unhold(Member member)
    {
        member.State = MemberState.Joined;
        _held.Remove(member.Waiting!);
        member.Waiting = null;
        var members = _heldOfUser![member.Info.User];
        members.Remove(member);
        if (members.Count == 0) _heldOfUser.Remove(member.Info.User);
    }

    /// <summary>Gives up the place of the connection's last subscription to its next one.</summary>
    private bool TryTakeOver(Member next)
    {
        if (_heldOfUser is null || !_heldOfUser.TryGetValue(next.Info.User, out var members)) return false;
        if (members.Find(each => each.Info.Client == next.Info.Client) is not { } last) return false;
        Unhold(last);
        if (last.IsAnnounced != next.IsAnnounced)
        {
            Leave(last);
            return false;
        }
        last.State = MemberState.Gone;
        if (last.Renewal is { } renewal) _listed.Remove(renewal);
        else _unlisted--;
        last.Renewal = null;
        return true;
    }

    private bool ReleaseHeld(string user, string butNot = "")
    {
        if (_heldOfUser is null || user.Length == 0 || !_heldOfUser.TryGetValue(user, out var members)) return false;
        foreach (var member in members.ToArray())
        {
            if (member.Info.Client == butNot) continue;
            Unhold(member);
            Leave(member);
        }
        return true;
    }

    private void Leave(Member member, bool isRemovedHere = true)
    {
        if (member.Renewal is { } renewal)
        {
            _listed.Remove(renewal);
            member.Renewal = null;
            if (isRemovedHere) node.Observe(node.Broker.RemovePresenceAsync(name, [member.Info], default));
        }
        else
        {
            _unlisted--;
        }
        if (member.State == MemberState.Joining)
        {
            _line.Remove(member);   // nobody has heard of it: nobody needs to
            member.State = MemberState.Gone;
        }
        else if (member is { State: MemberState.Joined, IsAnnounced: true })
        {
            member.State = MemberState.Leaving;
            if (!_line.TryAddLeave(member)) node.CountDropped(1);
        }
        else
        {
            member.State = MemberState.Gone;
        }
    }

    private void Renew(long nowMs)
    {
        // What is due soon goes along: one call for many.
        while (_listed.First is { } first && first.Value.RenewedMs + node.RenewMs <= nowMs)
        {
            var infos = new List<ClientInfo>();
            while (infos.Count < RenewedAtOnce && _listed.First is { } next && next.Value.RenewedMs + node.RenewMs <= nowMs + (node.RenewMs / 4))
            {
                _listed.RemoveFirst();
                _listed.AddLast(next);
                next.Value.RenewedMs = nowMs;
                infos.Add(next.Value.Info);
            }
            node.Observe(node.Broker.SetPresenceAsync(name, infos, node.Ttl, default));
        }
    }

    /// <summary>Under the gate: puts itself on the wheel for what comes next, or gives itself up when nothing is left.</summary>
    private void Reschedule()
    {
        var dueMs = long.MaxValue;
        if (_listed.First is { } renewal) dueMs = renewal.Value.RenewedMs + node.RenewMs;
        if (_held.First is { } held) dueMs = Math.Min(dueMs, held.Value.HeldUntilMs);
        if (_line.Count > 0 && !_isAnnouncing) dueMs = Math.Min(dueMs, _line.NextMs);
        if (dueMs != _dueMs)
        {
            if (dueMs < long.MaxValue) node.Wheel.Schedule(this, dueMs);
            else node.Wheel.Cancel(this);
            _dueMs = dueMs;
        }
        if (dueMs < long.MaxValue) return;
        if (_unlisted > 0 || _isAnnouncing || _isClosed) return;
        _isClosed = true;
        node.Forget(this);
    }
}
