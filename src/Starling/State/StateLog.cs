using Microsoft.Extensions.Logging;

namespace Starling.State;

/// <summary>What keyed state tells the operator.</summary>
internal static partial class StateLog
{
    [LoggerMessage(1701, LogLevel.Warning,
        "The key of a client whose subscription ended could not be removed. It goes with its time to live, if the namespace has one.")]
    public static partial void ClientKeyLeft(ILogger logger, Exception? error);
}
