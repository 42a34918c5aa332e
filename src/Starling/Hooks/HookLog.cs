using Microsoft.Extensions.Logging;

namespace Starling.Hooks;

/// <summary>What hooks tell the operator. Nothing a client or a back end sent is in here.</summary>
internal static partial class HookLog
{
    [LoggerMessage(1501, LogLevel.Warning,
        "The back end {Endpoint} did not decide over {Kind}: {Why}. The client got error 100, or an expiring one another minute. " +
        "{Suppressed} more such failures since the last line.")]
    public static partial void NoAnswer(ILogger logger, string endpoint, HookKind kind, string why, long suppressed);
}
