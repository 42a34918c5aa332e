using Starling.Protocol;
using Starling.TestKit;

namespace Starling.Tests.Connections;

/// <summary>How a node lets its clients go (F02, F05, F08).</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task F02_Closes_are_spread_evenly_over_a_second_for_every_thousand()
    {
        await using var engine = Start();
        var peers = Enumerable.Range(0, 2000).Select(_ => engine.Connect()).ToArray();
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);

        var told = peers.Count(IsTold);
        for (var elapsed = TimeSpan.Zero; told < peers.Length; elapsed += s_step)
        {
            Assert.InRange(elapsed.TotalSeconds, 0, 2);
            engine.Time.Advance(s_step);
            var now = peers.Count(IsTold);
            Assert.InRange(now - told, 40, 60);
            told = now;
        }
        Assert.All(peers, static peer => Assert.Equal(Disconnects.Shutdown, peer.ClosedWith));
        foreach (var peer in peers) peer.Drop();
        await FinishAsync(engine, stopping);
    }

    [Fact]
    public async Task F02_Nobody_is_taken_in_any_more_from_the_first_moment_on()
    {
        await using var engine = Start();
        var peers = Enumerable.Range(0, 3000).Select(_ => engine.Connect()).ToArray();
        Assert.True(engine.Node.HasRoom);
        engine.Node.CloseDoor();
        Assert.False(engine.Node.HasRoom);
        Assert.False(engine.Open().IsAdmitted);
        Assert.DoesNotContain(peers, IsTold);   // the door is closed, nobody was sent away yet
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        Assert.InRange(Enumerable.Range(0, 100).Select(_ => engine.Node.RetryAfterSeconds).Distinct().Count(), 3, 6);
        Assert.InRange(engine.Node.RetryAfterSeconds, 1, 8);
        foreach (var peer in peers) peer.Drop();
        await FinishAsync(engine, stopping);
    }

    [Fact]
    public async Task F02_Until_its_turn_a_connection_works_and_what_was_acknowledged_is_delivered_before_the_close()
    {
        await using var engine = Start();
        var peers = Enumerable.Range(0, 1000).Select(_ => engine.Subscribe("room")).ToArray();
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        var acknowledged = new List<string>();
        for (var i = 0; peers.Any(static peer => !IsTold(peer)); i++)
        {
            var publisher = Array.Find(peers, static peer => !IsTold(peer))!;
            publisher.Send(new Command { Id = 3, Publish = new PublishRequest { Channel = "room", Data = System.Text.Encoding.UTF8.GetBytes($"{i}") } });
            Assert.Contains(publisher.Received, static reply => reply.Publish is not null);
            acknowledged.Add($"{i}");
            engine.Time.Advance(s_step);
        }
        Assert.True(acknowledged.Count > 15);
        var most = 0;
        foreach (var peer in peers)
        {
            var received = peer.TakePublications();
            Assert.Equal(acknowledged.Take(received.Length), received);   // all that was published until its close, in order
            most = Math.Max(most, received.Length);
        }
        Assert.Equal(acknowledged.Count, most);
        foreach (var peer in peers) peer.Drop();
        await FinishAsync(engine, stopping);
    }

    [Fact]
    public async Task F08_A_command_in_work_is_waited_for_and_answered()
    {
        await using var engine = Start();
        var working = new TaskCompletionSource<RpcResult>();
        engine.Handlers.Rpc["slow"] = _ => new ValueTask<RpcResult>(working.Task);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Rpc = new RpcRequest { Method = "slow" } });
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(peer.ClosedWith);
        working.SetResult(RpcResult.Ok("1"u8.ToArray()));
        engine.Time.Advance(s_step);
        Assert.NotNull(peer.Take().Rpc);
        Assert.Equal(Disconnects.Shutdown, peer.ClosedWith);
        peer.Drop();
        await FinishAsync(engine, stopping);
    }

    [Fact]
    public async Task F08_A_handler_that_never_returns_does_not_hold_up_the_end()
    {
        await using var engine = Start();
        engine.Handlers.Rpc["never"] = static _ => new ValueTask<RpcResult>(new TaskCompletionSource<RpcResult>().Task);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Rpc = new RpcRequest { Method = "never" } });
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        engine.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(Disconnects.Shutdown, peer.ClosedWith);
        peer.Drop();
        await FinishAsync(engine, stopping);
    }

    [Fact]
    public async Task F02_A_peer_that_never_answers_is_dropped_when_the_time_is_over()
    {
        await using var engine = Start();
        var peer = engine.Connect();
        using var patience = new CancellationTokenSource();
        var stopping = engine.Node.StopAsync(patience.Token);
        Assert.False(peer.WasAborted);
        await patience.CancelAsync();
        await stopping;
        Assert.True(peer.WasAborted);
    }

    [Fact]
    public async Task F02_Who_has_not_gone_three_seconds_after_all_were_told_is_dropped()
    {
        await using var engine = Start();
        var peers = Enumerable.Range(0, 1000).Select(_ => engine.Connect()).ToArray();
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        engine.Time.Advance(TimeSpan.FromSeconds(3.9));
        Assert.DoesNotContain(peers, static peer => peer.WasAborted);
        engine.Time.Advance(TimeSpan.FromSeconds(0.2));   // and no further: what follows may take the machine as long as it likes
        await Eventually.IsTrueAsync(() => peers.All(static peer => peer.WasAborted), "all to be dropped");
        await FinishAsync(engine, stopping);
    }

    [Fact]
    public async Task Who_asks_for_it_is_told_how_long_to_wait_and_others_read_the_word_they_know()
    {
        await using var engine = Start();
        var others = Enumerable.Range(0, 1999).Select(_ => engine.Connect()).ToArray();
        var asking = engine.Open();
        asking.Send(new Command { Id = 1, Connect = new ConnectRequest { Headers = new() { ["starling-advice"] = "1" } } });
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        engine.Time.Advance(TimeSpan.FromSeconds(3));
        // It stands alone: back after the window, spread as the closes were.
        Assert.Equal(Disconnects.Shutdown with { Reason = "shutdown retry=2000" }, asking.ClosedWith);
        Assert.All(others, static peer => Assert.Equal("shutdown", peer.ClosedWith!.Value.Reason));
        foreach (var peer in others.Append(asking)) peer.Drop();
        await FinishAsync(engine, stopping);
    }

    [Theory]
    [InlineData(0, 30, 0)]
    [InlineData(1, 30, 1)]
    [InlineData(10, 30, 3)]   // a second for every thousand
    [InlineData(10, 4, 2)]    // half of the timeout
    public async Task The_window_is_bounded_by_number_option_and_timeout(int spreadSeconds, int timeoutSeconds, int windowSeconds)
    {
        await using var engine = new EngineHarness(options =>
        {
            options.Client.PingInterval = TimeSpan.Zero;
            options.Shutdown.Spread = TimeSpan.FromSeconds(spreadSeconds);
            options.Shutdown.Timeout = TimeSpan.FromSeconds(timeoutSeconds);
        });
        var peers = Enumerable.Range(0, 3000).Select(_ => engine.Open()).ToArray();
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        if (windowSeconds > 0)
        {
            engine.Time.Advance(TimeSpan.FromSeconds(windowSeconds) - (2 * s_step));
            Assert.Contains(peers, static peer => !IsTold(peer));
            engine.Time.Advance(2 * s_step);
        }
        Assert.All(peers, static peer => Assert.True(IsTold(peer)));
        foreach (var peer in peers) peer.Drop();
        await FinishAsync(engine, stopping);
    }

    private static EngineHarness Start() => new(static options => options.Client.PingInterval = TimeSpan.Zero);

    private static bool IsTold(TestPeer peer) => peer.ClosedWith is not null;

    private static async Task FinishAsync(EngineHarness engine, Task stopping)
    {
        for (var i = 0; i < 100 && !stopping.IsCompleted; i++)
        {
            engine.Time.Advance(s_step);
            await Task.Yield();
        }
        await stopping.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }
}
