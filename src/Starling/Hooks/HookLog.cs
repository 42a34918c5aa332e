using Microsoft.Extensions.Logging;

namespace Starling.Hooks;

/// <summary>What hooks tell the operator. Nothing a client or a back end sent is in here.</summary>
internal static partial class HookLog
{
    [LoggerMessage(1501, LogLevel.Warning,
        "The back end {Endpoint} did not decide over {Kind}: {Why}. The client got error 100, or an expiring one another minute. " +
        "Failures of this kind since the last line: {Count}.")]
    public static partial void NoAnswer(ILogger logger, string endpoint, HookKind kind, string why, long count);

    [LoggerMessage(1502, LogLevel.Warning, "The back end {Endpoint} did not take events: {Why}. They wait, and are sent again.")]
    public static partial void EventsWait(ILogger logger, string endpoint, string why);

    [LoggerMessage(1503, LogLevel.Warning, "{Count} events were dropped: {Why}. The back end sees a hole in their numbers.")]
    public static partial void EventsLost(ILogger logger, int count, string why);

    [LoggerMessage(1504, LogLevel.Error, "The delivery of events failed unexpectedly; no more are sent. This is a bug.")]
    public static partial void DeliveryFailed(ILogger logger, Exception error);
}
