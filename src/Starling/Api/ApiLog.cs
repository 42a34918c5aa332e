using System.Net;
using Microsoft.Extensions.Logging;

namespace Starling.Api;

/// <summary>What the API tells the operator. Nothing a caller sent is in here, keys least of all.</summary>
internal static partial class ApiLog
{
    [LoggerMessage(1601, LogLevel.Error, "The API method {Method} failed unexpectedly and was answered with error 100.")]
    public static partial void CallFailed(ILogger logger, string method, Exception error);

    [LoggerMessage(1602, LogLevel.Warning,
        "Many calls of the API with a wrong key from {Address}: they are slowed to one a second. If it is a back end of yours, " +
        "give it the key of http_api.key; if it is not, keep the API off that network (http_server.internal_port).")]
    public static partial void WrongKeys(ILogger logger, IPAddress address);
}
