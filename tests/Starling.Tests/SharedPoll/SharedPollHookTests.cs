using Starling.Protocol;
using Starling.Tests.Connections;
using Starling.Tests.Hooks;

namespace Starling.Tests.SharedPoll;

/// <summary>A back end gives the values over HTTP (protocol 7.2).</summary>
public sealed class SharedPollHookTests
{
    private static EngineHarness Start(BackEndStub stub) => HookHarness.Start(stub, options =>
    {
        options.Client.Insecure = true;
        var ns = new ChannelNamespaceOptions { Name = "stock", SubscriptionType = ChannelSubscriptionType.SharedPoll };
        (ns.SharedPoll.ProxyName, ns.SharedPoll.Mode) = ("stub", ChannelSharedPollMode.Versioned);
        options.Channel.Namespaces.Add(ns);
    });

    [Fact]
    public async Task A_back_end_is_asked_for_the_tracked_keys_and_its_values_are_delivered()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = """{"result":{"items":[{"key":"a","data":{"left":3},"version":4},{"key":"b"}],"epoch":"e"}}""";
        await using var engine = Start(stub);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "stock:1", Type = SubscriptionType.SharedPoll } });
        Assert.NotNull(peer.Take().Subscribe);
        peer.Send(new Command
        {
            Id = 3,
            SubRefresh = new SubRefreshRequest
            {
                Channel = "stock:1",
                Type = SubRefreshType.Track,
                Track = [new TrackBatch { Items = [new KeyedItem { Key = "a" }, new KeyedItem { Key = "b" }] }],
            },
        });
        Assert.Null(peer.Take().Error);
        Assert.Equal("""{"channel":"stock:1","items":[{"key":"a"},{"key":"b"}]}""", (await stub.TakeAsync()).Text);
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the value");
        Assert.True(peer.Take().Push!.Pub is { Key: "a", Version: 4, Data.Length: 10 });

        stub.Body = """{"result":{"items":[{"key":"a","removed":true}],"epoch":"e"}}""";
        engine.Time.Advance(TimeSpan.FromSeconds(10.1));
        Assert.Contains("""{"key":"a","version":4}""", (await stub.TakeAsync()).Text, StringComparison.Ordinal);
        await TestKit.Eventually.IsTrueAsync(() => peer.Received.Count > 0, "the removal");
        Assert.True(peer.Take().Push!.Pub is { Key: "a", Removed: true });
    }

    [Theory]
    [InlineData("""{"result":{"items":[{"data":1}]}}""")]
    [InlineData("""{"result":{"items":7}}""")]
    [InlineData("""{"error":{"code":1000,"message":"no"}}""")]
    [InlineData("not JSON")]
    public async Task An_answer_that_cannot_be_used_changes_nothing(string answer)
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Body = answer;
        await using var engine = Start(stub);
        var peer = engine.Connect();
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "stock:1", Type = SubscriptionType.SharedPoll } });
        peer.Send(new Command
        {
            Id = 3,
            SubRefresh = new SubRefreshRequest { Channel = "stock:1", Type = SubRefreshType.Track, Track = [new TrackBatch { Items = [new KeyedItem { Key = "a" }] }] },
        });
        await stub.TakeAsync();
        stub.Body = """{"result":{"items":[{"key":"a","data":1,"version":1}]}}""";
        await TestKit.Eventually.IsTrueAsync(
            () =>
            {
                engine.Time.Advance(TimeSpan.FromSeconds(10.1));   // once the first question is over, the next cycle asks again
                return peer.Received.Any(static reply => reply.Push?.Pub is { Key: "a" });
            },
            "the value of a later cycle");
    }
}
