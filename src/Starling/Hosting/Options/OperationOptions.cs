namespace Starling;

/// <summary>The health endpoint; bound from the section <c>health</c>.</summary>
public sealed class HealthOptions
{
    /// <summary>Key <c>enabled</c>: whether it exists. Default: true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/health</c>.</summary>
    public string HandlerPrefix { get; set; } = "/health";
}

/// <summary>The metrics endpoint; bound from the section <c>prometheus</c>.</summary>
public sealed class PrometheusOptions
{
    /// <summary>Key <c>enabled</c>: whether it exists. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Key <c>handler_prefix</c>: its path. Begins with <c>/</c>; default <c>/metrics</c>.</summary>
    public string HandlerPrefix { get; set; } = "/metrics";
}

/// <summary>How the server ends; bound from the section <c>shutdown</c>.</summary>
public sealed class ShutdownOptions
{
    /// <summary>Key <c>timeout</c>: the longest time between the signal and the end of the process. Positive; default 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Key <c>spread</c> (Starling's own): connections are closed evenly over a window, so that their clients do not all
    /// come back in the same moment: a second for every 1,000, this long at most, and never longer than half of
    /// <see cref="Timeout"/>. 0 = all at once; default 10 s.</summary>
    public TimeSpan Spread { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>How this process calls itself; bound from the section <c>node</c>.</summary>
public sealed class NodeOptions
{
    /// <summary>Key <c>name</c>: shown to operators. Empty = the machine's name; default empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>Key <c>info_metrics_aggregate_interval</c>: the span that figures in the API's <c>info</c> cover.
    /// 0 = no figures; default 60 s.</summary>
    public TimeSpan InfoMetricsAggregateInterval { get; set; } = TimeSpan.FromSeconds(60);
}
