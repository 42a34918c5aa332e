using System.Globalization;
using Starling.Tests.Connections;

namespace Starling.Tests.Presence;

/// <summary>A storm of joins costs what its rate allows, and nothing of it is lost (I6).</summary>
public sealed class StormTests
{
    private const int Clients = 500;

    [Fact]
    public async Task I6_A_storm_is_told_at_its_rate_in_order_and_completely()
    {
        await using var engine = PresenceBench.Start(static room => (room.ForcePushJoinLeave, room.JoinLeaveRate) = (false, 5_000));
        var watcher = engine.ConnectAs("watcher");
        watcher.Subscribe(joinLeave: true);
        for (var i = 0; i < Clients; i++) engine.EnterAs(i.ToString(CultureInfo.InvariantCulture));

        // 5,000 deliveries a second, 100 counted for each: fifty at once, then fifty a second.
        var told = new List<string>(watcher.TakeMembership());
        Assert.Equal(50, told.Count);
        for (var second = 0; second < 10; second++)
        {
            Assert.Equal(Clients + 1 - told.Count, engine.Node.Presence.WaitingCount);
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            var more = watcher.TakeMembership();
            Assert.InRange(more.Length, 1, 51);
            told.AddRange(more);
        }
        engine.Time.Advance(TimeSpan.FromSeconds(2));
        told.AddRange(watcher.TakeMembership());
        Assert.Equal(["+watcher", .. Enumerable.Range(0, Clients).Select(static i => $"+{i}")], told);
    }

    [Fact]
    public async Task While_some_wait_they_are_told_together()
    {
        await using var engine = PresenceBench.Start(static room => (room.ForcePushJoinLeave, room.JoinLeaveRate) = (false, 5_000));
        var watcher = engine.ConnectAs("watcher");
        watcher.Subscribe(joinLeave: true);
        for (var i = 0; i < Clients; i++) engine.EnterAs("x");
        var writes = watcher.Writes;
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.InRange(watcher.Writes - writes, 4, 6);
    }

    [Fact]
    public async Task I6_Joins_and_leaves_that_both_wait_cancel_out()
    {
        await using var engine = PresenceBench.Start(static room => (room.ForcePushJoinLeave, room.JoinLeaveRate) = (false, 5_000));
        var watcher = engine.ConnectAs("watcher");
        watcher.Subscribe(joinLeave: true);
        var peers = Enumerable.Range(0, Clients).Select(i => engine.EnterAs(i.ToString(CultureInfo.InvariantCulture))).ToArray();
        foreach (var peer in peers) peer.Leave();
        engine.Time.Advance(TimeSpan.FromSeconds(30));

        var told = watcher.TakeMembership();
        var joined = told.Where(static one => one[0] == '+').Select(static one => one[1..]).ToArray();
        var left = told.Where(static one => one[0] == '-').Select(static one => one[1..]).ToArray();
        Assert.Equal(50, joined.Length);
        Assert.Equal(joined.Where(static user => user != "watcher"), left);
        Assert.Equal(["watcher"], watcher.Users());
        Assert.Equal(0, engine.Node.Presence.WaitingCount);
    }

    [Fact]
    public async Task More_watchers_make_each_join_dearer()
    {
        await using var engine = PresenceBench.Start(static room => room.JoinLeaveRate = 20_000);
        var peers = new List<TestPeer>();
        for (var i = 0; i < 400; i++) peers.Add(engine.EnterAs(i.ToString(CultureInfo.InvariantCulture)));
        engine.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(0, engine.Node.Presence.WaitingCount);
        peers[0].TakeAll();

        foreach (var peer in peers.Skip(200)) peer.Leave();   // 200 watchers stay
        var told = peers[0].TakeMembership().Length;
        for (var second = 0; second < 3; second++)
        {
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            var more = peers[0].TakeMembership().Length;
            Assert.InRange(more, 0, 101);   // 20,000 a second over 200
            told += more;
        }
        engine.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(200, told + peers[0].TakeMembership().Length);
    }
}
