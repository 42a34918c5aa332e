using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Starling.Access;
using Starling.Channels;
using Starling.Connections;
using Starling.Handlers;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.Hooks;

/// <summary>The back ends of a node: who is asked about what, in the words of the application's own handlers.</summary>
/// <remarks>Where the application registered a handler, the handler decides and the back end is not asked.</remarks>
internal sealed class NodeHooks : IDisposable
{
    private readonly HookWire _wire;
    private readonly Dictionary<string, BackEnd> _named = new(StringComparer.Ordinal);
    private readonly BackEnd? _connect;
    private readonly BackEnd? _refresh;
    private readonly BackEnd? _subscribe;
    private readonly BackEnd? _subRefresh;
    private readonly BackEnd? _publish;
    private readonly BackEnd? _mapPublish;
    private readonly BackEnd? _mapRemove;
    private readonly BackEnd? _sharedPoll;
    private readonly RpcTable _rpc;
    private readonly List<BackEnd> _all = [];
    private readonly FrozenSet<string> _sentHeaders;
    private readonly FrozenSet<string> _emulatedHeaders;

    private readonly EventDelivery? _delivery;

    private readonly HandlerTable _handlers;

    public NodeHooks(StarlingOptions options, HandlerTable handlers, TimeProvider time, RandomSource random, ILogger log, HookMetrics metrics)
    {
        _handlers = handlers;
        _wire = new HookWire(time, log, metrics);
        foreach (var proxy in options.Proxies) _named[proxy.Name] = Add(proxy)!;
        var (client, channel) = (options.Client.Proxy, options.Channel.Proxy);
        _connect = client.Connect.Enabled ? Add(client.Connect) : null;
        _refresh = client.Refresh.Enabled ? Add(client.Refresh) : null;
        (_subscribe, _publish, _subRefresh) = (Add(channel.Subscribe), Add(channel.Publish), Add(channel.SubRefresh));
        (_mapPublish, _mapRemove) = (Add(channel.MapPublish), Add(channel.MapRemove));
        _sharedPoll = Add(channel.SharedPollRefresh);
        var rpc = Add(options.Rpc.Proxy);
        _rpc = new RpcTable(options.Rpc, name => Find(name, rpc));
        if (options.Hooks.Events.Endpoint.Length > 0) _delivery = new EventDelivery(options.Hooks.Events, _wire, random);
        _sentHeaders = _all.SelectMany(static one => one.SentHeaders).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _emulatedHeaders = _all.SelectMany(static one => one.EmulatedHeaders).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>A back end says who clients without a token are.</summary>
    public bool DecidesConnects => _connect is not null;

    /// <summary>A back end renews connections; their clients do not.</summary>
    public bool RenewsConnections => _refresh is not null && _handlers.Refreshing is null;

    /// <summary>Takes what happened; <see langword="null"/> when nobody wants to know.</summary>
    public EventLine? Events => _delivery?.Line;

    /// <summary>Begins to deliver events.</summary>
    /// <param name="node">Id of the node.</param>
    public void Start(string node) => _delivery?.Start(node);

    /// <summary>Delivers the events that are left, as long as the token allows.</summary>
    public Task EndAsync(CancellationToken cancellationToken) => _delivery?.EndAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Copies what back ends may see of a client's request, which is there now and may not be later.</summary>
    public CallerHeaders HeadersOf(HttpContext? context) => CallerHeaders.Of(context, _sentHeaders);

    /// <summary>Adds what back ends may see of the headers a client wrote into its connect command.</summary>
    public void NoteEmulated(Connection connection, IReadOnlyDictionary<string, string>? headers) =>
        connection.CallerHeaders = connection.CallerHeaders.With(headers, _emulatedHeaders);

    /// <summary>Who answers a method.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="isKnown">Its namespace exists.</param>
    public BackEnd? FindRpc(string method, out bool isKnown) => _rpc.Find(method, out isKnown);

    /// <summary>Some method has a back end.</summary>
    public bool AnswersCalls => _rpc.HasAny;

    public async ValueTask<ConnectingResult> ConnectAsync(ConnectingContext context)
    {
        var connection = context.Connection;
        var request = new HookRequest(connection, _connect!, UserMember.Never)
            .TextIfAny("name", context.Name).TextIfAny("version", context.Version).Texts("channels", context.AskedChannels).Data(context.Data.Span);
        var answer = await AskAsync(HookKind.Connect, _connect!, connection, request);
        return Decide(
            answer,
            static result => result.IsEmpty ? ConnectingResult.Nobody() : HookResults.Connecting(result),
            ConnectingResult.Refuse,
            ConnectingResult.Close);
    }

    public async ValueTask<SubscribingResult> SubscribeAsync(SubscribingContext context, ChannelRules rules)
    {
        var backEnd = Find(rules.SubscribeProxy!, _subscribe);
        var request = new HookRequest(context.Connection, backEnd, UserMember.Always)
            .Text("channel", context.Channel).TextIfAny("token", context.Token).Data(context.Data.Span);
        var answer = await AskAsync(HookKind.Subscribe, backEnd, context.Connection, request);
        return Decide(
            answer,
            static result => result.IsEmpty ? SubscribingResult.Accept() : HookResults.Subscribing(result),
            SubscribingResult.Refuse,
            SubscribingResult.Close);
    }

    public async ValueTask<PublishingResult> PublishAsync(PublishingContext context, ChannelRules rules)
    {
        var backEnd = Find(rules.PublishProxy!, _publish);
        var request = new HookRequest(context.Connection, backEnd, UserMember.Always).Text("channel", context.Channel).Data(context.Data.Span);
        var result = Publishing(await AskAsync(HookKind.Publish, backEnd, context.Connection, request));
        // What it publishes instead has to be what its channel holds.
        return result.Data is { } data && !PayloadCheck.Accepts(rules.DataFormat, data.Span) ? PublishingResult.Refuse(ProtocolErrors.Internal) : result;
    }

    public async ValueTask<PublishingResult> WriteKeyAsync(PublishingContext context, StateRules rules)
    {
        var (kind, backEnd) = context.IsRemoval
            ? (HookKind.MapRemove, Find(rules.RemoveProxy!, _mapRemove))
            : (HookKind.MapPublish, Find(rules.PublishProxy!, _mapPublish));
        var request = new HookRequest(context.Connection, backEnd, UserMember.WhenNamed)
            .Text("channel", context.Channel).Text("key", context.Key).Data(context.Data.Span);
        return Publishing(await AskAsync(kind, backEnd, context.Connection, request));
    }

    /// <summary>A back end gives the values of such channels.</summary>
    public bool AnswersPolls(PollRules rules) => _named.ContainsKey(rules.ProxyName) || _sharedPoll is not null;

    /// <summary>Asks for the values of keys.</summary>
    /// <returns><see langword="null"/> when no usable answer came: nothing has changed.</returns>
    public async ValueTask<PollingResult?> PollAsync(PollingContext context, PollRules rules)
    {
        new HookRequest().Text("channel", context.Channel).Items(context.Items).TryEnd(out var body);
        var answer = await Find(rules.ProxyName, _sharedPoll).AskAsync(HookKind.SharedPollRefresh, body, CallerHeaders.None, connection: null);
        if (!answer.HasResult) return null;
        try
        {
            return HookResults.Polling(answer.Result);
        }
        catch (Exception problem) when (IsMalformed(problem) || problem is KeyNotFoundException)
        {
            return null;
        }
    }

    public static async ValueTask<RpcResult> CallAsync(RpcContext context, BackEnd backEnd)
    {
        var request = new HookRequest(context.Connection, backEnd, UserMember.Always).Text("method", context.Method).Data(context.Data.Span);
        var answer = await AskAsync(HookKind.Rpc, backEnd, context.Connection, request);
        return Decide(
            answer, static result => RpcResult.Ok(result.IsEmpty ? default : HookResults.Called(result)), RpcResult.Fail, RpcResult.Close);
    }

    /// <summary>Asks whether a connection whose time is over may stay.</summary>
    public async ValueTask<Renewal> RefreshAsync(Connection connection) =>
        RenewalOf(await AskAsync(HookKind.Refresh, _refresh!, connection, new HookRequest(connection, _refresh!, UserMember.Always)));

    /// <summary>The same for a subscription.</summary>
    public async ValueTask<Renewal> SubRefreshAsync(Subscription subscription)
    {
        var backEnd = Find(subscription.Channel.Rules.SubRefreshProxy!, _subRefresh);
        var request = new HookRequest(subscription.Connection, backEnd, UserMember.Always).Text("channel", subscription.Channel.Name);
        return RenewalOf(await AskAsync(HookKind.SubRefresh, backEnd, subscription.Connection, request));
    }

    public void Dispose()
    {
        _delivery?.Dispose();
        _wire.Dispose();
    }

    private static async ValueTask<HookAnswer> AskAsync(HookKind kind, BackEnd backEnd, Connection connection, HookRequest request) =>
        request.TryEnd(out var body)
            ? await backEnd.AskAsync(kind, body, connection.CallerHeaders, connection)
            : new HookAnswer(null, ProtocolErrors.BadRequest, default);

    private static PublishingResult Publishing(HookAnswer answer) => Decide(
        answer,
        static result => result.IsEmpty ? PublishingResult.Accept() : HookResults.Publishing(result),
        PublishingResult.Refuse,
        PublishingResult.Close);

    /// <summary>Refresh knows results alone: what is neither a result nor a failure lets the time end (protocol 7.1).</summary>
    private static Renewal RenewalOf(HookAnswer answer)
    {
        if (answer.IsFailure) return new Renewal(RenewalStatus.Unknown);
        if (answer.Result.IsEmpty) return new Renewal(RenewalStatus.Expired);
        try
        {
            return HookResults.Renewing(answer.Result);
        }
        catch (Exception problem) when (IsMalformed(problem))
        {
            return new Renewal(RenewalStatus.Unknown);
        }
    }

    private static T Decide<T>(HookAnswer answer, Func<ReadOnlyMemory<byte>, T> read, Func<ProtocolError, T> refuse, Func<Disconnect, T> close)
    {
        if (answer.Disconnect is { } disconnect) return close(disconnect);
        if (answer.Error is { } error) return refuse(error);
        try
        {
            return read(answer.Result);
        }
        catch (Exception problem) when (IsMalformed(problem))
        {
            return refuse(ProtocolErrors.Internal);
        }
    }

    private static bool IsMalformed(Exception problem) => problem is JsonException or InvalidOperationException or FormatException;

    /// <summary>The back end of a name; the validator saw that there is one.</summary>
    private BackEnd Find(string name, BackEnd? byDefault) => _named.GetValueOrDefault(name) ?? byDefault!;

    private BackEnd? Add(ProxyOptions options)
    {
        if (options.Endpoint.Length == 0) return null;
        var backEnd = new BackEnd(options, _wire);
        _all.Add(backEnd);
        return backEnd;
    }

    /// <summary>Which back end answers which methods: the namespace is what stands before the first <c>:</c>.</summary>
    private sealed class RpcTable
    {
        private readonly BackEnd? _plain;
        private readonly Dictionary<string, BackEnd?> _namespaces = new(StringComparer.Ordinal);

        public RpcTable(RpcSectionOptions options, Func<string, BackEnd> find)
        {
            _plain = options.WithoutNamespace.ProxyEnabled ? find(options.WithoutNamespace.ProxyName) : null;
            foreach (var one in options.Namespaces) _namespaces[one.Name] = one.ProxyEnabled ? find(one.ProxyName) : null;
        }

        public bool HasAny => _plain is not null || _namespaces.Values.Any(static one => one is not null);

        public BackEnd? Find(string method, out bool isKnown)
        {
            var boundary = method.IndexOf(':');
            isKnown = true;
            if (boundary < 0) return _plain;
            isKnown = _namespaces.TryGetValue(method[..boundary], out var found);
            return found;
        }
    }
}
