using System.Text;
using Starling.Brokers;
using Starling.Protocol;
using PublishResult = Starling.Brokers.PublishResult;

namespace Starling.Tests.Conformance;

/// <summary>Publications, their positions, their lives (protocol 4.5, 4.8; I1, I3, I5).</summary>
public abstract class StreamConformance : BrokerConformance
{
    [Fact]
    public async Task I3_Offsets_start_at_one_grow_by_one_and_are_told_alike_to_publisher_subscriber_and_reader()
    {
        var node = await JoinAsync("room");
        var results = new List<PublishResult>();
        for (var i = 1; i <= 5; i++) results.Add(await node.PublishAsync("room", $"{i}", Stored));
        var epoch = results[0].Epoch;
        Assert.NotEmpty(epoch);
        Assert.Equal(Enumerable.Range(1, 5).Select(i => new PublishResult(PublishStatus.Accepted, (ulong)i, epoch)), results);
        var deliveries = await node.Sink.TakeAsync("room", 5);
        Assert.Equal(Enumerable.Range(1, 5).Select(i => ((ulong)i, $"{i}", epoch)), deliveries.Select(static one => (one.Offset, one.Data, one.Epoch)));
        var page = await node.ReadAsync("room");
        Assert.True(page is { IsAvailable: true, Offset: 5 });
        Assert.Equal(epoch, page.Epoch);
        Assert.Equal(Enumerable.Range(1, 5).Select(i => ((ulong)i, $"{i}")), page.Publications.Select(static pub => (pub.Offset, Text(pub))));
    }

    [Fact]
    public async Task Checklist_73_Only_the_first_publication_of_a_stream_carries_its_epoch()
    {
        var node = await JoinAsync("room");
        var epoch = (await node.PublishAsync("room", "1", Stored)).Epoch;
        await node.PublishAsync("room", "2", Stored);
        Assert.Equal([epoch, ""], (await node.Sink.TakeAsync("room", 2)).Select(static one => one.Publication.Epoch));
    }

    [Fact]
    public async Task Without_history_a_publication_is_delivered_and_has_no_position()
    {
        var node = await JoinAsync("room");
        Assert.Equal(new PublishResult(PublishStatus.Accepted), await node.PublishAsync("room", "1", Unstored));
        var delivery = Assert.Single(await node.Sink.TakeAsync("room", 1));
        Assert.Equal((0UL, "1", ""), (delivery.Offset, delivery.Data, delivery.Epoch));
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(10, 0)]
    [InlineData(10, -1)]
    [InlineData(-1, 60)]
    public async Task A_stream_needs_both_a_size_and_a_time_to_live(int size, int seconds)
    {
        var node = await JoinAsync("room");
        Assert.Equal(0UL, (await node.PublishAsync("room", "1", new PublishOptions(size, TimeSpan.FromSeconds(seconds), LongMeta))).Offset);
    }

    [Fact]
    public async Task A_publication_that_is_not_stored_leaves_the_streams_position_alone()
    {
        var node = await JoinAsync("room");
        await node.PublishAsync("room", "1", Stored);
        await node.PublishAsync("room", "passing", Unstored);
        Assert.Equal(2UL, (await node.PublishAsync("room", "2", Stored)).Offset);
        Assert.Equal([1UL, 0UL, 2UL], (await node.Sink.TakeAsync("room", 3)).Select(static one => one.Offset));
        Assert.Equal(["1", "2"], (await node.ReadAsync("room")).Publications.Select(Text));
    }

    [Fact]
    public async Task What_may_be_sent_as_a_patch_is_said_with_each_publication()
    {
        var node = await JoinAsync("room");
        foreach (var options in new[] { Stored, Unstored })
        {
            await node.PublishAsync("room", "1", options with { IsDeltaCandidate = true });
            await node.PublishAsync("room", "2", options);
        }
        Assert.Equal([PublicationTraits.DeltaCandidate, PublicationTraits.None, PublicationTraits.DeltaCandidate, PublicationTraits.None], (await node.Sink.TakeAsync("room", 4)).Select(static one => one.Traits));
    }

    [Fact]
    public async Task Data_tags_and_info_come_back_as_they_were()
    {
        var node = await JoinAsync("room");
        byte[] data = [0, 255, 13, 10, 0x7B, 0xC3, 0x28, .. Enumerable.Repeat((byte)7, 70_000)];
        Publication Original() => new()
        {
            Data = data,
            Tags = new Dictionary<string, string> { ["kind"] = "söme", [""] = "\r\n\0" },
            Info = new ClientInfo { User = "42", Client = "c-1", ConnInfo = new byte[] { 1, 0, 2 }, ChanInfo = new byte[] { 3 } },
        };
        await node.Broker.PublishAsync("room", Original(), Stored, TestContext.Current.CancellationToken);
        await node.Broker.PublishAsync("room", new Publication { Data = default }, Stored, TestContext.Current.CancellationToken);
        var live = (await node.Sink.TakeAsync("room", 2)).Select(static one => one.Publication).ToArray();
        var kept = (await node.ReadAsync("room")).Publications;
        foreach (var publication in new[] { live[0], kept[0] })
        {
            Assert.Equal(data, publication.Data.ToArray());
            Assert.Equal(Original().Tags!.OrderBy(static tag => tag.Key, StringComparer.Ordinal), publication.Tags!.OrderBy(static tag => tag.Key, StringComparer.Ordinal));
            Assert.Equal(("42", "c-1"), (publication.Info!.User, publication.Info.Client));
            Assert.Equal([1, 0, 2], publication.Info.ConnInfo.ToArray());
            Assert.Equal([3], publication.Info.ChanInfo.ToArray());
        }
        foreach (var publication in new[] { live[1], kept[1] })
        {
            Assert.True(publication.Data.IsEmpty);
            Assert.Null(publication.Info);
            Assert.Empty(publication.Tags ?? []);
        }
    }

