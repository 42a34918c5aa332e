using Microsoft.Extensions.Logging;

namespace Starling.Cluster;

/// <summary>What a node tells the operator.</summary>
internal static partial class NodeLog
{
    [LoggerMessage(1101, LogLevel.Warning, "The broker did not end a channel's subscription; publications may arrive that nobody reads.")]
    public static partial void UnsubscribeFailed(ILogger logger, Exception error);

    [LoggerMessage(1102, LogLevel.Warning, "{Key}: {Caution}")]
    public static partial void Caution(ILogger logger, string key, string caution);

    [LoggerMessage(1103, LogLevel.Information, "Stopping: {Connections} connections are told to come back (3001), over {Seconds:F1} s.")]
    public static partial void Stopping(ILogger logger, int connections, double seconds);

    [LoggerMessage(1120, LogLevel.Error,
        "A revocation ended its connections, but client.revocation.limit is reached: the tokens are good again for whoever comes back. Raise the limit.")]
    public static partial void RevocationNotKept(ILogger logger);

    [LoggerMessage(1121, LogLevel.Error,
        "A revocation holds, but could not be written to client.revocation.file: a restart would forget it.")]
    public static partial void RevocationNotWritten(ILogger logger, Exception error);

    [LoggerMessage(1104, LogLevel.Error, "Stopping failed; connections that were still open are dropped. This is a bug.")]
    public static partial void StopFailed(ILogger logger, Exception error);
}
