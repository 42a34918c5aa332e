using Microsoft.AspNetCore.Http;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Connections;

namespace Starling.Tests.Hooks;

/// <summary>What may go wrong between the server and a back end, and what goes along.</summary>
public sealed class BackEndTests
{
    private static void AskForCalls(StarlingOptions options)
    {
        options.Rpc.WithoutNamespace.ProxyEnabled = true;
        options.Rpc.WithoutNamespace.ProxyName = "stub";
    }

    private static Command Call { get; } = new() { Id = 4, Rpc = new RpcRequest { Method = "x" } };

    private static async Task<TestPeer> ConnectedAsync(EngineHarness engine)
    {
        var peer = engine.Open();
        Assert.NotNull((await peer.ConnectAsync()).Connect);
        return peer;
    }

    [Fact]
    public async Task Checklist_119_No_answer_in_time_is_error_100()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Misbehave = static context => new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        await using var engine = HookHarness.Start(stub, AskForCalls);
        var peer = await ConnectedAsync(engine);
        await peer.SendAsync(Call);
        await stub.TakeAsync();
        Assert.Empty(peer.Received);
        engine.Time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the answer");
        Assert.Equal(ProtocolErrors.Internal, peer.Take().Error);
        Assert.Single(engine.Log.Warnings);
    }

    [Fact]
    public async Task A_back_end_that_is_not_there_is_error_100()
    {
        var stub = await BackEndStub.StartAsync();
        await using var engine = HookHarness.Start(stub, AskForCalls);
        await stub.DisposeAsync();
        var peer = await ConnectedAsync(engine);
        Assert.Equal(ProtocolErrors.Internal, (await peer.AskAsync(Call)).Error);
    }

    [Fact]
    public async Task A76_A_redirect_leads_nowhere()
    {
        await using var elsewhere = await BackEndStub.StartAsync();
        await using var stub = await BackEndStub.StartAsync();
        stub.Misbehave = context =>
        {
            context.Response.Redirect(elsewhere.Endpoint, permanent: false, preserveMethod: true);
            return Task.CompletedTask;
        };
        await using var engine = HookHarness.Start(stub, AskForCalls);
        var peer = await ConnectedAsync(engine);
        Assert.Equal(ProtocolErrors.Internal, (await peer.AskAsync(Call)).Error);
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_that_is_too_long_is_error_100(bool saysItsLength)
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Misbehave = async context =>
        {
            var body = new byte[2000];
            body.AsSpan().Fill((byte)' ');
            if (saysItsLength) context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        };
        await using var engine = HookHarness.Start(stub, static options =>
        {
            AskForCalls(options);
            options.Proxies[0].ResponseSizeMax = 1000;
        });
        var peer = await ConnectedAsync(engine);
        Assert.Equal(ProtocolErrors.Internal, (await peer.AskAsync(Call)).Error);
    }

    [Fact]
    public async Task A90_A_slow_back_end_is_asked_by_so_many_at_once_and_others_are_refused_at_once()
    {
        await using var stub = await BackEndStub.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stub.Misbehave = context => release.Task.WaitAsync(context.RequestAborted).ContinueWith(_ => context.Response.WriteAsync("{}"), TaskScheduler.Default).Unwrap();
        await using var engine = HookHarness.Start(stub, static options =>
        {
            AskForCalls(options);
            options.Proxies[0].Concurrency = 2;
            options.Proxies[0].QueueSize = 3;
        });
        var peers = new TestPeer[6];
        for (var i = 0; i < peers.Length; i++) peers[i] = await ConnectedAsync(engine);
        for (var i = 0; i < 5; i++) await peers[i].SendAsync(Call);
        await Eventually.IsTrueAsync(() => stub.Requests.Count == 2, "two requests");
        Assert.Equal(ProtocolErrors.Internal, (await peers[5].AskAsync(Call)).Error);
        await peers[0].SendAsync(new Command { Id = 9, Ping = new PingRequest() });   // waits behind the call; the connection still reads
        Assert.Equal(2, stub.Requests.Count);
        release.SetResult();
        foreach (var peer in peers[..5])
        {
            await Eventually.IsTrueAsync(() => peer.Received.Count > 0, "an answer");
            Assert.NotNull(peer.Take().Rpc);
        }
        Assert.Equal(5, stub.Requests.Count);
    }

    [Fact]
    public async Task Checklist_120_Only_headers_that_are_allowed_go_along_and_a_real_one_beats_an_emulated_one()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"user":"1"}}""";
        await using var engine = HookHarness.Start(stub, static options =>
        {
            options.AskForConnect();
            var proxy = options.Client.Proxy.Connect;
            proxy.HttpHeaders = ["cookie", "X-Real"];
            proxy.EmulatedHeaders = ["X-Emulated", "X-Real", "X-Static"];
            proxy.Http.StaticHeaders["X-Static"] = "fixed";
            proxy.Http.StaticHeaders["X-Own"] = "own";
        });
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = "session=canary-cookie";
        context.Request.Headers["X-Real"] = "real";
        context.Request.Headers["X-Secret"] = "canary-header";
        context.Request.Headers.Authorization = "Bearer canary-bearer";
        var peer = new TestPeer(engine.Node, Wire.Json, context);
        await peer.ConnectAsync(new ConnectRequest
        {
            Headers = new() { ["x-emulated"] = "e", ["X-Real"] = "forged", ["X-Static"] = "changed", ["X-Other"] = "no", ["X-Emulated"] = "a\r\nX-Injected: b" },
        });
        var headers = (await stub.TakeAsync()).Headers;
        Assert.Equal("session=canary-cookie", headers["Cookie"]);
        Assert.Equal("real", headers["X-Real"]);
        Assert.Equal("e", headers["X-Emulated"]);
        Assert.Equal("changed", headers["X-Static"]);
        Assert.Equal("own", headers["X-Own"]);
        Assert.DoesNotContain("X-Secret", headers.Keys);
        Assert.DoesNotContain("Authorization", headers.Keys);
        Assert.DoesNotContain("X-Other", headers.Keys);
        Assert.DoesNotContain("X-Injected", headers.Keys);
    }

    [Fact]
    public async Task A67_A_failing_back_end_puts_nothing_of_a_client_into_the_log()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"canary-answer":""";
        await using var engine = HookHarness.Start(stub, static options =>
        {
            options.AskForConnect();
            options.Client.Proxy.Connect.HttpHeaders = ["Cookie"];
            options.Client.Proxy.Connect.Http.StaticHeaders["X-Key"] = "canary-static";
            options.Client.Proxy.Connect.Endpoint += "?key=canary-query";
        });
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = "session=canary-cookie";
        var peer = new TestPeer(engine.Node, Wire.Json, context);
        await peer.ConnectAsync(new ConnectRequest { Data = "\"canary-data\""u8.ToArray() });
        Assert.Contains("canary-data", (await stub.TakeAsync()).Text, StringComparison.Ordinal);
        var line = Assert.Single(engine.Log.Warnings);
        Assert.DoesNotContain("canary", line, StringComparison.Ordinal);
        Assert.EndsWith("since the last line: 1.", line, StringComparison.Ordinal);   // itself
    }
}
