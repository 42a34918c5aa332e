using System.Text;
using Starling.Protocol;
using Starling.Tests.Connections;
using Starling.Transports.Http;

namespace Starling.Tests.Transports;

/// <summary>What is run once, what is run again, and that both are answered.</summary>
public sealed class EmulatedSessionTests
{
    private const string Publish = """{"id":7,"publish":{"channel":"room","data":1}}""";

    private static EngineHarness Start() => new(static options => options.Client.PingInterval = TimeSpan.Zero);

    [Theory]
    [InlineData(Publish)]
    [InlineData(Publish + "\n" + """{"send":{"data":2}}""")]
    [InlineData("""{"send":{"data":2}}""" + "\n" + Publish + "\n" + """{"id":8,"rpc":{"method":"none"}}""")]
    public async Task A84_A_batch_that_comes_again_is_answered_and_not_run(string batch)
    {
        await using var engine = Start();
        var messages = 0;
        engine.Handlers.Message = _ =>
        {
            messages++;
            return default;
        };
        var peer = engine.Connect();
        var reader = engine.Subscribe("room");
        var session = new EmulatedSession(engine.Node, peer.Connection, Task.CompletedTask);
        await TakeAsync(session, batch);
        var answered = peer.TakeAll().ConvertAll(static reply => reply.Id);
        await TakeAsync(session, batch);
        var again = peer.TakeAll();
        Assert.Equal(answered, again.ConvertAll(static reply => reply.Id));
        Assert.All(again, static reply => Assert.Equal(ProtocolErrors.BadRequest.Code, reply.Error?.Code));
        Assert.Equal(["1"], reader.TakePublications());
        Assert.InRange(messages, 0, 1);
        Assert.Null(peer.ClosedWith);
    }

    [Fact]
    public async Task A_client_may_use_a_number_again()
    {
        await using var engine = Start();
        var peer = engine.Connect();
        var reader = engine.Subscribe("room");
        var session = new EmulatedSession(engine.Node, peer.Connection, Task.CompletedTask);
        await TakeAsync(session, Publish);
        await TakeAsync(session, Publish.Replace("1}", "2}", StringComparison.Ordinal));
        engine.Time.Advance(TimeSpan.FromSeconds(31));
        await TakeAsync(session, Publish);
        Assert.All(peer.TakeAll(), static reply => Assert.Null(reply.Error));
        Assert.Equal(["1", "2", "1"], reader.TakePublications());
    }

