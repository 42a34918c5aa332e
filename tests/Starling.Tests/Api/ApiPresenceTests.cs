using System.Text.Json;

namespace Starling.Tests.Api;

/// <summary>Who is there, asked by a back end (protocol 6).</summary>
public sealed class ApiPresenceTests
{
    private static readonly Action<StarlingOptions> s_keepsPresence = static options =>
    {
        options.Channel.WithoutNamespace.Presence = true;
        options.Channel.Namespaces.Add(new ChannelNamespaceOptions { Name = "off" });
    };

    [Fact]
    public async Task Presence_lists_connections_with_their_users()
    {
        await using var host = await ApiHost.StartAsync(s_keepsPresence);
        var alice = host.Subscribe("alice", "room");
        host.Subscribe("bob", "other");

        var result = await AskAsync(host, "presence", """{"channel":"room"}""");

        var client = alice.Connection.Id.ToString();
        Assert.Equal("""{"result":{"presence":{"C":{"user":"alice","client":"C"}}}}""".Replace("C", client, StringComparison.Ordinal), result);
        Assert.Equal("""{"result":{"presence":{}}}""", await AskAsync(host, "presence", """{"channel":"empty"}"""));
    }

    [Fact]
    public async Task Binary_information_comes_as_base64()
    {
        await using var host = await ApiHost.StartAsync(s_keepsPresence);
        host.Engine.Handlers.Connecting = static context => ValueTask.FromResult(ConnectingResult.Accept(context.Token, new byte[] { 0xFF }));
        host.Engine.Handlers.Subscribing = static _ => ValueTask.FromResult(SubscribingResult.Accept("{\"a\":1}"u8.ToArray()));
        host.Subscribe("alice", "room", Protocol.Wire.Protobuf);

        using var answer = JsonDocument.Parse(await AskAsync(host, "presence", """{"channel":"room"}"""));

        var info = answer.RootElement.GetProperty("result").GetProperty("presence").EnumerateObject().Single().Value;
        Assert.Equal("/w==", info.GetProperty("b64conn_info").GetString());
        Assert.Equal(1, info.GetProperty("chan_info").GetProperty("a").GetInt32());
    }

    [Fact]
    public async Task Presence_stats_counts_connections_and_users()
    {
        await using var host = await ApiHost.StartAsync(s_keepsPresence);
        host.Subscribe("alice", "room");
        host.Subscribe("alice", "room");
        host.Subscribe("", "room");
        Assert.Equal("""{"result":{"num_clients":3,"num_users":2}}""", await AskAsync(host, "presence_stats", """{"channel":"room"}"""));
    }

    [Theory]
    [InlineData("""{}""", 107)]
    [InlineData("""{"channel":"nowhere:x"}""", 102)]
    [InlineData("""{"channel":"off:x"}""", 108)]
    public async Task What_cannot_be_told_is_an_error(string request, int code)
    {
        await using var host = await ApiHost.StartAsync(s_keepsPresence);
        foreach (var method in (string[])["presence", "presence_stats"])
        {
            Assert.Contains($$"""{"error":{"code":{{code}},""", await AskAsync(host, method, request), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Both_work_in_a_batch()
    {
        await using var host = await ApiHost.StartAsync(s_keepsPresence);
        Assert.Equal(
            """{"replies":[{"presence":{"presence":{}}},{"presence_stats":{"num_clients":0,"num_users":0}}]}""",
            await AskAsync(host, "batch", """{"commands":[{"presence":{"channel":"a"}},{"presence_stats":{"channel":"a"}}]}"""));
    }

    private static async Task<string> AskAsync(ApiHost host, string method, string body)
    {
        using var answer = await host.PostAsync($"/api/{method}", body);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
