namespace Starling;

/// <summary>What your back end is told; bound from the section <c>hooks</c> (Starling's own).</summary>
public sealed class HookSectionOptions
{
    /// <summary>Key <c>events</c>: events after the fact.</summary>
    public HookEventOptions Events { get; set; } = new();
}

/// <summary>Events a back end is told of after they happened: at least once, in order; bound from <c>hooks.events</c>.</summary>
public sealed class HookEventOptions
{
    /// <summary>Key <c>endpoint</c>: where events are sent, an absolute <c>http</c> or <c>https</c> URL. Empty = nowhere; default empty.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Key <c>secret</c>: signs each request (HMAC with SHA-256). At least 32 characters. Default: empty.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Key <c>types</c>: which events: <c>connected</c>, <c>disconnected</c>, <c>subscribed</c>, <c>unsubscribed</c>,
    /// <c>channel_occupied</c>, <c>channel_vacated</c>. Default: empty, all of them.</summary>
    public List<string> Types { get; set; } = [];

    /// <summary>Key <c>timeout</c>: time for one attempt. More than 0, at most 1 min; default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Key <c>batch_size</c>: events in one request. 1 to 10000; default 100.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>Key <c>queue_size</c>: events that wait; when there are more, the oldest are dropped and counted. 100 to 10000000;
    /// default 100000.</summary>
    public int QueueSize { get; set; } = 100_000;

    /// <summary>Key <c>attempts_max</c>: attempts for one request; then its events are dropped and counted. 1 to 100000; default 100.</summary>
    public int AttemptsMax { get; set; } = 100;

    /// <summary>Key <c>retry_min</c>: time before the second attempt, doubled for each further one. More than 0; default 200 ms.</summary>
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Key <c>retry_max</c>: the longest time between two attempts. At least <see cref="RetryMin"/>, at most 1 h; default 10 s.</summary>
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromSeconds(10);
}
