using System.Text;
using Starling.Channels;
using Starling.Protocol;

namespace Starling.Tests.Channels;

public sealed class KeyedLogTests
{
    private static LogEntry Entry(string key, string value, ulong offset = 0, bool increment = false) =>
        new("c", 1, new Publication { Key = key, Data = Encoding.UTF8.GetBytes(value), Offset = offset, Removed = value.Length == 0 })
        {
            IsDeltaCandidate = true,
            IsIncrement = increment,
        };

    private static string[] Read(ChannelLog log, ulong next, CursorStatus expected = CursorStatus.UpToDate)
    {
        var into = new LogEntry[1000];
        Assert.Equal(expected, log.Read(next, into, out var count));
        return [.. into[..count].Select(Shown)];
    }

    private static string Shown(LogEntry entry) => $"{entry.Publication.Key}={Encoding.UTF8.GetString(entry.Publication.Data.Span)}";

    private static void Append(ChannelLog log, params string[] changes)
    {
        foreach (var change in changes)
        {
            var (key, value) = (change.Split('=')[0], change.Split('=')[1]);
            Assert.Equal(AppendStatus.Appended, log.Append(Entry(key, value, log.Position.Top + 1), "e"));
        }
    }

    [Fact]
    public void A_cursor_reads_the_newest_change_of_each_key_in_their_order()
    {
        var log = new KeyedLog(1 << 20);
        Append(log, "a=1", "b=1", "a=2", "c=1", "b=", "a=3");
        Assert.Equal(["c=1", "b=", "a=3"], Read(log, 0));
        Assert.Equal(["a=3"], Read(log, 5));
        Assert.Empty(Read(log, log.Head));
    }

    [Fact]
    public void A_small_span_gets_the_oldest_and_is_told_that_there_is_more()
    {
        var log = new KeyedLog(1 << 20);
        Append(log, "a=1", "b=1", "a=2", "c=1");
        var into = new LogEntry[2];
        Assert.Equal(CursorStatus.More, log.Read(0, into, out var count));
        Assert.Equal(["b=1", "a=2"], into[..count].Select(Shown));
        Assert.Equal(["c=1"], Read(log, into[1].Sequence + 1));
    }

    [Fact]
    public void A_step_stands_beside_the_value_it_starts_from_until_a_whole_value_comes()
    {
        var log = new KeyedLog(1 << 20);
        log.Append(Entry("a", "1"), "");
        log.Append(Entry("a", "+1", increment: true), "");
        log.Append(Entry("a", "+2", increment: true), "");
        Assert.Equal(["a=1", "a=+1", "a=+2"], Read(log, 0));
        log.Append(Entry("a", "4"), "");
        Assert.Equal("a=4", Read(log, 0)[^1]);
    }

    [Fact]
    public void What_all_cursors_have_passed_goes_removals_too()
    {
        var log = new KeyedLog(1 << 20);
        Append(log, "a=1", "b=1", "b=", "c=1");
        log.Trim(3);
        Assert.Equal(["c=1"], Read(log, 3));
        Assert.Empty(Read(log, 2, CursorStatus.FellOff));
        log.Trim(4);
        Assert.Equal(0, log.Bytes);
        log.Release();
        Assert.Equal(0, log.Capacity);
        Append(log, "a=2");
        Assert.Equal(["a=2"], Read(log, 4));
    }

    [Fact]
    public void At_its_bound_the_oldest_leave_and_cursors_that_had_not_read_them_fall_off()
    {
        var size = Entry("a", "1").Size;
        var log = new KeyedLog(3 * size);
        Append(log, "a=1", "b=1", "c=1", "d=1");
        Assert.Empty(Read(log, 0, CursorStatus.FellOff));
        Assert.Equal(["b=1", "c=1", "d=1"], Read(log, 1));
        Assert.Equal(3 * size, log.Bytes);
        Append(log, "b=2", "c=2", "d=2");   // they make room themselves
        Assert.Equal(["b=2", "c=2", "d=2"], Read(log, 1));
        log.Append(Entry("x", new string('x', 10_000), log.Position.Top + 1), "e");
        Assert.Single(Read(log, log.Head - 1));
    }

    [Fact]
    public void Of_bases_and_unread_entries_the_bases_leave_first()
    {
        var size = Entry("a", "1").Size;
        var log = new KeyedLog(3 * size, keepsBases: true);
        Append(log, "a=1", "b=1");
        log.Trim(2);
        Append(log, "c=1", "d=1", "e=1");
        Assert.Equal(["c=1", "d=1", "e=1"], Read(log, 2));
    }

