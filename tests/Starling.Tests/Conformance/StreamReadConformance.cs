using System.Globalization;
using System.Text;
using Starling.Brokers;

namespace Starling.Tests.Conformance;

/// <summary>Reading a stream: bounds, starts, directions (protocol 4.6).</summary>
public abstract class StreamReadConformance : BrokerConformance
{
    /// <summary>A stream of size 10 after 15 publications: 6 to 15 are kept.</summary>
    [Theory]
    [InlineData(-1, null, false, "6 7 8 9 10 11 12 13 14 15")]
    [InlineData(0, null, false, "")]
    [InlineData(3, null, false, "6 7 8")]
    [InlineData(100, null, false, "6 7 8 9 10 11 12 13 14 15")]
    [InlineData(-1, 0UL, false, "6 7 8 9 10 11 12 13 14 15")]
    [InlineData(-1, 3UL, false, "6 7 8 9 10 11 12 13 14 15")]
    [InlineData(-1, 5UL, false, "6 7 8 9 10 11 12 13 14 15")]
    [InlineData(-1, 6UL, false, "7 8 9 10 11 12 13 14 15")]
    [InlineData(2, 12UL, false, "13 14")]
    [InlineData(-1, 14UL, false, "15")]
    [InlineData(-1, 15UL, false, "")]
    [InlineData(-1, 99UL, false, "")]
    [InlineData(0, 12UL, false, "")]
    [InlineData(-1, null, true, "15 14 13 12 11 10 9 8 7 6")]
    [InlineData(2, null, true, "15 14")]
    [InlineData(-1, 9UL, true, "8 7 6")]
    [InlineData(2, 16UL, true, "15 14")]
    [InlineData(2, 15UL, true, "14 13")]
    [InlineData(-1, 6UL, true, "")]
    [InlineData(-1, 1UL, true, "")]
    [InlineData(2, 99UL, true, "15 14")]
    [InlineData(-1, ulong.MaxValue, false, "")]
    [InlineData(3, ulong.MaxValue, true, "15 14 13")]
    public async Task A_page_has_what_was_asked_for_and_the_streams_position(int limit, ulong? since, bool reverse, string expected)
    {
        var node = await JoinAsync();
        for (var i = 1; i <= 15; i++) await node.PublishAsync("room", $"{i}", Stored with { HistorySize = 10 });
        var page = await node.ReadAsync("room", new HistoryQuery(limit, LongMeta) { SinceOffset = since, Reverse = reverse });
        Assert.Equal(expected, string.Join(' ', page.Publications.Select(static pub => Encoding.UTF8.GetString(pub.Data.Span))));
        Assert.Equal(expected, string.Join(' ', page.Publications.Select(static pub => pub.Offset.ToString(CultureInfo.InvariantCulture))));
        Assert.True(page is { IsAvailable: true, Offset: 15 });
    }

    [Fact]
    public async Task The_last_publication_decides_how_many_are_kept()
    {
        var node = await JoinAsync();
        for (var i = 1; i <= 9; i++) await node.PublishAsync("room", $"{i}", Stored);
        await node.PublishAsync("room", "10", Stored with { HistorySize = 3 });
        Assert.Equal([8UL, 9UL, 10UL], (await node.ReadAsync("room")).Publications.Select(static pub => pub.Offset));
        await node.PublishAsync("room", "11", Stored);
        Assert.Equal([8UL, 9UL, 10UL, 11UL], (await node.ReadAsync("room")).Publications.Select(static pub => pub.Offset));
    }

    [Fact]
    public async Task A_page_that_was_read_does_not_change_afterwards()
    {
        var node = await JoinAsync();
        await node.PublishAsync("room", "1", Stored);
        var page = await node.ReadAsync("room");
        await node.PublishAsync("room", "2", Stored);
        await node.Broker.RemoveHistoryAsync("room", TestContext.Current.CancellationToken);
        Assert.Equal("1", Encoding.UTF8.GetString(Assert.Single(page.Publications).Data.Span));
    }

    /// <summary>Random publications, removals and pauses against a list that does the obvious.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Any_history_reads_as_a_plain_list_would(int seed)
    {
        var random = new Random(seed);
        var node = await JoinAsync();
        var kept = new List<ulong>();
        var top = 0UL;
        for (var step = 0; step < 150; step++)
        {
            var dice = random.Next(20);
            if (dice < 10)
            {
                var size = random.Next(1, 12);
                kept.Add(++top);
                if (kept.Count > size) kept.RemoveRange(0, kept.Count - size);
                Assert.Equal(top, (await node.PublishAsync("room", $"{top}", Stored with { HistorySize = size })).Offset);
            }
            else if (dice == 10)
            {
                kept.Clear();
                await node.Broker.RemoveHistoryAsync("room", TestContext.Current.CancellationToken);
            }
            else
            {
                var query = new HistoryQuery(random.Next(-1, 8), LongMeta)
                {
                    SinceOffset = random.Next(3) == 0 ? null : (ulong)random.NextInt64((long)top + 3),
                    Reverse = random.Next(2) == 0,
                };
                var page = await node.ReadAsync("room", query);
                Assert.Equal(Expect(kept, query), page.Publications.Select(static pub => pub.Offset));
                Assert.Equal(top, page.Offset);
            }
        }
    }

    private static IEnumerable<ulong> Expect(List<ulong> kept, HistoryQuery query)
    {
        var since = query.SinceOffset;
        IEnumerable<ulong> all = query.Reverse ? kept.OrderDescending() : kept;
        if (since is { } offset) all = all.Where(each => query.Reverse ? each < offset : each > offset);
        return query.Limit < 0 ? all : all.Take(query.Limit);
    }
}
