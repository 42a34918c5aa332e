using System.Text;
using Starling.Protocol;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Load;
using Starling.Server.Bench.Frames;
using Starling.WebSockets;

namespace Starling.Server.Tests.Bench;

public sealed class DriverTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly byte[] s_payload = Payload.Create(16);

    private const string PayloadText = "\"~~aaaaaaaaxxxx\"";

    [Fact]
    public async Task Centrifuge_JSON_connects_subscribes_and_publishes()
    {
        using var server = new ScriptedServer(Opcode.Text, null,
            "{\"id\":1,\"connect\":{\"client\":\"c\"}}\n{\"id\":2,\"subscribe\":{}}");

        var received = await JoinAndPublishAsync(BenchProtocol.Json, server);

        Assert.Equal("GET /connection/websocket HTTP/1.1", server.RequestLine);
        Assert.Equal("{\"id\":1,\"connect\":{\"name\":\"bench\"}}\n{\"id\":2,\"subscribe\":{\"channel\":\"room0\"}}", received[0]);
        Assert.Equal($"{{\"id\":3,\"publish\":{{\"channel\":\"room0\",\"data\":{PayloadText}}}}}", received[1]);
        AssertCommands(Wire.Json, received);
    }

    [Fact]
    public async Task Centrifuge_Protobuf_connects_subscribes_and_publishes()
    {
        // Two replies of 4 and 4 bytes: id 1 with an empty connect (5), id 2 with an empty subscribe (6).
        using var server = new ScriptedServer(Opcode.Binary, null, "\u0004\u0008\u0001\u002A\u0000\u0004\u0008\u0002\u0032\u0000");

        var received = await JoinAndPublishAsync(BenchProtocol.Protobuf, server);

        Assert.Equal("GET /connection/websocket?format=protobuf HTTP/1.1", server.RequestLine);
        AssertCommands(Wire.Protobuf, received);
    }

    [Theory]
    [InlineData(BenchProtocol.Json, "{}", "{}")]
    [InlineData(BenchProtocol.Protobuf, "\0", "\0")]
    [InlineData(BenchProtocol.SocketIo, "2", "3")]
    internal async Task A_ping_is_answered(BenchProtocol protocol, string ping, string pong)
    {
        // Where the client speaks first, its first message is not the answer.
        string?[] script = protocol == BenchProtocol.SocketIo ? [] : [null];
        using var server = new ScriptedServer(protocol == BenchProtocol.Protobuf ? Opcode.Binary : Opcode.Text, ping, script);
        using var swarm = new Swarm(server.Url, BenchDriver.Create(protocol), new Traffic());
        var served = Task.Run(() => swarm.Connect([null], s_patience), TestContext.Current.CancellationToken);

        Assert.Equal(pong, (await server.ReceivedAsync())[^1]);
        await served;   // ends when the server has closed
    }

    [Fact]
    public async Task Plain_joins_and_publishes()
    {
        using var server = new ScriptedServer(Opcode.Text, null, "{\"type\":\"joined\",\"room\":\"room0\"}");

        Assert.Equal(
            ["{\"type\":\"join\",\"room\":\"room0\"}", $"{{\"type\":\"publish\",\"room\":\"room0\",\"data\":{PayloadText}}}"],
            await JoinAndPublishAsync(BenchProtocol.Plain, server));
    }

    [Fact]
    public async Task SignalR_shakes_hands_joins_and_publishes()
    {
        using var server = new ScriptedServer(Opcode.Text, null, "{}\u001e{\"type\":6}\u001e", "{\"type\":3,\"invocationId\":\"0\",\"result\":null}\u001e");

        Assert.Equal(
            [
                "{\"protocol\":\"json\",\"version\":1}\u001e",
                "{\"type\":1,\"invocationId\":\"0\",\"target\":\"Join\",\"arguments\":[\"room0\"]}\u001e",
                $"{{\"type\":1,\"target\":\"Publish\",\"arguments\":[\"room0\",{PayloadText}]}}\u001e",
            ],
            await JoinAndPublishAsync(BenchProtocol.SignalR, server));
        Assert.Equal("GET /hub HTTP/1.1", server.RequestLine);
    }

    [Fact]
    public async Task Socket_IO_opens_connects_joins_and_publishes()
    {
        using var server = new ScriptedServer(Opcode.Text, "0{\"sid\":\"a\",\"pingInterval\":25000}", "40{\"sid\":\"b\"}", "430[]");

        Assert.Equal(
            ["40", "420[\"join\",\"room0\"]", $"42[\"publish\",\"room0\",{PayloadText}]"],
            await JoinAndPublishAsync(BenchProtocol.SocketIo, server));
        Assert.Equal("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", server.RequestLine);
    }

    [Theory]
    [InlineData(BenchProtocol.Json, "{\"id\":1,\"error\":{\"code\":101,\"message\":\"unauthorized\"}}", "unauthorized")]
    [InlineData(BenchProtocol.Protobuf, "\u0014\u0008\u0001\u0012\u0010\u0008\u0065\u0012\u000Cunauthorized", "unauthorized")]
    [InlineData(BenchProtocol.SignalR, "{\"error\":\"no such protocol\"}\u001e", "no such protocol")]
    internal async Task A_refusal_is_reported_in_the_words_of_the_server(BenchProtocol protocol, string reply, string said)
    {
        using var server = new ScriptedServer(protocol == BenchProtocol.Protobuf ? Opcode.Binary : Opcode.Text, null, reply);
        using var swarm = new Swarm(server.Url, BenchDriver.Create(protocol), new Traffic());

        await Task.Run(() => swarm.Connect([null], s_patience), TestContext.Current.CancellationToken);

        Assert.Equal(0, swarm.Ready);
        Assert.Contains(said, Assert.Single(swarm.Errors.Texts), StringComparison.Ordinal);
    }

    private static async Task<List<string>> JoinAndPublishAsync(BenchProtocol protocol, ScriptedServer server)
    {
        using var swarm = new Swarm(server.Url, BenchDriver.Create(protocol), new Traffic());
        await Task.Run(
            () =>
            {
                var connection = swarm.Connect([new Room("room0")], s_patience)[0];
                swarm.Driver.Publish(connection, "room0", s_payload);
                connection.Flush();
            },
            TestContext.Current.CancellationToken);
        Assert.Empty(swarm.Errors.Texts);
        return await server.ReceivedAsync();
    }

    /// <summary>What the server's own decoder makes of it: connect, subscribe, publish.</summary>
    private static void AssertCommands(Wire wire, List<string> messages)
    {
        var commands = new List<Command>();
        foreach (var message in messages)
        {
            var reader = new CommandReader(wire, Encoding.Latin1.GetBytes(message));
            while (reader.Read(out var command) == ReadStatus.Unit) commands.Add(command!);
        }
        Assert.Equal([1u, 2u, 3u], commands.Select(command => command.Id));
        Assert.Equal("bench", commands[0].Connect?.Name);
        Assert.Equal("room0", commands[1].Subscribe?.Channel);
        Assert.Equal("room0", commands[2].Publish?.Channel);
        Assert.Equal(s_payload, commands[2].Publish?.Data.ToArray());
    }
}
