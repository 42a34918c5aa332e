using Microsoft.Extensions.Logging;

namespace Starling.SharedPoll;

/// <summary>What shared polling tells the operator.</summary>
internal static partial class SharedPollLog
{
    [LoggerMessage(1801, LogLevel.Error, "The polling handler failed for {KeyCount} keys. They keep their values until the next cycle.")]
    public static partial void HandlerFailed(ILogger logger, int keyCount, Exception error);

    [LoggerMessage(1802, LogLevel.Warning,
        "The polling handler did not answer for {KeyCount} keys within {Seconds} s. They keep their values until the next cycle; use " +
        "smaller batches (shared_poll.refresh_batch_size) if it needs longer.")]
    public static partial void NoAnswer(ILogger logger, int keyCount, double seconds);
}
