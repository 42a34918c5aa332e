using Microsoft.Extensions.Logging;

namespace Starling.Presence;

/// <summary>What presence tells the operator.</summary>
internal static partial class PresenceLog
{
    [LoggerMessage(1401, LogLevel.Warning,
        "The broker takes no presence: entries on other nodes go {TtlSeconds} s after their last renewal. It is tried again with each renewal.")]
    public static partial void Unreachable(ILogger logger, double ttlSeconds);

    [LoggerMessage(1402, LogLevel.Information, "The broker takes presence again.")]
    public static partial void Reachable(ILogger logger);

    [LoggerMessage(1403, LogLevel.Error, "A change of presence failed unexpectedly; the next renewal mends it. This is a bug of the broker.")]
    public static partial void ChangeFailed(ILogger logger, Exception error);

    [LoggerMessage(1404, LogLevel.Error, "Joins and leaves could not be told, unexpectedly; they are lost. This is a bug of the broker.")]
    public static partial void AnnouncingFailed(ILogger logger, Exception error);
}
