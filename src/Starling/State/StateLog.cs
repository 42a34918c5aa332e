using Microsoft.Extensions.Logging;

namespace Starling.State;

/// <summary>What keyed state tells the operator.</summary>
internal static partial class StateLog
{
    [LoggerMessage(1701, LogLevel.Warning,
        "The key of a connection or user could not be written or removed. It is written again at the next renewal, and goes with its " +
        "time to live if the namespace has one.")]
    public static partial void EntryNotWritten(ILogger logger, Exception? error);
}
