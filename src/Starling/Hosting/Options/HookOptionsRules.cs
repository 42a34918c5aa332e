namespace Starling;

/// <summary>The rules of the section <c>hooks</c>.</summary>
internal static class HookOptionsRules
{
    /// <summary>As long as the hash it keys (RFC 2104 §3).</summary>
    private const int SecretLengthMin = 32;

    private static readonly TimeSpan s_timeoutMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_retryMax = TimeSpan.FromHours(1);

    public static IReadOnlyList<string> EventTypes { get; } =
        ["connected", "disconnected", "subscribed", "unsubscribed", "channel_occupied", "channel_vacated"];

    public static void Check(HookEventOptions events, OptionsReport report)
    {
        if (events.Endpoint.Length > 0)
        {
            ProxyOptionsRules.CheckEndpoint("hooks.events.endpoint", events.Endpoint, report);
            // The value is not repeated.
            if (events.Secret.Length < SecretLengthMin) report.Failures.Add("hooks.events.secret: the value is not allowed; allowed: 32 characters or more");
        }
        foreach (var type in events.Types)
        {
            if (!EventTypes.Contains(type)) report.Add("hooks.events.types", type, string.Join(", ", EventTypes));
        }
        if (events.Timeout <= TimeSpan.Zero || events.Timeout > s_timeoutMax) report.Add("hooks.events.timeout", events.Timeout, "more than 0, at most 1m");
        report.Range("hooks.events.batch_size", events.BatchSize, 1, 10_000);
        report.Range("hooks.events.queue_size", events.QueueSize, 100, 10_000_000);
        report.Range("hooks.events.attempts_max", events.AttemptsMax, 1, 100_000);
        report.Positive("hooks.events.retry_min", events.RetryMin);
        if (events.RetryMax < events.RetryMin || events.RetryMax > s_retryMax)
        {
            report.Add("hooks.events.retry_max", events.RetryMax, "hooks.events.retry_min or more, at most 1h");
        }
    }
}
