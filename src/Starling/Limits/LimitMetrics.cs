using System.Diagnostics.Metrics;

namespace Starling.Limits;

/// <summary>The instruments of limits, on the engine's meter. Labels are the names of limits; nobody's name is one (attack A45).</summary>
internal sealed class LimitMetrics
{
    private readonly Counter<long> _refused;

    public LimitMetrics(Meter meter, Func<long> pending)
    {
        meter.CreateObservableGauge("starling.connections.pending", pending, "{connection}", "Open connections whose connect command has not been granted.");
        _refused = meter.CreateCounter<long>(
            "starling.limits.refused", "{refusal}", "Commands and connections over a limit, by what is counted and for whom; also those let pass with a warning.");
    }

    public void OnRefused(LimitScope scope, LimitKind kind) => _refused.Add(
        1, new KeyValuePair<string, object?>("scope", NameOf(scope)), new KeyValuePair<string, object?>("kind", NameOf(kind)));

    public void OnRefused(Shortage shortage) => _refused.Add(
        1, new KeyValuePair<string, object?>("scope", "node"), new KeyValuePair<string, object?>("kind", NameOf(shortage)));

    public static string NameOf(LimitScope scope) => scope switch
    {
        LimitScope.Connection => "connection",
        LimitScope.User => "user",
        _ => "address",
    };

    public static string NameOf(LimitKind kind) => kind switch
    {
        LimitKind.Commands => "commands",
        LimitKind.Connect => "connect",
        LimitKind.Subscribe => "subscribe",
        LimitKind.Publish => "publish",
        LimitKind.Rpc => "rpc",
        LimitKind.Read => "read",
        _ => "bytes",
    };

    /// <summary>The name of its option in <c>client</c>, if it has one.</summary>
    public static string NameOf(Shortage shortage) => shortage switch
    {
        Shortage.Connections => "connection_limit",
        Shortage.PendingConnections => "pending_connection_limit",
        Shortage.NewConnections => "connection_rate_limit",
        _ => "stopping",
    };
}
