using Starling.Channels;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Channels;

/// <summary>Tags filters (protocol 4.11).</summary>
public sealed class TagFilterTests
{
    private static readonly Dictionary<string, string> s_tags = new() { ["lang"] = "en", ["prio"] = "3", ["empty"] = "" };

    private static FilterNode Leaf(string key, string cmp, string val = "", params string[] vals) =>
        new() { Key = key, Cmp = cmp, Val = val, Vals = vals.Length > 0 ? [.. vals] : null };

    private static FilterNode Tree(string op, params FilterNode[] nodes) => new() { Op = op, Nodes = [.. nodes] };

    [Theory]
    [InlineData("lang", "eq", "en", true)]
    [InlineData("lang", "eq", "de", false)]
    [InlineData("none", "eq", "en", false)]
    [InlineData("lang", "neq", "de", true)]
    [InlineData("none", "neq", "de", true)]
    [InlineData("lang", "neq", "en", false)]
    [InlineData("lang", "ex", "", true)]
    [InlineData("empty", "ex", "", true)]
    [InlineData("none", "ex", "", false)]
    [InlineData("none", "nex", "", true)]
    [InlineData("lang", "sw", "e", true)]
    [InlineData("lang", "ew", "n", true)]
    [InlineData("lang", "ct", "x", false)]
    [InlineData("none", "sw", "e", false)]
    [InlineData("prio", "gt", "2.5", true)]
    [InlineData("prio", "gt", "3", false)]
    [InlineData("prio", "gte", "3", true)]
    [InlineData("prio", "lt", "3.01", true)]
    [InlineData("prio", "lte", "3", true)]
    [InlineData("lang", "gt", "1", false)]
    [InlineData("prio", "gt", "many", false)]
    public void A_leaf_compares_one_tag(string key, string cmp, string val, bool expected) =>
        Assert.Equal(expected, TagFilter.TryCreate(Leaf(key, cmp, val))!.Matches(s_tags));

    [Fact]
    public void A_list_holds_the_value_an_absent_tag_counts_as_empty()
    {
        Assert.True(TagFilter.TryCreate(Leaf("lang", "in", "", "de", "en"))!.Matches(s_tags));
        Assert.False(TagFilter.TryCreate(Leaf("lang", "nin", "", "de", "en"))!.Matches(s_tags));
        Assert.True(TagFilter.TryCreate(Leaf("none", "in", "", "", "x"))!.Matches(s_tags));
        Assert.True(TagFilter.TryCreate(Leaf("none", "nin", "", "x"))!.Matches(null));
    }

    [Fact]
    public void Trees_combine()
    {
        var node = Tree("and", Leaf("lang", "eq", "en"), Tree("not", Tree("or", Leaf("prio", "lt", "3"), Leaf("none", "ex"))));
        Assert.True(TagFilter.TryCreate(node)!.Matches(s_tags));
        Assert.False(TagFilter.TryCreate(Tree("not", node))!.Matches(s_tags));
    }

    [Fact]
    public void A53_Invalid_and_oversized_filters_are_refused()
    {
        FilterNode[] invalid =
        [
            new(), Leaf("a", "eq"), Leaf("", "eq", "x"), Leaf("a", "like", "x"), Leaf("a", "in", "x", "y"), Leaf("a", "in"), Leaf("a", "ex", "x"),
            Leaf("a", "eq", "x", "y"), Leaf("a", "sw"), Tree("and"), Tree("not"), Tree("not", Leaf("a", "ex"), Leaf("b", "ex")), Tree("xor", Leaf("a", "ex")),
            Tree("or", Leaf("a", "eq")),
        ];
        Assert.All(invalid, static node => Assert.Null(TagFilter.TryCreate(node)));
        FilterNode[] many = [.. Enumerable.Range(0, TagFilter.NodesMax).Select(static _ => Leaf("a", "ex"))];
        Assert.NotNull(TagFilter.TryCreate(Tree("and", many[1..])));
        Assert.Null(TagFilter.TryCreate(Tree("and", many)));
        Assert.Null(TagFilter.TryCreate(Leaf("a", "in", "", [.. Enumerable.Range(0, TagFilter.ValuesMax + 1).Select(static i => $"{i}")])));
    }

    [Fact]
    public void Evaluating_does_not_allocate()
    {
        var filter = TagFilter.TryCreate(Tree("and", Leaf("lang", "eq", "en"), Leaf("prio", "gte", "3"), Leaf("lang", "in", "", "de", "en")))!;
        Assert.True(filter.Matches(s_tags));
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) filter.Matches(s_tags);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task Checklist_103_Only_matching_publications_are_delivered_and_positions_stay_valid()
    {
        await using var engine = new EngineHarness(static options =>
        {
            options.Channel.WithoutNamespace.AllowTagsFilter = true;
            options.Channel.WithoutNamespace.HistorySize = 100;
            options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(1);
            options.Channel.WithoutNamespace.ForceRecovery = true;
        });
        var request = new SubscribeRequest { Channel = "room", Tf = Leaf("lang", "eq", "en") };
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = request });
        var epoch = peer.Take().Subscribe!.Epoch;
        await PublishAsync(engine, 1, 20);
        Assert.Equal(["2", "4", "6", "8", "10", "12", "14", "16", "18", "20"], peer.TakePublications());
        engine.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Empty(peer.TakeAll());   // no false alarm
        var again = engine.Connect();
        again.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Tf = request.Tf, Recover = true, Offset = 14, Epoch = epoch } });
        var result = again.Take().Subscribe!;
        Assert.True(result.Recovered);
        Assert.Equal([16UL, 18UL, 20UL], result.Publications!.Select(static pub => pub.Offset));
    }

    [Fact]
    public async Task Checklist_62_A_filter_where_none_is_allowed_is_107_and_an_unknown_delta_closes_with_3501()
    {
        await using var engine = new EngineHarness();
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "room", Tf = Leaf("lang", "ex") } });
        Assert.Equal(107u, peer.Take().Error!.Code);
        peer.Send(new Command { Id = 3, Subscribe = new SubscribeRequest { Channel = "room", Delta = "xdelta" } });
        Assert.Equal(Disconnects.BadRequest, peer.ClosedWith);
    }

    private static async Task PublishAsync(EngineHarness engine, int from, int to)
    {
        for (var i = from; i <= to; i++)
        {
            var publication = new Publication
            {
                Data = System.Text.Encoding.UTF8.GetBytes($"{i}"),
                Tags = new Dictionary<string, string> { ["lang"] = i % 2 == 0 ? "en" : "de" },
            };
            await engine.Node.PublishAsync("room", publication, null, TestContext.Current.CancellationToken);
        }
    }
}
