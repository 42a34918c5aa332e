using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Starling.Handlers;
using Starling.Protocol;
using Starling.Tests.Connections;

namespace Starling.Tests.Handlers;

/// <summary>How an application registers what it decides.</summary>
public sealed partial class RegistrationTests
{
    private readonly HandlerTable _handlers = new();
    private readonly StarlingBuilder _builder;

    public RegistrationTests() => _builder = new StarlingBuilder(new ServiceCollection(), _handlers);

    public static TheoryData<string> Kinds => [.. Registrations().Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_second_handler_of_a_kind_is_refused_and_the_first_stays(string kind)
    {
        var register = Registrations()[kind];
        register(_builder);
        var before = Registered();
        var error = Assert.Throws<InvalidOperationException>(() => register(_builder));
        Assert.StartsWith(kind, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Registered());
    }

    [Fact]
    public void Two_methods_have_a_handler_each()
    {
        _builder.MapRpc("a", static _ => ValueTask.FromResult(RpcResult.Ok())).MapRpc("b", static _ => ValueTask.FromResult(RpcResult.Ok()));
        Assert.Throws<InvalidOperationException>(() => _builder.MapRpc("b", MethodJson.Default.Int32, MethodJson.Default.Int32, static (_, number) => ValueTask.FromResult(number)));
        Assert.Equal(["a", "b"], _handlers.Rpc.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_message_handler_without_an_answer_is_one_and_one_with_an_answer_too()
    {
        await using var engine = new EngineHarness();
        var taken = 0;
        new StarlingBuilder(new ServiceCollection(), engine.Handlers).OnMessage(_ =>
        {
            taken++;
            return default;   // fits both, and means none
        });
        var peer = engine.Connect();
        peer.Send(new Command { Send = new SendRequest { Data = "1"u8.ToArray() } });
        Assert.Equal(1, taken);
        Assert.Null(peer.ClosedWith);

        engine.Handlers.Message = null;
        new StarlingBuilder(new ServiceCollection(), engine.Handlers).OnMessage(static async _ =>
        {
            await Task.CompletedTask;
            return MessageResult.Close(Disconnects.PermissionDenied);
        });
        peer.Send(new Command { Send = new SendRequest { Data = "1"u8.ToArray() } });
        Assert.Equal(Disconnects.PermissionDenied, peer.ClosedWith);
    }

    [Fact]
    public async Task Who_adds_the_engine_again_adds_to_the_same_one()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddStarling(static options => options.Client.ChannelLimit = 7).OnSubscribing(static _ => ValueTask.FromResult(SubscribingResult.Accept()));
        var again = services.AddStarling(static options => options.Client.QueueMaxSize = 70_000);
        Assert.Throws<InvalidOperationException>(() => again.OnSubscribing(static _ => ValueTask.FromResult(SubscribingResult.Accept())));
        await using var provider = services.BuildServiceProvider();
        Assert.Single(provider.GetServices<HandlerTable>());
        var client = provider.GetRequiredService<IOptions<StarlingOptions>>().Value.Client;
        Assert.Equal((7, 70_000), (client.ChannelLimit, client.QueueMaxSize));
    }

    private List<object?> Registered() =>
    [
        _handlers.Connecting, _handlers.Refreshing, _handlers.Subscribing, _handlers.Publishing, _handlers.ReadingHistory, _handlers.ReadingPresence,
        _handlers.Polling, _handlers.Calling, _handlers.Message, _handlers.Rpc.GetValueOrDefault("a"),
    ];

    private static Dictionary<string, Action<StarlingBuilder>> Registrations() => new(StringComparer.Ordinal)
    {
        ["OnConnecting"] = static to => to.OnConnecting(static _ => ValueTask.FromResult(ConnectingResult.Accept("42"))),
        ["OnRefreshing"] = static to => to.OnRefreshing(static _ => ValueTask.FromResult(RefreshingResult.AcceptIdentity())),
        ["OnSubscribing"] = static to => to.OnSubscribing(static _ => ValueTask.FromResult(SubscribingResult.Accept())),
        ["OnPublishing"] = static to => to.OnPublishing(static _ => ValueTask.FromResult(PublishingResult.Accept())),
        ["OnReadingHistory"] = static to => to.OnReadingHistory(static _ => ValueTask.FromResult(ReadingResult.Accept())),
        ["OnReadingPresence"] = static to => to.OnReadingPresence(static _ => ValueTask.FromResult(ReadingResult.Accept())),
        ["OnPolling"] = static to => to.OnPolling(static _ => ValueTask.FromResult(new PollingResult([]))),
        ["OnCalling"] = static to => to.OnCalling(static _ => ValueTask.FromResult(CallingResult.Accept())),
        ["OnMessage"] = static to => to.OnMessage(static _ => ValueTask.CompletedTask),
        ["MapRpc"] = static to => to.MapRpc("a", static _ => ValueTask.FromResult(RpcResult.Ok())),
    };

    [JsonSerializable(typeof(int))]
    internal sealed partial class MethodJson : JsonSerializerContext;
}
