using System.Globalization;
using Starling.Brokers;
using Starling.Protocol;

namespace Starling.Tests.Conformance;

/// <summary>Who is present in which channel, and how joins and leaves reach the nodes.</summary>
public abstract class PresenceConformance : BrokerConformance
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nobody_is_present_in_a_channel_nobody_entered()
    {
        var node = await JoinAsync("room");
        Assert.Equal(new PresenceCount(IsAvailable: true, 0, 0), await node.Broker.CountPresenceAsync("room", Cancelled));
        var list = await ListAsync(node, "room");
        Assert.True(list is { IsAvailable: true, IsComplete: true });
        Assert.Empty(list.Clients);
    }

    [Fact]
    public async Task Checklist_82_Who_entered_is_listed_with_everything_that_is_known_of_them()
    {
        var node = await JoinAsync("room");
        var info = new ClientInfo { User = "alice", Client = "c1", ConnInfo = "{\"n\":1}"u8.ToArray(), ChanInfo = "[2]"u8.ToArray() };
        Assert.True(await node.Broker.SetPresenceAsync("room", [info], Bench.Ttl, Cancelled));

        var found = Assert.Single((await ListAsync(node, "room")).Clients);

        Assert.Equal(("alice", "c1"), (found.User, found.Client));
        Assert.Equal("{\"n\":1}"u8, found.ConnInfo.Span);
        Assert.Equal("[2]"u8, found.ChanInfo.Span);
        Assert.Empty((await ListAsync(node, "other")).Clients);
    }

    [Fact]
    public async Task Connections_and_users_are_counted_apart_and_all_the_anonymous_are_one_user()
    {
        var node = await JoinAsync("room");
        await SetAsync(node, "room", ("a", "1"), ("a", "2"), ("b", "3"), ("", "4"), ("", "5"));
        Assert.Equal(new PresenceCount(IsAvailable: true, 5, 3), await node.Broker.CountPresenceAsync("room", Cancelled));

        await RemoveAsync(node, "room", ("a", "1"), ("b", "3"), ("", "4"));
        Assert.Equal(new PresenceCount(IsAvailable: true, 2, 2), await node.Broker.CountPresenceAsync("room", Cancelled));
    }

    [Fact]
    public async Task To_enter_again_replaces_what_is_known()
    {
        var node = await JoinAsync("room");
        await SetAsync(node, "room", ("a", "1"));
        await SetAsync(node, "room", ("b", "1"));

        Assert.Equal("b", Assert.Single((await ListAsync(node, "room")).Clients).User);
        Assert.Equal(new PresenceCount(IsAvailable: true, 1, 1), await node.Broker.CountPresenceAsync("room", Cancelled));
    }

    [Fact]
    public async Task To_remove_who_is_not_there_does_no_harm()
    {
        var node = await JoinAsync("room");
        await RemoveAsync(node, "room", ("a", "1"));
        await SetAsync(node, "room", ("a", "1"));
        await RemoveAsync(node, "room", ("a", "2"));
        await RemoveAsync(node, "room", ("a", "1"));
        await RemoveAsync(node, "room", ("a", "1"));

        Assert.Empty((await ListAsync(node, "room")).Clients);
    }

    [Fact]
    public async Task Checklist_83_Who_is_not_prolonged_goes_when_the_time_is_over()
    {
        var node = await JoinAsync("room");
        await SetAsync(node, "room", ("a", "1"), ("b", "2"));
        await PassAsync(Bench.Ttl / 2);
        await SetAsync(node, "room", ("a", "1"));
        await PassAsync((Bench.Ttl / 2) + TimeSpan.FromMilliseconds(1));

        Assert.Equal("1", Assert.Single((await ListAsync(node, "room")).Clients).Client);
        Assert.Equal(new PresenceCount(IsAvailable: true, 1, 1), await node.Broker.CountPresenceAsync("room", Cancelled));

        await PassAsync(Bench.Ttl / 2);
        Assert.Equal(new PresenceCount(IsAvailable: true, 0, 0), await node.Broker.CountPresenceAsync("room", Cancelled));
    }

    [Fact]
    public async Task A49_A_list_longer_than_asked_for_is_not_given_in_part()
    {
        var node = await JoinAsync("room");
        await SetAsync(node, "room", [.. Enumerable.Range(0, 101).Select(static i => ("u", i.ToString(CultureInfo.InvariantCulture)))]);

        Assert.Equal(101, (await node.Broker.ListPresenceAsync("room", 101, Cancelled)).Clients.Count);
        var tooShort = await node.Broker.ListPresenceAsync("room", 100, Cancelled);
        Assert.True(tooShort is { IsAvailable: true, IsComplete: false });
        Assert.Empty(tooShort.Clients);
    }

    [Fact]
    public async Task Joins_and_leaves_arrive_in_the_order_in_which_they_were_announced()
    {
        var node = await JoinAsync("room");
        var one = new ClientInfo { User = "a", Client = "1", ConnInfo = "{}"u8.ToArray() };
        var two = new ClientInfo { User = "b", Client = "2" };

        Assert.True(await node.Broker.AnnounceAsync("room", [new(MembershipKind.Join, one), new(MembershipKind.Join, two)], Cancelled));
        Assert.True(await node.Broker.AnnounceAsync("room", [new(MembershipKind.Leave, one)], Cancelled));

        var changes = await node.Sink.TakeChangesAsync("room", 3);
        Assert.Equal(["Join 1 a", "Join 2 b", "Leave 1 a"], changes.Select(static change => $"{change.Kind} {change.Info.Client} {change.Info.User}"));
        Assert.Equal("{}"u8, changes[0].Info.ConnInfo.Span);
    }

    [Fact]
    public async Task Checklist_82_All_nodes_see_one_presence_and_hear_of_every_join()
    {
        Assert.SkipUnless(Bench.IsShared, "this broker serves one node");
        BrokerNode[] nodes = [await JoinAsync("room"), await JoinAsync("room")];
        await SetAsync(nodes[0], "room", ("a", "1"));
        await SetAsync(nodes[1], "room", ("a", "2"));
        Assert.True(await nodes[0].Broker.AnnounceAsync("room", [new(MembershipKind.Join, new ClientInfo { User = "a", Client = "1" })], Cancelled));

        foreach (var node in nodes)
        {
            Assert.Equal(["1", "2"], (await ListAsync(node, "room")).Clients.Select(static one => one.Client).Order());
            Assert.Equal(new PresenceCount(IsAvailable: true, 2, 1), await node.Broker.CountPresenceAsync("room", Cancelled));
            Assert.Equal("1", (await node.Sink.TakeChangesAsync("room", 1))[0].Info.Client);
        }
    }

    private static ValueTask<PresenceList> ListAsync(BrokerNode node, string channel) => node.Broker.ListPresenceAsync(channel, int.MaxValue, Cancelled);

    private async Task SetAsync(BrokerNode node, string channel, params (string User, string Client)[] clients) =>
        Assert.True(await node.Broker.SetPresenceAsync(channel, Infos(clients), Bench.Ttl, Cancelled));

    private static async Task RemoveAsync(BrokerNode node, string channel, params (string User, string Client)[] clients) =>
        Assert.True(await node.Broker.RemovePresenceAsync(channel, Infos(clients), Cancelled));

    private static ClientInfo[] Infos((string User, string Client)[] clients) =>
        [.. clients.Select(static one => new ClientInfo { User = one.User, Client = one.Client })];
}