    [Fact]
    public void A_patch_is_made_against_the_value_before_it_and_only_for_those_who_passed_that_value()
    {
        var log = new KeyedLog(1 << 20, keepsBases: true);
        Append(log, "a=1", "b=1");
        log.Trim(2);
        Append(log, "a=2");
        var into = new LogEntry[1];
        log.Read(2, into, out _);
        Assert.Equal("1"u8.ToArray(), into[0].Base!.Data.ToArray());
        Assert.Equal(0UL, into[0].BaseSequence);
        Append(log, "a=", "a=3");   // a removal ends the chain
        log.Read(4, into, out _);
        Assert.Equal(("a=3", null), (Shown(into[0]), into[0].Base));
    }

    [Fact]
    public void The_place_behind_an_offset_is_known_as_long_as_no_change_behind_it_has_gone()
    {
        var log = new KeyedLog(1 << 20);
        log.SetPositionIfUnknown("e", 10);
        Assert.False(log.TryFindAfter("e", 9, out _));
        Append(log, "a=11", "b=12", "a=13", "c=14");
        Assert.False(log.TryFindAfter("e", 9, out _));
        Assert.True(log.TryFindAfter("e", 10, out var next));
        Assert.Equal(["b=12", "a=13", "c=14"], Read(log, next));
        Assert.Equal(["a=13", "c=14"], log.ReadAfter("e", 12, 10)!.Select(Shown));
        Assert.Equal(["a=13"], log.ReadAfter("e", 12, 1)!.Select(Shown));
        Assert.Empty(log.ReadAfter("e", 14, 10)!);
        Assert.Null(log.ReadAfter("other", 12, 10));
        log.Trim(2);
        Assert.False(log.TryFindAfter("e", 11, out _));
        Assert.True(log.TryFindAfter("e", 12, out _));
        log.ResetPosition("f", 3);
        Assert.False(log.TryFindAfter("f", 2, out _));
        Assert.Equal(AppendStatus.Appended, log.Append(Entry("a", "4", 4), "f"));
        Assert.Equal(["a=4"], log.ReadAfter("f", 3, 10)!.Select(Shown));
    }

    [Fact]
    public void I3_A_gap_a_repeat_and_another_epoch_are_told()
    {
        var log = new KeyedLog(1 << 20);
        Append(log, "a=1");
        Assert.Equal(AppendStatus.Duplicate, log.Append(Entry("b", "x", 1), "e"));
        Assert.Equal(AppendStatus.Gap, log.Append(Entry("b", "x", 3), "e"));
        Assert.Equal(AppendStatus.Gap, log.Append(Entry("b", "x", 2), "other"));
    }

    /// <summary>Cursors at random places against a plain list of all changes.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void Whatever_happens_a_cursor_ends_with_the_state_and_reads_no_key_twice(int seed, bool keepsBases)
    {
        var random = new Random(seed);
        var log = new KeyedLog(40 * Entry("a", "1").Size, keepsBases);
        var all = new List<(string Key, string Value)>();
        var cursors = Enumerable.Range(0, 5).Select(static _ => (Next: 0UL, State: new Dictionary<string, string>(), HasFallen: false)).ToArray();
        for (var step = 0; step < 3_000; step++)
        {
            var key = $"k{random.Next(60)}";
            var value = random.Next(4) == 0 ? "" : $"{step}";
            all.Add((key, value));
            Assert.Equal(AppendStatus.Appended, log.Append(Entry(key, value, (ulong)all.Count), "e"));
            Assert.InRange(log.Bytes, 1, 40 * 200);
            var reader = random.Next(cursors.Length);
            if (random.Next(6) == 0) ReadAll(reader);
            if (random.Next(20) == 0) log.Trim(cursors.Min(static cursor => cursor.Next));
        }
        for (var i = 0; i < cursors.Length; i++) ReadAll(i);
        var state = new Dictionary<string, string>();
        foreach (var (key, value) in all) Apply(state, key, value);
        foreach (var cursor in cursors.Where(static cursor => !cursor.HasFallen)) Assert.Equal(state.OrderBy(Key), cursor.State.OrderBy(Key));
        static string Key(KeyValuePair<string, string> pair) => pair.Key;

        void ReadAll(int index)
        {
            ref var cursor = ref cursors[index];
            var into = new LogEntry[7];
            var keys = new HashSet<string>();
            while (true)
            {
                var status = log.Read(cursor.Next, into, out var count);
                if (status == CursorStatus.FellOff)
                {
                    (cursor.Next, cursor.HasFallen) = (log.Head, true);
                    return;
                }
                foreach (var entry in into[..count])
                {
                    Assert.True(keys.Add(entry.Publication.Key), "a key twice in one go");
                    Assert.True(entry.Sequence >= cursor.Next);
                    Apply(cursor.State, entry.Publication.Key, Encoding.UTF8.GetString(entry.Publication.Data.Span));
                    cursor.Next = entry.Sequence + 1;
                }
                if (status == CursorStatus.UpToDate) return;
            }
        }

        static void Apply(Dictionary<string, string> state, string key, string value)
        {
            if (value.Length == 0) state.Remove(key);
            else state[key] = value;
        }
    }
}
