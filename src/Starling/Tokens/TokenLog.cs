using Microsoft.Extensions.Logging;

namespace Starling.Tokens;

/// <summary>What the verification of tokens tells the operator. Nothing of any token is in here.</summary>
internal static partial class TokenLog
{
    [LoggerMessage(1401, LogLevel.Warning,
        "The key set {Endpoint} could not be fetched: {Why}. Keys that were fetched before stay in force; tokens that need others are refused.")]
    public static partial void KeySetFailed(ILogger logger, string endpoint, string why);
}
