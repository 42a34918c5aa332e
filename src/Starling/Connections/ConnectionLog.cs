using Microsoft.Extensions.Logging;

namespace Starling.Connections;

/// <summary>What connections tell the operator. Nothing a peer sent is in here, so nothing secret can be.</summary>
internal static partial class ConnectionLog
{
    [LoggerMessage(1201, LogLevel.Error,
        "A command of {ConnectionId} failed unexpectedly; the connection is closed with 3004. This is a bug.")]
    public static partial void CommandFailed(ILogger logger, ConnectionId connectionId, Exception error);

    [LoggerMessage(1202, LogLevel.Error,
        "The handler for {What} threw; client {ConnectionId} got error 100. Mend the handler: refusals are results, not exceptions.")]
    public static partial void HandlerFailed(ILogger logger, string what, ConnectionId connectionId, Exception error);

    [LoggerMessage(1203, LogLevel.Warning,
        "Closing {ConnectionId} with 3008: it has taken no byte for {StalledMs} ms while data waits for it.")]
    public static partial void WriteStalled(ILogger logger, ConnectionId connectionId, long stalledMs);

    [LoggerMessage(1204, LogLevel.Error, "Writing to {ConnectionId} failed unexpectedly; the connection is dropped. This is a bug.")]
    public static partial void WriteFailed(ILogger logger, ConnectionId connectionId, Exception error);

    [LoggerMessage(1205, LogLevel.Debug, "Client {ConnectionId} connected over {Transport} ({Wire}).")]
    public static partial void Connected(ILogger logger, ConnectionId connectionId, string transport, Protocol.Wire wire);

    [LoggerMessage(1206, LogLevel.Debug, "Closing {ConnectionId} with {Code}: {Reason}.")]
    public static partial void Disconnecting(ILogger logger, ConnectionId connectionId, uint code, string reason);

    [LoggerMessage(1207, LogLevel.Information,
        "{Count} clients were closed with 3501 since the last line of this kind: they brought no token, and nothing else says who they are. " +
        "Give them tokens (client.token), or let everybody in with client.allow_anonymous_connect_without_token.")]
    public static partial void NoCredentials(ILogger logger, long count);

    [LoggerMessage(1208, LogLevel.Warning,
        "{Count} times since the last line of this kind a user connected whose id holds a '#' or a ','. Such a user has no personal channel: " +
        "others could enter it, as its name would list them. Make ids without these characters.")]
    public static partial void NoPersonalChannel(ILogger logger, long count);
}
