using Microsoft.Extensions.Logging;

namespace Starling.Limits;

/// <summary>What the limits tell the operator: one line for many refusals, so that an attacker cannot fill the log (attack A89).</summary>
internal static partial class LimitLog
{
    [LoggerMessage(1701, LogLevel.Warning,
        "Over a limit, how often since the last line of this kind: {Counts}. Action: {Action}. If these are your own clients, raise it.")]
    public static partial void OverLimit(ILogger logger, string counts, string action);

    [LoggerMessage(1702, LogLevel.Warning,
        "{Count} connections were refused since the last line of this kind: too many from one address (client.address_connection_limit).")]
    public static partial void AddressFull(ILogger logger, long count);

    [LoggerMessage(1703, LogLevel.Warning,
        "Connections were refused for want of room on this node, how many since the last line of this kind: {Counts}.")]
    public static partial void NodeFull(ILogger logger, string counts);
}