    [Fact]
    public async Task I5_Epochs_differ_between_streams_and_lives()
    {
        var node = await JoinAsync();
        var epochs = new HashSet<string>();
        for (var i = 0; i < 500; i++) Assert.True(epochs.Add((await node.ReadAsync($"room-{i}", limit: 0)).Epoch), "an epoch came twice");
    }

    [Fact]
    public async Task I5_Reading_a_position_makes_the_stream_and_the_first_publication_keeps_its_epoch()
    {
        var node = await JoinAsync("room");
        var empty = await node.ReadAsync("room", limit: 0);
        Assert.True(empty is { IsAvailable: true, Offset: 0, Publications.Count: 0 });
        Assert.NotEmpty(empty.Epoch);
        Assert.Equal(empty.Epoch, (await node.ReadAsync("room", limit: 0)).Epoch);
        Assert.Equal(new PublishResult(PublishStatus.Accepted, 1, empty.Epoch), await node.PublishAsync("room", "1", Stored));
    }

    [Fact]
    public async Task Publications_go_when_their_time_is_over_and_the_position_stays()
    {
        var node = await JoinAsync("room");
        var options = new PublishOptions(10, Bench.Ttl, LongMeta);
        await node.PublishAsync("room", "1", options);
        await PassAsync(Bench.Ttl * 0.6);
        var second = await node.PublishAsync("room", "2", options);
        await PassAsync(Bench.Ttl * 0.6);
        Assert.Equal(["1", "2"], (await node.ReadAsync("room")).Publications.Select(Text));   // each publication prolongs the life of all
        await PassAsync((Bench.Ttl * 0.6) + Bench.ExpirySlack);
        var page = await node.ReadAsync("room");
        Assert.Empty(page.Publications);
        Assert.Equal((2UL, second.Epoch), (page.Offset, page.Epoch));
        Assert.Equal(new PublishResult(PublishStatus.Accepted, 3, second.Epoch), await node.PublishAsync("room", "3", options));
        Assert.Equal(["3"], (await node.ReadAsync("room")).Publications.Select(Text));
    }

    [Fact]
    public async Task I5_A_position_that_was_forgotten_comes_back_under_a_new_epoch()
    {
        var node = await JoinAsync("room");
        var options = new PublishOptions(10, Bench.Ttl, Bench.Ttl);
        var old = await node.PublishAsync("room", "1", options);
        await PassAsync((Bench.Ttl * 1.5) + Bench.ExpirySlack);
        var renewed = await node.PublishAsync("room", "2", options);
        Assert.Equal(1UL, renewed.Offset);
        Assert.NotEqual(old.Epoch, renewed.Epoch);
    }

    [Fact]
    public async Task Reading_a_position_prolongs_its_life()
    {
        var node = await JoinAsync("room");
        var options = new PublishOptions(10, Bench.Ttl, Bench.Ttl);
        var epoch = (await node.PublishAsync("room", "1", options)).Epoch;
        for (var i = 0; i < 4; i++)
        {
            await PassAsync(Bench.Ttl * 0.6);
            Assert.Equal(epoch, (await node.ReadAsync("room", new HistoryQuery(0, Bench.Ttl))).Epoch);
        }
    }

    [Fact]
    public async Task Removing_the_history_keeps_the_position()
    {
        var node = await JoinAsync("room");
        Assert.True(await node.Broker.RemoveHistoryAsync("never used", TestContext.Current.CancellationToken));
        for (var i = 1; i <= 3; i++) await node.PublishAsync("room", $"{i}", Stored);
        Assert.True(await node.Broker.RemoveHistoryAsync("room", TestContext.Current.CancellationToken));
        var page = await node.ReadAsync("room");
        Assert.Empty(page.Publications);
        Assert.Equal(3UL, page.Offset);
        Assert.Equal(new PublishResult(PublishStatus.Accepted, 4, page.Epoch), await node.PublishAsync("room", "4", Stored));
        Assert.Equal(["4"], (await node.ReadAsync("room")).Publications.Select(Text));
    }

    [Fact]
    public async Task A43_Hostile_names_are_channels_of_their_own()
    {
        string[] names =
        [
            "a", "a ", " a", "A", "a\0", "a\r\nDEL x", "*", "?", ">", ".", "..", "/../", "#", "a:b", "a:*", "{a}", "{}b", "{b}", "$a", "[a]", "a.b", "a\tb",
            "\u00e9", "e\u0301", "\u202ea", "\ud83d\ude00", "__keyevent@0__:del", new string('x', 255),
        ];
        var node = await JoinAsync(names);
        foreach (var name in names) Assert.Equal(1UL, (await node.PublishAsync(name, "of " + name.Length, Stored)).Offset);
        foreach (var name in names)
        {
            Assert.Equal("of " + name.Length, Assert.Single(await node.Sink.TakeAsync(name, 1)).Data);
            Assert.Equal("of " + name.Length, Text(Assert.Single((await node.ReadAsync(name)).Publications)));
        }
    }

    private static string Text(Publication publication) => Encoding.UTF8.GetString(publication.Data.Span);
}
