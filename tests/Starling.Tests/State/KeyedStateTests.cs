using System.Text.Json;

namespace Starling.Tests.State;

/// <summary>Keyed state as an application uses it.</summary>
public sealed class KeyedStateTests
{
    private static readonly CancellationToken s_none = CancellationToken.None;

    [Fact]
    public async Task An_application_writes_reads_and_removes_keys_and_clients_see_it()
    {
        await using var engine = StateHarness.Start();
        var state = new KeyedState(engine.Node.State);
        var peer = engine.Connect();
        peer.Load("board:1");
        var written = await state.SetAsync("board:1", "a", "{\"n\":1}"u8.ToArray(), new KeyedWriteOptions { Tags = new Dictionary<string, string> { ["t"] = "x" }, Score = 4 }, s_none);
        Assert.True(written is { IsWritten: true, Offset: 1, Error: null });
        var entry = Assert.Single((await state.ReadKeyAsync("board:1", "a", s_none)).Entries);
        Assert.Equal(("a", "{\"n\":1}", "x", 1UL, 4L), (entry.Key, System.Text.Encoding.UTF8.GetString(entry.Data.Span), entry.Tags!["t"], entry.Offset, entry.Score));
        Assert.Equal(engine.Time.GetUtcNow(), entry.Time);
        Assert.True((await state.RemoveAsync("board:1", "a", s_none)).IsWritten);
        Assert.Equal("key_not_found", (await state.RemoveAsync("board:1", "a", s_none)).SuppressReason);
        Assert.Equal([false, true], peer.TakeAll().Select(static reply => reply.Push!.Pub!.Removed));
    }

    [Fact]
    public async Task Conditions_that_do_not_hold_are_told_and_errors_too()
    {
        await using var engine = StateHarness.Start();
        var state = new KeyedState(engine.Node.State);
        var value = "1"u8.ToArray();
        Assert.True((await state.SetAsync("board:1", "a", value, new KeyedWriteOptions { Condition = KeyedWriteCondition.IfNew, ExpectedOffset = 0 }, s_none)).IsWritten);
        Assert.Equal("key_exists", (await state.SetAsync("board:1", "a", value, new KeyedWriteOptions { Condition = KeyedWriteCondition.IfNew }, s_none)).SuppressReason);
        Assert.Equal("key_not_found", (await state.SetAsync("board:1", "b", value, new KeyedWriteOptions { Condition = KeyedWriteCondition.IfExists }, s_none)).SuppressReason);
        Assert.Equal("position_mismatch", (await state.SetAsync("board:1", "a", value, new KeyedWriteOptions { ExpectedOffset = 0 }, s_none)).SuppressReason);
        Assert.Equal(102u, (await state.SetAsync("nowhere:1", "a", value, cancellationToken: s_none)).Error!.Code);
        Assert.Equal(107u, (await state.SetAsync("room", "a", value, cancellationToken: s_none)).Error!.Code);
        Assert.Equal(107u, (await state.ReadAsync("room", cancellationToken: s_none)).Error!.Code);
        Assert.Null(await state.ClearAsync("board:1", s_none));
        Assert.Empty((await state.ReadAsync("board:1", cancellationToken: s_none)).Entries);
    }

    [Fact]
    public async Task Pages_follow_each_other_by_cursor()
    {
        await using var engine = StateHarness.Start();
        var state = new KeyedState(engine.Node.State);
        engine.WriteMany("cursors:1", 25);
        var keys = new List<string>();
        var cursor = "";
        do
        {
            var page = await state.ReadAsync("cursors:1", limit: 10, cursor, s_none);
            keys.AddRange(page.Entries.Select(static entry => entry.Key));
            cursor = page.Cursor;
        }
        while (cursor.Length > 0);
        Assert.Equal(25, keys.Distinct().Count());
    }

    [Fact]
    public async Task A_value_can_be_given_as_an_object()
    {
        await using var engine = StateHarness.Start();
        var state = new KeyedState(engine.Node.State);
        var type = (System.Text.Json.Serialization.Metadata.JsonTypeInfo<int[]>)JsonSerializerOptions.Web.GetTypeInfo(typeof(int[]));
        await state.SetAsync("board:1", "a", [1, 2], type, cancellationToken: s_none);
        Assert.Equal("[1,2]", System.Text.Encoding.UTF8.GetString(Assert.Single((await state.ReadAsync("board:1", cancellationToken: s_none)).Entries).Data.Span));
    }
}
