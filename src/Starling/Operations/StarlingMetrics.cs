using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Starling.Cluster;
using Starling.Hooks;
using Starling.Limits;
using Starling.Presence;
using Starling.Protocol;

namespace Starling.Operations;

/// <summary>The engine's instruments on the meter <c>Starling</c>. Tags never hold what a user sent.</summary>
internal sealed class StarlingMetrics : IDisposable
{
    public const string MeterName = "Starling";

    private readonly Meter _meter;
    private readonly ConcurrentDictionary<Node, byte> _nodes = new();
    private readonly long[] _commands = new long[Enum.GetValues<CommandKind>().Length];
    private readonly Counter<long> _disconnects;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _origins;
    private readonly Counter<long> _apiCalls;

    public StarlingMetrics(IMeterFactory? meters = null)
    {
        _meter = meters?.Create(MeterName) ?? new Meter(MeterName);
        _meter.CreateObservableGauge("starling.connections", () => Sum(static node => node.Connections.Count), "{connection}", "Open connections.");
        _meter.CreateObservableGauge("starling.users", () => Sum(static node => node.Connections.UserCount), "{user}", "Distinct users with a name.");
        _meter.CreateObservableGauge("starling.channels", () => Sum(static node => node.Channels.Count), "{channel}", "Channels with subscribers on this node.");
        _meter.CreateObservableGauge("starling.subscriptions", () => Sum(static node => node.Channels.All.Sum(static c => c.SubscriberCount)), "{subscription}", "Subscriptions on this node.");
        _meter.CreateObservableGauge("starling.channel_log.size", () => SumBytes(), "By", "Bytes held for cursors that have not read them.");
        _meter.CreateObservableCounter("starling.connections.opened", () => Opened.Value, "{connection}", "Connections since the start.");
        _meter.CreateObservableCounter("starling.publications", () => Publications.Value, "{publication}", "Publications that reached this node.");
        _meter.CreateObservableCounter("starling.deliveries", () => Deliveries.Value, "{delivery}", "Publications handed to a connection's transport.");
        _meter.CreateObservableCounter("starling.history.reads", () => HistoryReads.Value, "{read}", "Reads of the broker's history for positions, recovery and holes; clients that come back together share them.");
        _meter.CreateObservableCounter("starling.messages.refused", () => MessagesRefused.Value, "{message}", "Publications of clients that no message type of their namespace fits.");
        _meter.CreateObservableCounter("starling.commands", ObserveCommands, "{command}", "Commands of clients, by kind.");
        Presence = new PresenceMetrics(
            _meter, () => Sum(static node => node.Presence.MemberCount), () => Sum(static node => node.Presence.WaitingCount));
        Limits = new LimitMetrics(_meter, () => _nodes.Sum(static pair => (long)pair.Key.PendingCount));
        Hooks = new HookMetrics(_meter);
        _disconnects = _meter.CreateCounter<long>("starling.disconnects", "{disconnect}", "Connections the server closed, by code.");
        _origins = _meter.CreateCounter<long>("starling.origins.refused", "{request}", "Requests to connect of pages that may not.");
        _errors = _meter.CreateCounter<long>("starling.errors", "{error}", "Error replies, by code.");
        _apiCalls = _meter.CreateCounter<long>("starling.api.calls", "{call}", "Calls of the HTTP API, by method and error code (0: none).");
    }

    public PresenceMetrics Presence { get; }

    public LimitMetrics Limits { get; }

    public HookMetrics Hooks { get; }

    /// <summary>A page of another site tried to connect.</summary>
    public void OnOriginRefused() => _origins.Add(1);

    public StripedCounter Opened { get; } = new();

    public StripedCounter Publications { get; } = new();

    public StripedCounter Deliveries { get; } = new();

    public StripedCounter MessagesRefused { get; } = new();

    public StripedCounter HistoryReads { get; } = new();

    /// <summary>Counters by the names the metrics page gives them.</summary>
    public IReadOnlyList<(string Name, long Value)> Totals() =>
    [
        ("starling_connections_opened_total", Opened.Value),
        ("starling_commands_total", _commands.Sum()),
        ("starling_publications_total", Publications.Value),
        ("starling_deliveries_total", Deliveries.Value),
        ("starling_history_reads_total", HistoryReads.Value),
    ];

    public void Watch(Node node) => _nodes[node] = 0;

    public void Unwatch(Node node) => _nodes.TryRemove(node, out _);

    public void OnCommand(CommandKind kind) => Interlocked.Increment(ref _commands[(int)kind]);

    public void OnDisconnect(Disconnect disconnect) => _disconnects.Add(1, new KeyValuePair<string, object?>("code", CodeOf(disconnect.Code, 5000)));

    public void OnError(ProtocolError error) => _errors.Add(1, new KeyValuePair<string, object?>("code", CodeOf(error.Code, 400)));

    /// <param name="method">One of the API's method names.</param>
    /// <param name="error">What it was answered; <see langword="null"/> for a result.</param>
    public void OnApiCall(string method, ProtocolError? error) => _apiCalls.Add(
        1, new KeyValuePair<string, object?>("method", method), new KeyValuePair<string, object?>("code", CodeOf(error?.Code ?? 0, 400)));

    public void Dispose() => _meter.Dispose();

    /// <summary>Codes an application makes up share one label, so that the number of labels stays bounded.</summary>
    private static string CodeOf(uint code, uint applicationFrom) =>
        code >= applicationFrom || code is >= 4000 and < 5000 ? "application" : code.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private int Sum(Func<Node, int> part) => _nodes.Sum(pair => part(pair.Key));

    private long SumBytes() => _nodes.Sum(static pair => pair.Key.Channels.All.Sum(static channel => channel.Log.Bytes));

    private IEnumerable<Measurement<long>> ObserveCommands()
    {
        foreach (var kind in Enum.GetValues<CommandKind>())
        {
            yield return new Measurement<long>(
                Volatile.Read(ref _commands[(int)kind]),
                new KeyValuePair<string, object?>("kind", System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString())));
        }
    }
}
