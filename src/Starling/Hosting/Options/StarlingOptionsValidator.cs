using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Starling;

/// <summary>Refuses options the engine could not work with. Every failure is reported, with the configuration key, the value
/// and what is allowed; secrets are never repeated.</summary>
internal sealed partial class StarlingOptionsValidator : IValidateOptions<StarlingOptions>
{
    /// <summary>Pattern of a namespace's name (protocol reference 5.1).</summary>
    [GeneratedRegex(@"\A[-a-zA-Z0-9_.]{2,}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    internal static partial Regex NamespaceName { get; }

    private static readonly SearchValues<char> s_notInPaths = SearchValues.Create("?#{}* ");

    public ValidateOptionsResult Validate(string? name, StarlingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var report = new OptionsReport();
        ClientOptionsRules.Check(options.Client, options.Channel, report);
        ChannelOptionsRules.Check(options.Channel, report);
        CheckRpc(options.Rpc, report);
        ProxyOptionsRules.Check(options, report);
        HookOptionsRules.Check(options.Hooks.Events, report);
        CheckTransportsAndApi(options, report);
        CheckOperations(options, report);
        return report.Failures.Count == 0
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(report.Failures);
    }

    private static void CheckRpc(RpcSectionOptions rpc, OptionsReport report)
    {
        if (string.IsNullOrEmpty(rpc.Ping.Method)) report.Add("rpc.ping.method", rpc.Ping.Method, "a name that is not empty");
        CheckNames("rpc.namespaces", rpc.Namespaces.ConvertAll(one => one.Name), report);
    }

    private static void CheckTransportsAndApi(StarlingOptions options, OptionsReport report)
    {
        var webSocket = options.WebSocket;
        report.Range("websocket.message_size_limit", webSocket.MessageSizeLimit, 128, 64 * 1024 * 1024);
        report.AtLeast("websocket.compression_min_size", webSocket.CompressionMinSize, 0);
        report.Range("http_api.max_request_body_size", options.HttpApi.MaxRequestBodySize, 1024, 1024 * 1024 * 1024);

        var paths = new List<(string Key, string Path)>();
        if (!webSocket.Disabled) paths.Add(("websocket.handler_prefix", webSocket.HandlerPrefix));
        TransportOptionsRules.Check(options, paths, report);
        if (!options.HttpApi.Disabled) paths.Add(("http_api.handler_prefix", options.HttpApi.HandlerPrefix));
        if (options.Health.Enabled) paths.Add(("health.handler_prefix", options.Health.HandlerPrefix));
        if (options.Prometheus.Enabled) paths.Add(("prometheus.handler_prefix", options.Prometheus.HandlerPrefix));
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, path) in paths)
        {
            CheckPath(key, path, report);
            if (!seen.TryAdd(path.TrimEnd('/'), key)) report.Add(key, path, $"a path of its own; {seen[path.TrimEnd('/')]} has it too");
        }
    }

    private static void CheckPath(string key, string path, OptionsReport report)
    {
        if (!path.StartsWith('/') || path.Length < 2 || path.AsSpan().ContainsAny(s_notInPaths))
        {
            report.Add(key, path, "a path that begins with '/', is longer than that and holds none of ?#{}* or spaces");
        }
    }

    private static void CheckOperations(StarlingOptions options, OptionsReport report)
    {
        report.Positive("shutdown.timeout", options.Shutdown.Timeout);
        report.NotNegative("shutdown.spread", options.Shutdown.Spread);
        report.NotNegative("node.info_metrics_aggregate_interval", options.Node.InfoMetricsAggregateInterval);
        // Not a mere warning: nodes that are meant to be one cluster and are not would lose messages silently.
        if (options.Engine.Type != EngineType.Memory)
        {
            report.Add("engine.type", options.Engine.Type, "memory; this version does not support others yet");
        }
    }

    internal static void CheckNames(string section, List<string> names, OptionsReport report)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{section}[{i}].name");
            if (!NamespaceName.IsMatch(names[i]))
            {
                report.Add(key, names[i], "at least two letters, digits, '-', '_' or '.'");
            }
            else if (!seen.Add(names[i]))
            {
                report.Add(key, names[i], "a name no other namespace has");
            }
        }
    }

    /// <summary>Whether a pattern of an operator can be used: matching must be linear, as names come from clients.</summary>
    [SuppressMessage("Performance", "MA0023", Justification = "The operator's groups are theirs.")]
    internal static bool IsPattern(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return true;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return false;
        }
    }
}
