using System.Text;
using System.Text.Json.Serialization;
using Starling.Protocol;
using Starling.Tests.Connections;
using Starling.Validation;

namespace Starling.Tests.Validation;

public sealed partial class MessageTypeTests
{
    [Theory]
    [InlineData("""{"type":"line","text":"hi"}""", null)]
    [InlineData("""{"text":"hi","version":1,"type":"line"}""", null)]
    [InlineData("""{"type":"line","version":2,"text":"hi","to":"ben"}""", null)]
    [InlineData("""{"type":"nothing","type":"line","text":"hi"}""", null)]   // the last one counts
    [InlineData("""{"type":"line","text":""}""", "bad request: text is empty")]
    [InlineData("""{"type":"line"}""", "bad request: it does not have the form of its type")]
    [InlineData("""{"type":"line","text":7}""", "bad request: it does not have the form of its type")]
    [InlineData("""{"type":"line","text":"hi","more":1}""", "bad request: it does not have the form of its type")]
    [InlineData("""{"type":"other","text":"hi"}""", "bad request: its type is not known here in version 1")]
    [InlineData("""{"type":"line","version":3,"text":"hi"}""", "bad request: its type is not known here in version 3")]
    [InlineData("""{"text":"hi"}""", "bad request: it is no JSON object with a type")]
    [InlineData("""{"type":7}""", "bad request: it is no JSON object with a type")]
    [InlineData("""{"type":"line","version":1.5}""", "bad request: it is no JSON object with a type")]
    [InlineData("""{"type":"line","version":1e400}""", "bad request: it is no JSON object with a type")]
    [InlineData("""{"type":"\ud800","text":"hi"}""", "bad request: it is no JSON object with a type")]
    [InlineData("""["line"]""", "bad request: it is no JSON object with a type")]
    [InlineData("7", "bad request: it is no JSON object with a type")]
    public async Task Only_messages_of_known_types_are_published(string data, string? refusal)
    {
        await using var harness = Harness();
        var peer = harness.Subscribe("chat:1");
        peer.Send(new Command { Id = 5, Publish = new PublishRequest { Channel = "chat:1", Data = Encoding.UTF8.GetBytes(data) } });
        var reply = peer.TakeAll().Single(static one => one.Id == 5);
        Assert.Equal(refusal, reply.Error?.Message);
        Assert.Equal(refusal is null ? 0u : 107u, reply.Error?.Code ?? 0);
        Assert.Equal(refusal is null ? 0 : 1, harness.Node.Metrics.MessagesRefused.Value);
    }

    [Fact]
    public async Task Another_namespace_and_the_server_publish_what_they_like()
    {
        await using var harness = Harness();
        var peer = harness.Subscribe("news");
        peer.Send(new Command { Id = 5, Publish = new PublishRequest { Channel = "news", Data = "7"u8.ToArray() } });
        Assert.Contains(peer.TakeAll(), static one => one is { Id: 5, Error: null });
        harness.Publish("chat:1", "7");
    }

    [Fact]
    public async Task A40_Publishing_by_a_call_is_judged_too()
    {
        await using var harness = Harness();
        var peer = harness.Connect();
        peer.Send(new Command { Id = 5, Rpc = new RpcRequest { Method = "starling.publish", Data = """{"channel":"chat:1","data":7,"id":"a"}"""u8.ToArray() } });
        Assert.Equal(107u, peer.Take().Error?.Code);
    }

    [Fact]
    public void A38_A_message_nested_without_end_is_refused()
    {
        var types = new MessageTypes();
        types.Add("chat", "line", 1, new MessageType<Line>(Json.Default.Line, null));
        var nested = Encoding.UTF8.GetBytes($$"""{"type":"line","text":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}""");
        Assert.NotNull(types.Check("chat", nested));
    }

    private static EngineHarness Harness()
    {
        var harness = new EngineHarness(static options => options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "chat" }));
        harness.Handlers.Messages.Add("chat", "line", 1, new MessageType<Line>(Json.Default.Line, static line => line.Text.Length > 0 ? null : "text is empty"));
        harness.Handlers.Messages.Add("chat", "line", 2, new MessageType<Addressed>(Json.Default.Addressed, null));
        return harness;
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record Line([property: JsonRequired] string Text, string? Type, int Version = 1);

    internal sealed record Addressed([property: JsonRequired] string Text, string? To);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Line))]
    [JsonSerializable(typeof(Addressed))]
    internal sealed partial class Json : JsonSerializerContext;
}
