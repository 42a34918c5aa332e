using Starling.Brokers;

namespace Starling.Presence;

/// <summary>Joins and leaves of one channel that wait to be told, in order, and how fast they may be.</summary>
/// <remarks>Guarded by its channel's gate. A storm of n clients would otherwise cost n² deliveries: each of its joins goes to
/// everybody. The rate is one of deliveries, so that small channels never wait and large ones stay affordable; a join whose
/// client leaves before it was told is never told. Joins that wait cost nothing: they stand for members that are there. Leaves
/// are bounded by <see cref="LeavesMax"/>.</remarks>
/// <param name="deliveriesPerSecond">What one channel's joins and leaves may cost on this node.</param>
internal sealed class AnnouncementLine(int deliveriesPerSecond)
{
    /// <summary>Leaves that wait at most; what is beyond is not told.</summary>
    public const int LeavesMax = 65_536;

    /// <summary>Unused rate is kept for this long: what comes after a quiet second goes at once.</summary>
    private const double BurstMs = 1_000;

    /// <summary>While some have to wait they are told together, this often: a write per connection costs more than a frame.</summary>
    private const int IntervalMs = 1_000;

    /// <summary>Told by one call to the broker.</summary>
    private const int AtOnceMax = 1_000;

    /// <summary>Other nodes may have watchers where this one has few: each join and leave counts as so many deliveries at least.</summary>
    private const int WatchersMin = 100;

    private readonly LinkedList<Member> _members = [];
    private double _spentUntilMs = double.MinValue;
    private int _leaves;

    public int Count => _members.Count;

    /// <summary>When the next ones may be told.</summary>
    public long NextMs { get; private set; }

    /// <summary>Adds a member whose join is to be told.</summary>
    public void Add(Member member) => member.Waiting = _members.AddLast(member);

    /// <summary>Adds a member whose leave is to be told.</summary>
    /// <returns><see langword="false"/> when too many wait: it is gone without being told.</returns>
    public bool TryAddLeave(Member member)
    {
        if (_leaves >= LeavesMax)
        {
            member.State = MemberState.Gone;
            return false;
        }
        _leaves++;
        member.Waiting = _members.AddLast(member);
        return true;
    }

    /// <summary>Takes a join back.</summary>
    public void Remove(Member member)
    {
        _members.Remove(member.Waiting!);
        member.Waiting = null;
    }

    /// <summary>Takes those that may be told now.</summary>
    /// <param name="nowMs">The node's time.</param>
    /// <param name="watchers">Subscribers on this node that are told.</param>
    public MembershipChange[] Take(long nowMs, int watchers)
    {
        if (nowMs < NextMs) return [];
        var eachMs = 1_000.0 * Math.Max(watchers, WatchersMin) / deliveriesPerSecond;
        _spentUntilMs = Math.Max(_spentUntilMs, nowMs - BurstMs);
        // A single one that costs more than the burst goes when the burst is full, and is paid for afterwards.
        var affordable = Math.Max((int)((nowMs - _spentUntilMs) / eachMs), _spentUntilMs <= nowMs - BurstMs ? 1 : 0);
        var changes = TakeFirst(Math.Min(affordable, AtOnceMax));
        _spentUntilMs += changes.Length * eachMs;
        if (_members.Count == 0) NextMs = nowMs;
        else if (changes.Length == AtOnceMax) NextMs = nowMs;
        else NextMs = Math.Max(nowMs + IntervalMs, (long)Math.Ceiling(_spentUntilMs + Math.Min(eachMs, BurstMs)));
        return changes;
    }

    /// <summary>Takes all, whatever they cost.</summary>
    public MembershipChange[] TakeAll() => TakeFirst(int.MaxValue);

    private MembershipChange[] TakeFirst(int count)
    {
        if (count <= 0) return [];
        var changes = new MembershipChange[Math.Min(count, _members.Count)];
        for (var i = 0; i < changes.Length; i++)
        {
            var member = _members.First!.Value;
            _members.RemoveFirst();
            member.Waiting = null;
            var isJoin = member.State == MemberState.Joining;
            if (!isJoin) _leaves--;
            member.State = isJoin ? MemberState.Joined : MemberState.Gone;
            changes[i] = new MembershipChange(isJoin ? MembershipKind.Join : MembershipKind.Leave, member.Info);
        }
        return changes;
    }
}
