using System.Text;
using Starling.Protocol;
using Starling.Tests.Connections;
using Starling.Tests.Hooks;

namespace Starling.Tests.Handlers;

/// <summary>The application decides over calls and messages, whoever answers them.</summary>
public sealed class PolicyTests
{
    private static readonly Disconnect s_goAway = new(4500, "go away");

    private static Command Rpc(string method, string data = "1") =>
        new() { Id = 9, Rpc = new RpcRequest { Method = method, Data = Encoding.UTF8.GetBytes(data) } };

    private static uint Call(TestPeer peer, string method, string data = "1")
    {
        peer.Send(Rpc(method, data));
        return peer.TakeAll().Single(static reply => reply.Id == 9).Error?.Code ?? 0;
    }

    [Fact]
    public async Task A_call_that_is_refused_reaches_nobody()
    {
        await using var engine = new EngineHarness();
        var called = new List<string>();
        foreach (var method in new[] { "read", "write" })
        {
            engine.Handlers.Rpc[method] = context =>
            {
                called.Add(context.Method);
                return ValueTask.FromResult(RpcResult.Ok(context.Data));
            };
        }
        engine.Handlers.Calling = static context => ValueTask.FromResult(
            context is { Method: "read", User: "", Data.Length: 1 } ? CallingResult.Accept() : CallingResult.Refuse(new ProtocolError(1000, "not you")));
        var peer = engine.Connect();
        Assert.Equal((0u, 1000u, 1000u), (Call(peer, "read"), Call(peer, "write"), Call(peer, "read", "22")));
        Assert.Equal(["read"], called);
    }

    [Fact]
    public async Task A_policy_may_take_its_time_and_the_call_goes_on_with_its_argument()
    {
        await using var engine = new EngineHarness();
        var decision = new TaskCompletionSource<CallingResult>();
        engine.Handlers.Rpc["echo"] = static context => ValueTask.FromResult(RpcResult.Ok(context.Data));
        engine.Handlers.Calling = _ => new ValueTask<CallingResult>(decision.Task);
        var peer = engine.Connect();
        peer.Send(Rpc("echo", """{"a":1}"""));
        Assert.Empty(peer.Received);
        decision.SetResult(CallingResult.Accept());
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the answer");
        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(peer.Take().Rpc!.Data.Span));
    }

    [Fact]
    public async Task A74_Who_is_evicted_while_a_policy_decides_calls_nobody()
    {
        await using var engine = new EngineHarness();
        var decision = new TaskCompletionSource<CallingResult>();
        var calls = 0;
        engine.Handlers.Rpc["pay"] = _ =>
        {
            calls++;
            return ValueTask.FromResult(RpcResult.Ok());
        };
        engine.Handlers.Calling = _ => new ValueTask<CallingResult>(decision.Task);
        var peer = engine.Connect();
        peer.Send(Rpc("pay"));
        peer.Connection.Evict(Disconnects.InvalidToken);
        decision.SetResult(CallingResult.Accept());
        await TestKit.Eventually.IsTrueAsync(() => !peer.Connection.Commands.IsBusy, "the end of the call");
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task A_policy_may_close_the_connection_and_one_that_fails_allows_nothing()
    {
        await using var engine = new EngineHarness();
        var calls = 0;
        engine.Handlers.Rpc["pay"] = _ =>
        {
            calls++;
            return ValueTask.FromResult(RpcResult.Ok());
        };
        engine.Handlers.Calling = static _ => throw new InvalidOperationException("a bug of the application");
        Assert.Equal(100u, Call(engine.Connect(), "pay"));
        engine.Log.Errors.Clear();   // it is told, as it should be
        engine.Handlers.Calling = static _ => ValueTask.FromResult(CallingResult.Close(s_goAway));
        var peer = engine.Connect();
        peer.Send(Rpc("pay"));
        Assert.Equal(s_goAway, peer.ClosedWith);
        Assert.Equal(0, calls);
    }

    [Fact]
    public async Task A_call_that_is_sent_again_is_decided_about_again_even_if_its_answer_is_known()
    {
        await using var engine = new EngineHarness();
        var isAllowed = true;
        var asked = new List<string>();
        engine.Handlers.Rpc["pay"] = static _ => ValueTask.FromResult(RpcResult.Ok("42"u8.ToArray()));
        engine.Handlers.Calling = context =>
        {
            asked.Add($"{context.Method} {Encoding.UTF8.GetString(context.Data.Span)}");
            return ValueTask.FromResult(isAllowed ? CallingResult.Accept() : CallingResult.Refuse(ProtocolErrors.PermissionDenied));
        };
        var peer = engine.Connect();
        const string Argument = """{"method":"pay","id":"m1","data":{"amount":1}}""";
        Assert.Equal(0u, Call(peer, "starling.call", Argument));
        isAllowed = false;
        Assert.Equal(103u, Call(peer, "starling.call", Argument));
        Assert.Equal(["""pay {"amount":1}""", """pay {"amount":1}"""], asked);
    }

    [Fact]
    public async Task Methods_nobody_answers_and_the_servers_own_are_not_asked_about()
    {
        await using var engine = new EngineHarness(static options => options.Rpc.Ping.Enabled = true);
        engine.Handlers.Calling = static _ => ValueTask.FromResult(CallingResult.Refuse(new ProtocolError(1000, "not you")));
        var peer = engine.Connect();
        Assert.Equal(104u, Call(peer, "unknown"));
        Assert.Equal(0u, Call(peer, new RpcPingOptions().Method));
        Assert.Equal(0u, Call(peer, "starling.publish", """{"channel":"a","id":"m1","data":1}"""));
    }

    [Fact]
    public async Task A_call_a_back_end_answers_is_decided_about_before_it_is_asked()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"data":3}}""";
        await using var engine = HookHarness.Start(stub, static options => (options.Rpc.WithoutNamespace.ProxyEnabled, options.Rpc.WithoutNamespace.ProxyName) = (true, "stub"));
        engine.Handlers.Calling = static context => ValueTask.FromResult(
            context.Method == "sum" ? CallingResult.Accept() : CallingResult.Refuse(ProtocolErrors.PermissionDenied));
        var peer = engine.Open();
        Assert.NotNull((await peer.ConnectAsync()).Connect);
        Assert.Equal(103u, (await peer.AskAsync(Rpc("drop"))).Error!.Code);
        Assert.Equal("3", Encoding.UTF8.GetString((await peer.AskAsync(Rpc("sum"))).Rpc!.Data.Span));
        Assert.Equal("sum", (await stub.TakeAsync()).Json["method"]!.GetValue<string>());   // the first it was asked about
    }

    [Fact]
    public async Task A_message_may_end_the_connection_of_who_sent_it()
    {
        await using var engine = new EngineHarness();
        engine.Handlers.Message = static context => ValueTask.FromResult<MessageResult?>(
            context.Data.Length == 1 ? MessageResult.Accept() : MessageResult.Close(s_goAway));
        var peer = engine.Connect();
        peer.Send(new Command { Send = new SendRequest { Data = "1"u8.ToArray() } });
        Assert.Null(peer.ClosedWith);
        peer.Send(new Command { Send = new SendRequest { Data = "22"u8.ToArray() } });
        Assert.Equal(s_goAway, peer.ClosedWith);
        Assert.Empty(peer.Received);
    }
}
