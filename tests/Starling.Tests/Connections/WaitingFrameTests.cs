using System.Text;
using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Connections;

/// <summary>What waits behind a command in work, and when no more is read.</summary>
public sealed class WaitingFrameTests
{
    private static Command Rpc(uint id, string method, string data = "null") =>
        new() { Id = id, Rpc = new RpcRequest { Method = method, Data = Encoding.UTF8.GetBytes(data) } };

    [Fact]
    public async Task A90_Reading_pauses_when_too_many_commands_wait_behind_a_slow_handler_and_goes_on_afterwards()
    {
        await using var engine = new EngineHarness(static options => options.Client.CommandsInWorkMax = 4);
        var gate = new TaskCompletionSource();
        engine.Handlers.Rpc["slow"] = async _ =>
        {
            await gate.Task;
            return RpcResult.Ok();
        };
        var peer = engine.Connect();
        peer.Send(Rpc(2, "slow"));
        for (uint id = 3; id < 6; id++) peer.Send(Rpc(id, "none"));
        var paused = peer.SendAsync(Rpc(6, "none"));
        Assert.False(paused.IsCompleted);
        gate.SetResult();
        await paused;
        Assert.Equal([2u, 3u, 4u, 5u, 6u], peer.TakeAll().Select(static reply => reply.Id));
    }

    [Fact]
    public async Task A10_Behind_a_connect_that_is_being_decided_one_frame_waits_and_no_more_is_read()
    {
        await using var engine = new EngineHarness();
        var decision = new TaskCompletionSource<ConnectingResult>();
        engine.Handlers.Connecting = _ => new ValueTask<ConnectingResult>(decision.Task);
        var gate = new TaskCompletionSource<RpcResult>();
        engine.Handlers.Rpc["slow"] = _ => new ValueTask<RpcResult>(gate.Task);
        var peer = engine.Open();
        peer.Send(new Command { Id = 1, Connect = new ConnectRequest() });
        var paused = peer.SendAsync(Rpc(2, "slow"));
        Assert.False(paused.IsCompleted);
        decision.SetResult(ConnectingResult.Accept("42"));
        await paused;
        await Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the answer to connect");
        for (uint id = 3; id < 10; id++) peer.Send(Rpc(id, "none"));   // connected, it may have as many as ever
        gate.SetResult(RpcResult.Ok());
        await Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the answers");
        Assert.Equal([1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u], peer.TakeAll().Select(static reply => reply.Id));
    }
}