    [Fact]
    public async Task A84_What_comes_again_while_it_is_in_work_is_answered_behind_it_however_long_that_takes()
    {
        await using var engine = Start();
        var answer = new TaskCompletionSource<RpcResult>();
        var calls = 0;
        engine.Handlers.Rpc["slow"] = _ =>
        {
            calls++;
            return new ValueTask<RpcResult>(answer.Task);
        };
        var peer = engine.Connect();
        var session = new EmulatedSession(engine.Node, peer.Connection, Task.CompletedTask);
        await TakeAsync(session, """{"id":7,"rpc":{"method":"slow"}}""");
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await TakeAsync(session, """{"id":7,"rpc":{"method":"slow"}}""");
        Assert.Empty(peer.Received);
        answer.SetResult(RpcResult.Ok("1"u8.ToArray()));
        await TestKit.Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the answers");
        Assert.Equal([null, ProtocolErrors.BadRequest.Code], peer.TakeAll().ConvertAll(static reply => reply.Error?.Code));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_batch_that_comes_while_the_first_frame_is_run_waits_for_it()
    {
        await using var engine = Start();
        var peer = engine.Connect();
        var opening = new TaskCompletionSource();
        var session = new EmulatedSession(engine.Node, peer.Connection, opening.Task);
        var taken = TakeAsync(session, Publish);
        Assert.Empty(peer.Received);
        opening.SetResult();
        await taken;
        Assert.Equal(7u, peer.Take().Id);
    }

    [Theory]
    [InlineData("""{"id":7,"ping":{}}""" + "\n" + """{"id":8,"ping":{}}""")]
    [InlineData(Publish + "\n" + """{"id":8,"publish":{"channel":"room","data":2}}""")]
    public async Task A47_What_is_sent_again_counts_again_until_it_is_refused_and_the_connection_closed(string batch)
    {
        await using var engine = Limited(static limits => limits.Commands = new RateOptions { Rate = 4 });
        var peer = engine.Connect();
        var session = new EmulatedSession(engine.Node, peer.Connection, Task.CompletedTask);
        for (var i = 0; i < 3; i++) await TakeAsync(session, batch);
        Assert.Equal([0, 0, 107, 107, 111, 111], Codes(peer));
        for (var i = 0; i < 100; i++) await TakeAsync(session, batch);
        Assert.Equal(Disconnects.TooManyRequests, peer.ClosedWith);
        Assert.InRange(peer.Received.Count, 1, engine.Node.Options.Client.RateLimit.DisconnectAfter);
    }

    [Fact]
    public async Task A47_What_is_sent_again_counts_as_its_kind_and_by_its_bytes()
    {
        var batch = $$$"""{"id":7,"publish":{"channel":"room","data":"{{{new string('x', 400)}}}"}}""";
        await using var counted = Limited(static limits => limits.Publish = new RateOptions { Rate = 2 });
        await using var weighed = Limited(static limits => limits.Bytes = new RateOptions { Rate = 1_000 });
        foreach (var engine in new[] { counted, weighed })
        {
            var peer = engine.Connect();
            var session = new EmulatedSession(engine.Node, peer.Connection, Task.CompletedTask);
            for (var i = 0; i < 3; i++) await TakeAsync(session, batch);
            Assert.Equal([0, 107, 111], Codes(peer));
        }
    }

    [Fact]
    public async Task A46_An_unsubscribe_that_comes_again_over_the_limit_ends_no_newer_subscription()
    {
        await using var engine = Limited(static limits => limits.Commands = new RateOptions { Rate = 3 });
        var peer = engine.Connect();
        var session = new EmulatedSession(engine.Node, peer.Connection, Task.CompletedTask);
        const string Unsubscribe = """{"id":7,"unsubscribe":{"channel":"room"}}""";
        await TakeAsync(session, """{"id":6,"subscribe":{"channel":"room"}}""");
        await TakeAsync(session, Unsubscribe);
        await TakeAsync(session, """{"id":8,"subscribe":{"channel":"room"}}""");
        await TakeAsync(session, Unsubscribe);
        Assert.Equal([0, 0, 0, 111], Codes(peer));
        Assert.NotNull(peer.Connection.FindSubscription("room"));
    }

    [Fact]
    public async Task A47_Pongs_behind_a_command_that_comes_again_count_too()
    {
        await using var engine = Limited(static limits => limits.Commands = new RateOptions { Rate = 30 });
        var peer = engine.Connect(session: "s");
        var session = new EmulatedSession(engine.Node, peer.Connection, Task.CompletedTask);
        var batch = Publish + string.Concat(Enumerable.Repeat("\n{}", 10));
        await TakeAsync(session, batch);
        await TakeAsync(session, batch);
        Assert.Null(peer.ClosedWith);
        await TakeAsync(session, batch);
        Assert.Equal(Disconnects.TooManyRequests, peer.ClosedWith);
        Assert.Equal([0, 107, 107], Codes(peer));
    }

    private static EngineHarness Limited(Action<RateScopeOptions> limit) => new(options =>
    {
        options.Client.PingInterval = TimeSpan.Zero;
        limit(options.Client.RateLimit.Connection);
    });

    private static int[] Codes(TestPeer peer) => [.. peer.TakeAll().Select(static reply => (int)(reply.Error?.Code ?? 0))];

    private static Task TakeAsync(EmulatedSession session, string batch) => session.TakeAsync(Encoding.UTF8.GetBytes(batch));
}
