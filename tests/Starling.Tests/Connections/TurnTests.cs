using System.Text;
using Starling.Protocol;

namespace Starling.Tests.Connections;

/// <summary>A client that has many commands run gives way to the others (reliability A46, A47, A90).</summary>
public sealed class TurnTests
{
    private const int Turn = 16;

    private readonly Queue<IThreadPoolWorkItem> _waiting = new();

    [Fact]
    public async Task A47_A_thousand_commands_in_one_frame_do_not_keep_others_waiting()
    {
        await using var engine = new EngineHarness(schedule: _waiting.Enqueue);
        var (greedy, modest) = (engine.Connect(), engine.Connect());
        engine.Time.Advance(TimeSpan.FromSeconds(1));

        var taken = greedy.SendAsync([.. Pings(1000)]);
        Assert.False(taken.IsCompleted);   // nothing else is read
        Assert.InRange(greedy.Received.Count, 1, 2 * Turn);
        modest.Send(new Command { Id = 2, Ping = new PingRequest() });
        Assert.Single(modest.TakeAll());

        Assert.InRange(RunAll(greedy), (1000 / Turn) - 2, 1000 / Turn);
        Assert.True(taken.IsCompletedSuccessfully);
        greedy.Connection.Flush();
        Assert.Equal(Enumerable.Range(2, 1000), greedy.TakeAll().Select(static reply => (int)reply.Id));
    }

    [Fact]
    public async Task A46_A_thousand_frames_at_once_are_run_in_turns_too_and_answered_in_few_writes()
    {
        await using var engine = new EngineHarness(schedule: _waiting.Enqueue);
        var greedy = engine.Connect();
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var (writes, turns) = (greedy.Writes, 0);
        foreach (var command in Pings(1000))
        {
            var taken = greedy.Connection.Commands.OnFrameAsync(Encoding.UTF8.GetBytes($$"""{"id":{{command.Id}},"ping":{} }"""));
            if (!taken.IsCompleted) turns += RunAll(greedy);
            Assert.True(taken.IsCompletedSuccessfully);
        }
        Assert.InRange(turns, (1000 / Turn) - 2, 1000 / Turn);
        greedy.Connection.Flush();
        Assert.Equal(Enumerable.Range(2, 1000), greedy.TakeAll().Select(static reply => (int)reply.Id));
        Assert.InRange(greedy.Writes - writes, turns, (2 * turns) + 1);
    }

    [Fact]
    public async Task A90_Commands_behind_one_that_waits_are_run_in_turns_too()
    {
        await using var engine = new EngineHarness(schedule: _waiting.Enqueue);
        var gate = AddSlow(engine);
        var greedy = engine.Connect();
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        greedy.Send([new Command { Id = 1002, Rpc = new RpcRequest { Method = "slow" } }, .. Pings(1000)]);
        Assert.Empty(greedy.Received);
        gate.SetResult();
        Assert.InRange(RunAll(greedy), (1000 / Turn) - 2, 1000 / Turn);
        Assert.Equal([1002, .. Enumerable.Range(2, 1000)], greedy.TakeAll().Select(static reply => (int)reply.Id));
        Assert.False(greedy.Connection.Commands.IsBusy);
    }

    [Fact]
    public async Task A90_A_command_that_takes_time_behind_a_burst_holds_up_neither_the_answers_before_it_nor_the_reading()
    {
        await using var engine = new EngineHarness(schedule: _waiting.Enqueue);
        var gate = AddSlow(engine);
        var peer = engine.Connect();
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var taken = peer.SendAsync([.. Pings(100), new Command { Id = 1002, Rpc = new RpcRequest { Method = "slow" } }]);
        Assert.False(taken.IsCompleted);
        RunAll(peer);
        Assert.Equal(Enumerable.Range(2, 100), peer.TakeAll().Select(static reply => (int)reply.Id));
        Assert.True(taken.IsCompletedSuccessfully);
        Assert.True(peer.Connection.Commands.IsBusy);
        gate.SetResult();
        Assert.Equal(1002u, peer.Take().Id);
    }

    /// <summary>Time in which it works leaves nobody room: signatures to verify, for instance.</summary>
    [Fact]
    public async Task A45_Commands_that_are_expensive_give_way_one_by_one()
    {
        await using var engine = new EngineHarness(schedule: _waiting.Enqueue);
        engine.Handlers.Rpc["work"] = _ =>
        {
            engine.Time.Advance(TimeSpan.FromMilliseconds(2));
            return ValueTask.FromResult(RpcResult.Ok());
        };
        var greedy = engine.Connect();
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var taken = greedy.SendAsync([.. Enumerable.Range(2, 100).Select(static id => new Command { Id = (uint)id, Rpc = new RpcRequest { Method = "work" } })]);
        Assert.InRange(RunAll(greedy), 98, 100);
        Assert.True(taken.IsCompletedSuccessfully);
        greedy.Connection.Flush();
        Assert.Equal(Enumerable.Range(2, 100), greedy.TakeAll().Select(static reply => (int)reply.Id));
    }

    [Fact]
    public async Task A_client_that_sends_many_commands_over_time_never_waits()
    {
        await using var engine = new EngineHarness(schedule: _waiting.Enqueue);
        var peer = engine.Connect();
        foreach (var command in Pings(1000))
        {
            engine.Time.Advance(TimeSpan.FromMilliseconds(1));
            peer.Send(command);
            Assert.Equal(command.Id, peer.Take().Id);
        }
        Assert.Empty(_waiting);
    }

    [Fact]
    public async Task What_waits_for_its_turn_is_not_run_once_the_connection_is_closed()
    {
        await using var engine = new EngineHarness(schedule: _waiting.Enqueue);
        var calls = 0;
        engine.Handlers.Rpc["count"] = _ =>
        {
            calls++;
            return ValueTask.FromResult(RpcResult.Ok());
        };
        var peer = engine.Connect();
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        var taken = peer.SendAsync([.. Enumerable.Range(2, 100).Select(static id => new Command { Id = (uint)id, Rpc = new RpcRequest { Method = "count" } })]);
        var before = calls;
        Assert.InRange(before, 1, 2 * Turn);
        peer.Connection.Disconnect(Disconnects.ForceNoReconnect);
        RunAll(peer);
        Assert.Equal(before, calls);
        Assert.True(taken.IsCompletedSuccessfully);
    }

    private static IEnumerable<Command> Pings(int count) =>
        Enumerable.Range(2, count).Select(static id => new Command { Id = (uint)id, Ping = new PingRequest() });

    /// <returns>Lets the method "slow" answer.</returns>
    private static TaskCompletionSource AddSlow(EngineHarness engine)
    {
        var gate = new TaskCompletionSource();
        engine.Handlers.Rpc["slow"] = async _ =>
        {
            await gate.Task;
            return RpcResult.Ok();
        };
        return gate;
    }

    /// <returns>How many turns there were, each of which ran no more than it may.</returns>
    private int RunAll(TestPeer peer)
    {
        var turns = 0;
        for (; _waiting.TryDequeue(out var item); turns++)
        {
            var before = peer.Received.Count;
            item.Execute();
            Assert.InRange(peer.Received.Count - before, 0, Turn);
        }
        return turns;
    }
}
