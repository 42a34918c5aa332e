using Starling.Channels;
using Starling.Protocol;
using Starling.Transports;

namespace Starling.Tests.Channels;

public sealed class RingLogTests
{
    private static readonly FrameVariant s_json = new(new WebSocketFraming(Wire.Json), PayloadForm.Plain, ById: false);
    private static readonly FrameVariant s_protobuf = new(new WebSocketFraming(Wire.Protobuf), PayloadForm.Plain, ById: false);

    private static LogEntry Entry(int size = 10) => new("c", 1, new Publication { Data = new byte[size] });

    private static LogEntry[] Read(ChannelLog log, ulong next, CursorStatus expected, int room = 100)
    {
        var into = new LogEntry[room];
        Assert.Equal(expected, log.Read(next, into, out var count));
        return into[..count];
    }

    [Fact]
    public void A_cursor_reads_what_was_appended_after_it_in_order()
    {
        var log = new RingLog(16, 1 << 20);
        log.Append(Entry(), "");
        var next = log.Head;
        LogEntry[] appended = [Entry(), Entry(), Entry()];
        foreach (var entry in appended) log.Append(entry, "");
        Assert.Equal(appended, Read(log, next, CursorStatus.UpToDate));
    }

    [Fact]
    public void I7_The_bound_in_bytes_counts_tags_and_who_published()
    {
        Publication[] publications =
        [
            new() { Tags = new() { ["t"] = new string('x', 20_000) } },
            new() { Tags = Enumerable.Range(0, 400).ToDictionary(static i => $"{i}", static _ => "") },
            new() { Info = new ClientInfo { ConnInfo = new byte[16_000] } },
            new() { Info = new ClientInfo { ChanInfo = new byte[16_000] } },
            new() { Info = new ClientInfo { User = new string('x', 20_000) } },
        ];
        foreach (var publication in publications)
        {
            var log = new RingLog(16_384, 1 << 20);
            for (var i = 0; i < 200; i++) log.Append(new LogEntry("c", 1, publication), "");
            Assert.InRange(log.Head - log.Oldest, 1ul, 40ul);
        }
        var joins = new RingLog(16_384, 1 << 20);
        for (var i = 0; i < 200; i++) joins.Append(new LogEntry("c", 1, EntryKind.Join, publications[^1].Info!), "");
        Assert.InRange(joins.Head - joins.Oldest, 1ul, 40ul);
    }

    [Fact]
    public void A_cursor_at_the_head_reads_nothing()
    {
        var log = new RingLog(16, 1 << 20);
        log.Append(Entry(), "");
        Assert.Empty(Read(log, log.Head, CursorStatus.UpToDate));
    }

    [Fact]
    public void A_small_span_gets_the_oldest_and_is_told_that_there_is_more()
    {
        var log = new RingLog(16, 1 << 20);
        LogEntry[] appended = [Entry(), Entry(), Entry()];
        foreach (var entry in appended) log.Append(entry, "");
        Assert.Equal(appended[..2], Read(log, 0, CursorStatus.More, room: 2));
        Assert.Equal(appended[2..], Read(log, 2, CursorStatus.UpToDate, room: 2));
    }

    [Theory]
    [InlineData(16, 16, false)]   // just within the ring
    [InlineData(16, 17, true)]    // one more
    [InlineData(5, 5, false)]     // a bound that is no power of two
    [InlineData(5, 6, true)]
    public void A_cursor_falls_off_when_more_than_the_ring_came_after_it(int capacity, int appended, bool fallsOff)
    {
        var log = new RingLog(capacity, 1 << 20);
        for (var i = 0; i < appended; i++) log.Append(Entry(), "");
        Assert.Equal(fallsOff, log.Read(0, new LogEntry[100], out _) == CursorStatus.FellOff);
    }

    [Fact]
    public void The_byte_bound_drops_the_oldest_first()
    {
        var size = Entry(1000).Size;
        var log = new RingLog(1000, size * 3);
        for (var i = 0; i < 3; i++) log.Append(Entry(1000), "");
        Assert.Equal(3, Read(log, 0, CursorStatus.UpToDate).Length);
        log.Append(Entry(1000), "");
        Read(log, 0, CursorStatus.FellOff);
        Assert.Equal(3, Read(log, 1, CursorStatus.UpToDate).Length);
        Assert.Equal(size * 3, log.Bytes);
    }

    [Fact]
    public void An_entry_larger_than_the_byte_bound_is_still_delivered()
    {
        var log = new RingLog(1000, 100);
        log.Append(Entry(5000), "");
        Assert.Single(Read(log, 0, CursorStatus.UpToDate));
    }

    [Fact]
    public void The_ring_is_made_at_the_first_entry_grows_to_its_bound_and_is_given_back()
    {
        var log = new RingLog(100, 1 << 20);
        Assert.Equal(0, log.Capacity);
        log.Append(Entry(), "");
        Assert.InRange(log.Capacity, 1, 16);
        for (var i = 0; i < 500; i++) log.Append(Entry(), "");
        Assert.Equal(100, log.Capacity);
        log.Release();
        Assert.Equal(100, log.Capacity);   // not empty
        log.Trim(log.Head);
        log.Release();
        Assert.Equal(0, log.Capacity);
        Assert.Equal(0, log.Bytes);
        var next = log.Head;
        log.Append(Entry(), "");
        Assert.Single(Read(log, next, CursorStatus.UpToDate));   // the sequence goes on
    }

    [Fact]
    public void Trimming_frees_what_all_have_passed_so_that_the_ring_need_not_grow()
    {
        var log = new RingLog(1 << 20, 1 << 30);
        for (var i = 0; i < 10_000; i++)
        {
            log.Append(Entry(), "");
            log.Trim(log.Head);
        }
        Assert.InRange(log.Capacity, 1, 16);
        Assert.Equal(0, log.Bytes);
    }

    [Fact]
    public void I5_What_is_left_of_a_lost_stream_is_never_found_under_the_new_ones_offsets()
    {
        static LogEntry At(ulong offset) => new("c", 1, new Publication { Offset = offset });
        var log = new RingLog(16, 1 << 20);
        for (var offset = 1UL; offset <= 5; offset++) log.Append(At(offset), "old");
        log.ResetPosition("new", 3);
        Assert.Null(log.ReadAfter("new", 1, 10));
        Assert.False(log.TryFindAfter("new", 2, out _));
        var fourth = At(4);
        log.Append(fourth, "new");
        Assert.Equal([fourth], log.ReadAfter("new", 3, 10)!);
        Assert.Null(log.ReadAfter("new", 2, 10));
        Assert.Null(log.ReadAfter("old", 2, 10));
    }

    [Fact]
    public void A_frame_is_encoded_once_for_all_and_once_per_variant()
    {
        var entry = new LogEntry("c", 1, new Publication { Data = "{\"a\":1}"u8.ToArray() });
        var json = entry.Frame(s_json);
        Assert.Same(json, entry.Frame(s_json));
        Assert.NotSame(json, entry.Frame(s_protobuf));
    }

    [Fact]
    public void Binary_data_has_no_frame_on_the_json_wire()
    {
        var entry = new LogEntry("c", 1, new Publication { Data = new byte[] { 0xFF, 0x00 } });
        Assert.Null(entry.Frame(s_json));
        Assert.Null(entry.Frame(s_json));
        Assert.NotNull(entry.Frame(s_protobuf));
    }
}
