using System.Text;
using Starling.Protocol;

namespace Starling.Tests.Connections;

/// <summary>What a client may send again without its being done twice: <c>starling.publish</c> and <c>starling.call</c> (I1, I4).</summary>
public sealed class RepeatableCallTests
{
    private static void Kept(StarlingOptions options)
    {
        options.Channel.WithoutNamespace.HistorySize = 100;
        options.Channel.WithoutNamespace.HistoryTtl = TimeSpan.FromMinutes(10);
    }

    private static Reply Call(TestPeer peer, string method, string json)
    {
        peer.Send(new Command { Id = 9, Rpc = new RpcRequest { Method = method, Data = Encoding.UTF8.GetBytes(json) } });
        return peer.TakeAll().Single(static reply => reply.Id == 9);
    }

    private static string Result(Reply reply) => Encoding.UTF8.GetString(reply.Rpc!.Data.Span);

    [Theory]
    [InlineData(Wire.Json)]
    [InlineData(Wire.Protobuf)]
    public async Task I4_A_publish_sent_again_is_published_once_and_gets_the_first_result(Wire wire)
    {
        await using var engine = new EngineHarness(Kept);
        var reader = engine.Subscribe("room");
        var first = Call(engine.Connect(wire), "starling.publish", """{"channel":"room","id":"m1","data":{"text":"hi"}}""");
        engine.Publish("room", "2");
        // The client was cut off before it had the answer: another connection, the same message.
        var again = Call(engine.Connect(wire), "starling.publish", """{"data":{"text":"hi"},"id":"m1","channel":"room"}""");
        Assert.Equal(Result(first), Result(again));
        Assert.StartsWith("""{"offset":1,"epoch":""", Result(first), StringComparison.Ordinal);
        Assert.Equal(["""{"text":"hi"}""", "2"], reader.TakePublications());
    }

    [Fact]
    public async Task After_the_window_the_id_is_free_again()
    {
        await using var engine = new EngineHarness(Kept);
        const string Argument = """{"channel":"room","id":"m1","data":1}""";
        Call(engine.Connect(), "starling.publish", Argument);
        engine.Time.Advance(TimeSpan.FromMinutes(5));
        var reader = engine.Subscribe("room");
        Call(engine.Connect(), "starling.publish", Argument);
        Assert.Equal(["1"], reader.TakePublications());
    }

    [Fact]
    public async Task In_a_channel_without_history_it_is_published_once_too()
    {
        await using var engine = new EngineHarness();
        var reader = engine.Subscribe("room");
        var peer = engine.Connect();
        for (var i = 0; i < 3; i++) Assert.Equal("{}", Result(Call(peer, "starling.publish", """{"channel":"room","id":"m1","data":1}""")));
        Assert.Equal(["1"], reader.TakePublications());
    }

