using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Starling.Hooks;
using Starling.Protocol;
using Starling.TestKit;
using Starling.Tests.Connections;

namespace Starling.Tests.Hooks;

/// <summary>What happened reaches the back end: at least once, in order, signed; whatever the back end does.</summary>
public sealed class EventTests
{
    private const string Secret = "a secret of thirty-two characters";

    private static EngineHarness Start(BackEndStub stub, Action<HookEventOptions>? configure = null) => new(options =>
    {
        options.Client.PingInterval = TimeSpan.Zero;
        options.Hooks.Events.Endpoint = stub.Endpoint;
        options.Hooks.Events.Secret = Secret;
        configure?.Invoke(options.Hooks.Events);
    });

    private static async Task<List<JsonObject>> TakeAsync(BackEndStub stub, int count)
    {
        var events = new List<JsonObject>();
        while (events.Count < count)
        {
            events.AddRange((await stub.TakeAsync()).Json["events"]!.AsArray().Select(static one => one!.AsObject()));
        }
        return events;
    }

    private static string[] Types(IEnumerable<JsonObject> events) => [.. events.Select(static one => (string)one["type"]!)];

    private static List<string> Drops(EngineHarness engine) => engine.Log.Warnings.FindAll(static line => line.Contains("events were dropped", StringComparison.Ordinal));

    private static void Unsubscribe(TestPeer peer, string channel) =>
        peer.Send(new Command { Id = 3, Unsubscribe = new UnsubscribeRequest { Channel = channel } });

