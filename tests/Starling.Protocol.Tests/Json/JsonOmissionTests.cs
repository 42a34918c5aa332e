using System.Buffers;
using System.Text;
using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Json;

/// <summary>What is written and what is left out, letter by letter.</summary>
public sealed class JsonOmissionTests
{
    [Fact]
    public void Empty_results_keep_their_key()
    {
        Assert.Equal("""{"id":5,"publish":{}}""", Codec.Json(new Reply { Id = 5, Publish = new PublishResult() }));
        Assert.Equal("""{"id":5,"unsubscribe":{}}""", Codec.Json(new Reply { Id = 5, Unsubscribe = new UnsubscribeResult() }));
        Assert.Equal("""{"id":5,"ping":{}}""", Codec.Json(new Reply { Id = 5, Ping = new PingResult() }));
        Assert.Equal("""{"id":5,"rpc":{}}""", Codec.Json(new Reply { Id = 5, Rpc = new RpcResult() }));
        Assert.Equal("""{"id":5,"connect":{}}""", Codec.Json(new Reply { Id = 5, Connect = new ConnectResult { Subs = [] } }));
        Assert.Equal("""{"id":5,"subscribe":{}}""", Codec.Json(new Reply { Id = 5, Subscribe = new SubscribeResult { Publications = [], State = [] } }));
        Assert.Equal("""{"id":5,"refresh":{}}""", Codec.Json(new Reply { Id = 5, Refresh = new RefreshResult() }));
        Assert.Equal("""{"id":5,"sub_refresh":{}}""", Codec.Json(new Reply { Id = 5, SubRefresh = new SubRefreshResult { Items = [] } }));
        Assert.Equal("""{"id":5,"error":{}}""", Codec.Json(new Reply { Id = 5, Error = new ProtocolError(0, "") }));
        Assert.Equal("""{"push":{}}""", Codec.Json(new Reply { Push = new Push() }));
    }

    [Fact]
    public void Checklist_27_Some_fields_are_written_also_when_they_are_empty()
    {
        Assert.Equal("""{"id":1,"presence":{"presence":{}}}""", Codec.Json(new Reply { Id = 1, Presence = new PresenceResult() }));
        Assert.Equal("""{"id":1,"presence":{"presence":{"c":{"user":"","client":""}}}}""",
            Codec.Json(new Reply { Id = 1, Presence = new PresenceResult { Presence = new() { ["c"] = new ClientInfo() } } }));
        Assert.Equal("""{"id":1,"presence_stats":{"num_clients":0,"num_users":0}}""",
            Codec.Json(new Reply { Id = 1, PresenceStats = new PresenceStatsResult() }));
        Assert.Equal("""{"id":1,"history":{"publications":[],"epoch":"","offset":0}}""", Codec.Json(new Reply { Id = 1, History = new HistoryResult() }));
    }

    [Fact]
    public void The_examples_of_the_protocol_are_written_letter_by_letter()
    {
        Assert.Equal("""{"id":1,"connect":{"token":"eyJ","name":"js"}}""",
            Codec.Json(new Command { Id = 1, Connect = new ConnectRequest { Token = "eyJ", Name = "js" } }));
        Assert.Equal("""{"id":1,"connect":{"client":"7a37","version":"1.0","ping":25,"pong":true}}""",
            Codec.Json(new Reply { Id = 1, Connect = new ConnectResult { Client = "7a37", Version = "1.0", Ping = 25, Pong = true } }));
        Assert.Equal(
            """{"id":2,"subscribe":{"recoverable":true,"epoch":"bXkq","publications":[{"data":{"t":1},"offset":8}],"recovered":true,"offset":7,"positioned":true,"was_recovering":true}}""",
            Codec.Json(new Reply
            {
                Id = 2,
                Subscribe = new SubscribeResult
                {
                    Recoverable = true,
                    Epoch = "bXkq",
                    Publications = [new Publication { Data = Codec.Bytes("""{"t":1}"""), Offset = 8 }],
                    Recovered = true,
                    Offset = 7,
                    Positioned = true,
                    WasRecovering = true,
                },
            }));
        Assert.Equal("""{"push":{"channel":"chat:1","pub":{"data":{"t":2},"offset":9}}}""",
            Codec.Json(new Reply { Push = new Push { Channel = "chat:1", Pub = new Publication { Data = Codec.Bytes("""{"t":2}"""), Offset = 9 } } }));
        Assert.Equal("""{"id":3,"error":{"code":103,"message":"permission denied"}}""",
            Codec.Json(new Reply { Id = 3, Error = ProtocolErrors.PermissionDenied }));
        Assert.Equal("""{"id":3,"error":{"code":111,"message":"too many requests","temporary":true}}""",
            Codec.Json(new Reply { Id = 3, Error = ProtocolErrors.TooManyRequests }));
        Assert.Equal("""{"push":{"channel":"chat:1","unsubscribe":{"code":2500,"reason":"insufficient state"}}}""",
            Codec.Json(new Reply { Push = new Push { Channel = "chat:1", Unsubscribe = new UnsubscribePush { Code = 2500, Reason = "insufficient state" } } }));
    }

    [Fact]
    public void Large_integers_are_written_as_numbers()
    {
        var publication = new Publication { Offset = ulong.MaxValue, Score = long.MinValue, Time = long.MaxValue };
        Assert.Equal("""{"push":{"pub":{"offset":18446744073709551615,"time":9223372036854775807,"score":-9223372036854775808}}}""",
            Codec.Json(new Reply { Push = new Push { Pub = publication } }));
    }

    [Fact]
    public void A_bare_push_has_no_reply_around_it()
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(WireCodec.TryWritePush(Wire.Json, new Push { Connect = new ConnectPush { Client = "c" } }, output));
        Assert.Equal("""{"connect":{"client":"c"}}""", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData(" null\n", true)]
    [InlineData("{\n\"token\": \"t\"\n}", true)]
    [InlineData("", false)]
    [InlineData("nul", false)]
    [InlineData("[]", false)]
    [InlineData("{\"token\":1}", false)]
    [InlineData("{}\n{}", false)]
    public void A_bare_connect_request_is_one_JSON_document(string body, bool valid) =>
        Assert.Equal(valid, WireCodec.TryReadConnectRequest(Wire.Json, Codec.Bytes(body), out _));

    [Fact]
    public void An_emulation_request_carries_its_commands_as_one_string()
    {
        byte[] body = Codec.Bytes("""{"session":"s","node":"n","data":"{\"id\":1}\n{\"id\":2,\"rpc\":{\"method\":\"é\"}}"}""");
        Assert.True(WireCodec.TryReadEmulationRequest(Wire.Json, body, out var request));
        Assert.Equal(("s", "n"), (request.Session, request.Node));
        var reader = new CommandReader(Wire.Json, request.Data);
        Assert.Equal(ReadStatus.Unit, reader.Read(out _));
        Assert.Equal(ReadStatus.Unit, reader.Read(out var second));
        Assert.Equal("é", second!.Rpc!.Method);
        Assert.Equal(ReadStatus.End, reader.Read(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"data\":{}}")]
    [InlineData("{\"data\":\"\\ud800\"}")]
    [InlineData("{\"session\":1}")]
    public void A_malformed_emulation_request_is_refused(string body) =>
        Assert.False(WireCodec.TryReadEmulationRequest(Wire.Json, Codec.Bytes(body), out _));
}
