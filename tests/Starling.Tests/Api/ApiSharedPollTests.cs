using Starling.Protocol;

namespace Starling.Tests.Api;

/// <summary>Values of shared poll channels through the API (protocol 6).</summary>
public sealed class ApiSharedPollTests
{
    private static Task<ApiHost> StartAsync() => ApiHost.StartAsync(static options =>
    {
        options.Client.Insecure = true;
        foreach (var (name, mode, publishes) in new[]
        {
            ("open", ChannelSharedPollMode.Versioned, true), ("shut", ChannelSharedPollMode.Versioned, false), ("plain", ChannelSharedPollMode.Versionless, false),
        })
        {
            var ns = new ChannelNamespaceOptions { Name = name, SubscriptionType = ChannelSubscriptionType.SharedPoll };
            (ns.SharedPoll.Mode, ns.SharedPoll.PublishEnabled) = (mode, publishes);
            options.Channel.Namespaces.Add(ns);
        }
    });

    [Fact]
    public async Task A_published_value_reaches_those_who_track_its_key_at_once()
    {
        await using var host = await StartAsync();
        host.Engine.Handlers.Polling = static _ => ValueTask.FromResult(new PollingResult([]));
        var peer = host.Connect("42");
        peer.Send(new Command { Id = 2, Subscribe = new SubscribeRequest { Channel = "open:1", Type = SubscriptionType.SharedPoll } });
        peer.Send(new Command
        {
            Id = 3,
            SubRefresh = new SubRefreshRequest { Channel = "open:1", Type = SubRefreshType.Track, Track = [new TrackBatch { Items = [new KeyedItem { Key = "a" }] }] },
        });
        Assert.All(peer.TakeAll(), static reply => Assert.Null(reply.Error));
        foreach (var (key, version) in new[] { ("a", 5), ("b", 1), ("a", 4), ("a", 5), ("a", 6) })
        {
            Assert.Equal("{}", await host.ResultAsync("shared_poll_publish", $$"""{"channel":"open:1","key":"{{key}}","data":{{version}},"version":{{version}}}"""));
        }
        Assert.Equal([5UL, 6UL], peer.TakeAll().Select(static reply => reply.Push!.Pub!.Version));
    }

    [Theory]
    [InlineData("""{"channel":"open:1","key":"a","data":1}""", 107)]
    [InlineData("""{"channel":"open:1","data":1,"version":1}""", 107)]
    [InlineData("""{"channel":"open:1","key":"a","version":1}""", 107)]
    [InlineData("""{"channel":"plain:1","key":"a","data":1,"version":1}""", 107)]
    [InlineData("""{"channel":"room","key":"a","data":1,"version":1}""", 107)]
    [InlineData("""{"channel":"nowhere:1","key":"a","data":1,"version":1}""", 102)]
    [InlineData("""{"channel":"shut:1","key":"a","data":1,"version":1}""", 108)]
    public async Task Wrong_calls_get_the_protocols_errors(string body, int code)
    {
        await using var host = await StartAsync();
        Assert.Equal(code, await host.ErrorAsync("shared_poll_publish", body));
    }
}