    [Fact]
    public async Task It_needs_the_permission_a_publish_needs()
    {
        await using var engine = new EngineHarness(static options =>
        {
            options.Client.Insecure = false;
            options.Client.AllowAnonymousConnectWithoutToken = true;
        });
        Assert.Equal(103u, Call(engine.Connect(), "starling.publish", """{"channel":"room","id":"m1","data":1}""").Error!.Code);
        Assert.Equal(102u, Call(engine.Connect(), "starling.publish", """{"channel":"no:room","id":"m1","data":1}""").Error!.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"channel":"room","data":1}""")]
    [InlineData("""{"id":"m1","data":1}""")]
    [InlineData("""{"channel":"room","id":7,"data":1}""")]
    [InlineData("""{"channel":"room","id":"m1","data":1""")]
    [InlineData("""{"channel":"room","id":"m1"}""")]
    [InlineData("""{"channel":"room","id":"m1","b64data":"%"}""")]
    [InlineData("""{"channel":"room","id":"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789","data":1}""")]
    public async Task A40_What_is_malformed_is_answered_with_107(string argument)
    {
        await using var engine = new EngineHarness();
        Assert.Equal(107u, Call(engine.Connect(Wire.Protobuf), "starling.publish", argument).Error!.Code);
    }

    [Fact]
    public async Task Bytes_that_are_no_JSON_go_as_base64()
    {
        await using var engine = new EngineHarness();
        var reader = engine.Subscribe("room", Wire.Protobuf);
        Call(engine.Connect(), "starling.publish", """{"channel":"room","id":"m1","b64data":"/wA="}""");
        Assert.Equal([0xFF, 0x00], reader.Take().Push!.Pub!.Data.ToArray());
    }

    [Fact]
    public async Task Users_do_not_share_ids()
    {
        await using var engine = new EngineHarness();
        var reader = engine.Subscribe("room");
        engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token));
        foreach (var user in (string[])["ann", "bob"])
        {
            var peer = engine.Open();
            peer.Send(new Command { Id = 1, Connect = new ConnectRequest { Token = user } });
            Call(peer, "starling.publish", $$"""{"channel":"room","id":"m1","data":"{{user}}"}""");
        }
        Assert.Equal(["\"ann\"", "\"bob\""], reader.TakePublications());
    }

    [Fact]
    public async Task I4_A_call_sent_again_is_run_once_and_a_repeat_waits_for_the_first()
    {
        await using var engine = new EngineHarness();
        var runs = 0;
        var answer = new TaskCompletionSource<RpcResult>();
        engine.Handlers.Rpc["pay"] = async _ =>
        {
            runs++;
            return await answer.Task;
        };
        const string Argument = """{"method":"pay","id":"m1","data":{"amount":1}}""";
        var (first, second) = (engine.Connect(), engine.Connect());
        foreach (var peer in (TestPeer[])[first, second])
        {
            peer.Send(new Command { Id = 9, Rpc = new RpcRequest { Method = "starling.call", Data = Encoding.UTF8.GetBytes(Argument) } });
            Assert.Empty(peer.Received);
        }
        answer.SetResult(RpcResult.Ok("42"u8.ToArray()));
        await TestKit.Eventually.IsTrueAsync(() => first.Received.Count > 0 && second.Received.Count > 0, "both answers");
        Assert.Equal(["42", "42"], new[] { first.Take(), second.Take() }.Select(Result));
        Assert.Equal("42", Result(Call(first, "starling.call", Argument)));
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task I7_The_answers_that_are_remembered_have_a_bound_and_the_oldest_is_forgotten_first()
    {
        await using var engine = new EngineHarness();
        var answer = Encoding.UTF8.GetBytes($"\"{new string('x', 1024 * 1024)}\"");
        var runs = 0;
        engine.Handlers.Rpc["report"] = _ =>
        {
            runs++;
            return ValueTask.FromResult(RpcResult.Ok(answer));
        };
        var peer = engine.Connect();
        void Ask(int id) => Assert.Equal(answer.Length, Call(peer, "starling.call", $$"""{"method":"report","id":"{{id}}"}""").Rpc!.Data.Length);
        for (var id = 1; id <= 70; id++) Ask(id);
        Ask(70);
        Assert.Equal(70, runs);
        Ask(1);
        Assert.Equal(71, runs);
    }

    [Fact]
    public async Task A_call_that_failed_for_the_time_being_may_be_tried_again_and_a_refusal_stands()
    {
        await using var engine = new EngineHarness();
        var runs = 0;
        engine.Handlers.Rpc["shaky"] = _ => ValueTask.FromResult(++runs == 1 ? RpcResult.Fail(ProtocolErrors.Internal) : RpcResult.Ok("1"u8.ToArray()));
        engine.Handlers.Rpc["never"] = _ => ValueTask.FromResult(RpcResult.Fail(new ProtocolError(1000, $"no {++runs}")));
        var peer = engine.Connect();
        Assert.Equal(100u, Call(peer, "starling.call", """{"method":"shaky","id":"m1"}""").Error!.Code);
        Assert.Equal("1", Result(Call(peer, "starling.call", """{"method":"shaky","id":"m1"}""")));
        Assert.Equal("no 3", Call(peer, "starling.call", """{"method":"never","id":"m1"}""").Error!.Message);
        Assert.Equal("no 3", Call(peer, "starling.call", """{"method":"never","id":"m1"}""").Error!.Message);
        Assert.Equal(104u, Call(peer, "starling.call", """{"method":"nothing","id":"m1"}""").Error!.Code);
    }
}
