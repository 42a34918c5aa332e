using System.Text.Json;
using Starling.Brokers;
using Starling.Protocol;
using Starling.Tests.WebSockets.Peer;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>Many commands at once run in turns (reliability A46, A47): their client must not notice, whatever it says next.</summary>
public sealed class BurstTests
{
    private const int Many = 300;

    public static TheoryData<string> TwoWay => TransportScenarioTests.All;

    [Theory]
    [MemberData(nameof(TwoWay))]
    public async Task A47_A_burst_is_answered_whole_and_in_order_before_what_follows_ends_the_connection(string kind)
    {
        await using var host = await TransportHost.StartAsync();
        await using var client = TransportScenarioTests.NewClient(kind, host);
        await client.ConnectAsync();
        await client.SendAsync([.. Enumerable.Range(100, Many).Select(static id => new Command { Id = (uint)id, Ping = new PingRequest() })]);
        await client.SendAsync(new Command { Id = 1000, Connect = new ConnectRequest() });   // a second connect is a violation
        for (uint id = 100; id < 100 + Many; id++) Assert.NotNull((await client.ReplyAsync(id)).Ping);
        await client.DrainAsync();
        Assert.Equal(3501u, client.Farewell?.Code);
    }

    [Fact]
    public async Task A26_A_burst_of_messages_is_answered_whole_although_a_close_stands_right_behind_it()
    {
        await using var host = await TransportHost.StartAsync();
        using var client = await RawClient.ConnectAsync(host.Http1.Port);
        await client.SendAsync("GET /connection/websocket HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Key: {RawClient.Key}\r\nSec-WebSocket-Version: 13\r\n\r\n");
        await client.ReadHeadAsync();
        await client.SendAsync([
            TestFrame.Text("""{"id":1,"connect":{} }"""),
            .. Enumerable.Range(2, Many).Select(static id => TestFrame.Text($$"""{"id":{{id}},"publish":{"channel":"c","data":{{id}}} }""")),
            TestFrame.Close(1000)]);
        var frames = await client.ReadToCloseAsync();
        Assert.Equal(1000, frames[^1].CloseCode);
        var lines = frames.Where(static frame => frame.Opcode == 1).SelectMany(static frame => frame.Text.Split('\n'));
        Assert.Equal(Enumerable.Range(1, Many + 1), lines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt32()));
        var stored = await host.Node.Broker.ReadHistoryAsync("c", new HistoryQuery(Many + 1, TimeSpan.FromMinutes(5)), TestContext.Current.CancellationToken);
        Assert.Equal(Many, stored.Publications.Count);
    }
}
