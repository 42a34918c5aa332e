using Microsoft.Extensions.Logging;

namespace Starling.Limits;

/// <summary>What the limits tell the operator: one line for many refusals, so that an attacker cannot fill the log (attack A89).</summary>
internal static partial class LimitLog
{
    [LoggerMessage(1701, LogLevel.Warning,
        "Over a limit: {Count} times since the last line of this kind, last {Kind} of one {Scope}. " +
        "Action: {Action}. If these are your own clients, raise client.rate_limit.{Scope}.{Kind}.")]
    public static partial void OverLimit(ILogger logger, long count, string kind, string scope, string action);

    [LoggerMessage(1702, LogLevel.Warning,
        "{Count} connections were refused since the last line of this kind: too many from one address (client.address_connection_limit).")]
    public static partial void AddressFull(ILogger logger, long count);
}
