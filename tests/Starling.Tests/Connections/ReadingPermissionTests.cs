using Starling.Protocol;

namespace Starling.Tests.Connections;

/// <summary>History, presence and publishing each need a permission of their own.</summary>
public sealed class ReadingPermissionTests
{
    private static EngineHarness Strict(Action<ChannelOptions>? configure = null) => new(options =>
    {
        options.Client.Insecure = false;
        options.Client.AllowAnonymousConnectWithoutToken = true;
        var channel = options.Channel.WithoutNamespace;
        (channel.AllowSubscribeForClient, channel.AllowSubscribeForAnonymous) = (true, true);
        (channel.HistorySize, channel.HistoryTtl, channel.Presence) = (10, TimeSpan.FromMinutes(1), true);
        configure?.Invoke(channel);
    });

    private static List<uint?> AskForAll(TestPeer peer)
    {
        peer.Received.Clear();
        peer.Send(
            new Command { Id = 10, History = new HistoryRequest { Channel = "a", Limit = 5 } },
            new Command { Id = 11, Presence = new PresenceRequest { Channel = "a" } },
            new Command { Id = 12, PresenceStats = new PresenceStatsRequest { Channel = "a" } },
            new Command { Id = 13, Publish = new PublishRequest { Channel = "a", Data = "1"u8.ToArray() } });
        return [.. peer.TakeAll().Where(static reply => reply.Id > 0).Select(static reply => reply.Error?.Code)];
    }

    [Fact]
    public async Task A75_Being_subscribed_allows_neither_history_nor_presence_nor_publishing()
    {
        await using var engine = Strict();
        Assert.Equal([103u, 103u, 103u, 103u], AskForAll(engine.Subscribe("a")));
    }

    [Fact]
    public async Task A75_Options_for_subscribers_do_not_hold_for_those_who_are_not()
    {
        await using var engine = Strict(static channel =>
        {
            (channel.AllowHistoryForSubscriber, channel.AllowHistoryForAnonymous) = (true, true);
            (channel.AllowPresenceForSubscriber, channel.AllowPresenceForAnonymous) = (true, true);
            (channel.AllowPublishForSubscriber, channel.AllowPublishForAnonymous) = (true, true);
        });
        Assert.Equal([103u, 103u, 103u, 103u], AskForAll(engine.Connect()));
        Assert.Equal([null, null, null, null], AskForAll(engine.Subscribe("a")));
    }

    [Fact]
    public async Task A75_The_application_decides_each_read_and_what_it_throws_allows_nothing()
    {
        await using var engine = Strict();
        engine.Handlers.ReadingHistory = static context =>
            ValueTask.FromResult(context.IsSubscribed ? ReadingResult.Accept() : ReadingResult.Refuse(ProtocolErrors.PermissionDenied));
        engine.Handlers.ReadingPresence = static _ => throw new InvalidOperationException("a bug of the application");
        Assert.Equal([null, 100u, 100u, 103u], AskForAll(engine.Subscribe("a")));
        Assert.Equal([103u, 100u, 100u, 103u], AskForAll(engine.Connect()));
        engine.Handlers.ReadingPresence = static _ => ValueTask.FromResult(ReadingResult.Close(Disconnects.PermissionDenied));
        var closed = engine.Connect();
        AskForAll(closed);
        Assert.Equal(Disconnects.PermissionDenied, closed.ClosedWith);
        engine.Log.Errors.Clear();   // the handler's exceptions are told, as they should be
    }
}