    [Fact]
    public async Task A_session_is_told_in_order_with_why_it_ended()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = Start(stub);
        var peer = engine.Subscribe("chat");
        Unsubscribe(peer, "chat");
        peer.Send(new Command { Id = 4, Subscribe = new SubscribeRequest { Channel = "news" } });
        peer.Connection.Disconnect(new Disconnect(4501, "banned"));
        peer.Drop();
        var events = await TakeAsync(stub, 10);
        Assert.Equal(
            [
                "connected", "channel_occupied", "subscribed", "unsubscribed", "channel_vacated", "channel_occupied", "subscribed", "unsubscribed", "channel_vacated",
                "disconnected",
            ],
            Types(events));
        Assert.Equal(Enumerable.Range(1, 10), events.Select(static one => (int)one["seq"]!));
        Assert.Equal(0, (int)events[3]["code"]!);
        Assert.Equal((1, "client disconnected"), ((int)events[7]["code"]!, (string)events[7]["reason"]!));
        Assert.Equal((4501, "banned"), ((int)events[9]["code"]!, (string)events[9]["reason"]!));
        Assert.Equal(peer.Connection.Id.ToString(), (string?)events[0]["client"]);
        Assert.Equal("news", (string?)events[5]["channel"]);
        Assert.Null(events[5]["client"]);
    }

    [Fact]
    public async Task A_channel_is_occupied_once_and_vacated_by_its_last_subscriber()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = Start(stub, static o => o.Types = ["channel_occupied", "channel_vacated"]);
        var first = engine.Subscribe("chat");
        var second = engine.Subscribe("chat");
        first.Drop();
        Unsubscribe(second, "chat");
        Assert.Equal(["channel_occupied", "channel_vacated"], Types(await TakeAsync(stub, 2)));
    }

    [Fact]
    public async Task Who_never_connected_is_not_told_of()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = Start(stub);
        engine.Open().Drop();
        var peer = engine.Connect();
        peer.Drop();
        Assert.Equal(["connected", "disconnected"], Types(await TakeAsync(stub, 2)));
    }

    [Fact]
    public async Task Requests_are_signed_with_their_time()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = Start(stub);
        engine.Connect();
        var request = await stub.TakeAsync();
        var header = request.Headers[EventDelivery.SignatureHeader];
        var time = engine.Time.GetUtcNow().ToUnixTimeSeconds();
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{time}.{request.Text}")));
        Assert.Equal($"t={time},v1={expected}", header);
        Assert.Equal(engine.Node.Id, (string?)request.Json["node"]);
    }

    [Fact]
    public async Task F08_A_back_end_that_is_away_for_a_while_gets_everything_once_it_is_back_in_order()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Status = 503;
        await using var engine = Start(stub, static o => o.BatchSize = 4);
        var peers = new List<TestPeer>();
        for (var i = 0; i < 5; i++) peers.Add(engine.Subscribe($"room-{i}"));
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal(1, (int)(await stub.TakeAsync()).Json["events"]![0]!["seq"]!);
            if (attempt == 4) stub.Status = 204;
            var due = TimeSpan.FromMilliseconds(200 << attempt);
            await PassUntilAskedAsync(engine, stub, due);
        }
        foreach (var peer in peers) peer.Drop();
        var events = await TakeAsync(stub, 30);
        Assert.Equal(Enumerable.Range(1, 30), events.Select(static one => (int)one["seq"]!));
        Assert.Single(engine.Log.Warnings, static line => line.Contains("did not take events", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_too_much_pushes_out_the_oldest()
    {
        await using var stub = await BackEndStub.StartAsync();
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stub.Misbehave = context => hold.Task.WaitAsync(context.RequestAborted);
        await using var engine = Start(stub, static o => o.QueueSize = 100);
        engine.Connect();
        Assert.Equal(1, (int)(await stub.TakeAsync()).Json["events"]![0]!["seq"]!);
        for (var i = 0; i < 150; i++) engine.Connect();
        stub.Misbehave = null;
        hold.SetResult();
        var events = await TakeAsync(stub, 100);
        Assert.Equal(Enumerable.Range(52, 100), events.Select(static one => (int)one["seq"]!));
        Assert.Equal(["50 events were dropped: more wait than hooks.events.queue_size allows. The back end sees a hole in their numbers."], Drops(engine));
    }

    [Fact]
    public async Task A89_However_often_the_queue_overflows_the_log_says_so_every_ten_seconds_and_how_many_were_lost()
    {
        await using var stub = await BackEndStub.StartAsync();
        using var answers = new SemaphoreSlim(0);
        stub.Misbehave = context => answers.WaitAsync(context.RequestAborted);
        await using var engine = Start(stub, static o => (o.QueueSize, o.BatchSize, o.Timeout) = (100, 100, TimeSpan.FromMinutes(1)));
        engine.Connect();
        await stub.TakeAsync();
        for (var round = 0; round < 6; round++)
        {
            // The last request is still out: of what comes now a hundred find room.
            for (var i = 0; i < 110; i++) engine.Connect();
            if (round == 5) engine.Time.Advance(TimeSpan.FromSeconds(10));
            answers.Release();
            await stub.TakeAsync();
        }
        Assert.Equal(["10", "50"], Drops(engine).Select(static line => line.Split(' ')[0]));
        answers.Release();
    }

    [Fact]
    public async Task A_request_is_given_up_after_so_many_attempts_and_the_next_one_begins_anew()
    {
        await using var stub = await BackEndStub.StartAsync();
        stub.Status = 500;
        await using var engine = Start(stub, static o => (o.AttemptsMax, o.BatchSize) = (2, 1));
        engine.Connect();
        await stub.TakeAsync();
        await PassUntilAskedAsync(engine, stub, TimeSpan.FromMilliseconds(200));
        await stub.TakeAsync();
        await Eventually.IsTrueAsync(() => engine.Log.Warnings.Exists(static line => line.StartsWith("1 events were dropped", StringComparison.Ordinal)), "the line that says so");
        stub.Status = 200;
        engine.Connect();
        Assert.Equal(2, (int)Assert.Single(await TakeAsync(stub, 1))["seq"]!);
    }

    [Fact]
    public async Task The_end_of_a_node_delivers_what_is_left()
    {
        await using var stub = await BackEndStub.StartAsync();
        await using var engine = Start(stub, static o => o.Types = ["disconnected"]);
        var peer = engine.Connect();
        var stopping = engine.Node.StopAsync(TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(
            () =>
            {
                if (peer.ClosedWith is not null && !peer.Connection.IsClosed) peer.Drop();
                engine.Time.Advance(TimeSpan.FromMilliseconds(50));
                return peer.Connection.IsClosed;
            },
            "the end of the connection");
        Assert.Equal(3001, (int)Assert.Single(await TakeAsync(stub, 1))["code"]!);
        while (!stopping.IsCompleted)
        {
            engine.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
        await stopping;
    }

    /// <summary>Lets time pass in steps until the next request is there: the pause has to have begun before its time can pass.</summary>
    private static async Task PassUntilAskedAsync(EngineHarness engine, BackEndStub stub, TimeSpan pause)
    {
        var passed = TimeSpan.Zero;
        await Eventually.IsTrueAsync(
            () =>
            {
                if (!stub.Requests.IsEmpty) return true;
                if (passed >= pause + TimeSpan.FromSeconds(3)) return false;   // it may not have begun yet
                engine.Time.Advance(TimeSpan.FromMilliseconds(10));
                passed += TimeSpan.FromMilliseconds(10);
                return false;
            },
            $"the next request, {pause} after the last");
    }
}
