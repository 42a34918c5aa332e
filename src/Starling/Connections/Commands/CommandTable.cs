using Starling.Cluster;
using Starling.Limits;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Leads a command to the code that runs it (protocol 1.9, 2.3).</summary>
internal static class CommandTable
{
    private static readonly ProtocolError s_repeated = new(ProtocolErrors.BadRequest.Code, "bad request: the same command with the same id came just before");

    /// <summary>Runs one command and queues its reply. Synchronous unless something outside has to be waited for; whatever is
    /// kept beyond the synchronous part is copied from the frame.</summary>
    /// <param name="node">The node.</param>
    /// <param name="connection">Whose command.</param>
    /// <param name="command">The command.</param>
    /// <param name="bytes">What it measured on the wire.</param>
    public static ValueTask ExecuteAsync(Node node, Connection connection, Command command, int bytes)
    {
        if (command.Kind == CommandKind.Pong)
        {
            if (connection.OnPong() || Pay(connection, command, bytes) is not { } surplus) return default;
            return OverLimitAsync(node, connection, command, surplus, isRepeat: false);
        }
        node.Metrics.OnCommand(command.Kind);
        if (connection.Phase == ConnectionPhase.Refused) return default;
        if (command.Kind == CommandKind.Connect) return ConnectCommand.ExecuteAsync(node, connection, command.Id, command.Connect!);
        if (connection.Phase != ConnectionPhase.Connected) return CloseAsync(connection, Disconnects.BadRequest);
        if (Pay(connection, command, bytes) is { } tooMany) return OverLimitAsync(node, connection, command, tooMany, isRepeat: false);
        return command.Kind switch
        {
            CommandKind.Subscribe => SubscribeCommand.ExecuteAsync(node, connection, command.Id, command.Subscribe!),
            CommandKind.Unsubscribe => UnsubscribeCommand.ExecuteAsync(connection, command.Id, command.Unsubscribe!),
            CommandKind.Publish => PublishCommand.ExecuteAsync(node, connection, command.Id, command.Publish!),
            CommandKind.Rpc => RpcCommand.ExecuteAsync(node, connection, command.Id, command.Rpc!),
            CommandKind.Send => SendCommand.ExecuteAsync(node, connection, command.Send!),
            CommandKind.Ping => AnswerAsync(connection, new Reply { Id = command.Id, Ping = new PingResult() }),
            CommandKind.Presence => PresenceCommand.ExecuteAsync(node, connection, command.Id, command.Presence!),
            CommandKind.PresenceStats => PresenceCommand.ExecuteAsync(node, connection, command.Id, command.PresenceStats!),
            CommandKind.History => HistoryCommand.ExecuteAsync(node, connection, command.Id, command.History!),
            CommandKind.SubRefresh => SubRefreshCommand.ExecuteAsync(node, connection, command.Id, command.SubRefresh!),
            CommandKind.Refresh => RefreshCommand.ExecuteAsync(node, connection, command.Id, command.Refresh!),
            _ => CloseAsync(connection, Disconnects.BadRequest),
        };
    }

    /// <summary>Answers a command that has come before, and does not run it. It costs what it cost then: otherwise sending again
    /// would be the way around every limit.</summary>
    public static ValueTask AnswerRepeatAsync(Node node, Connection connection, Command command, int bytes)
    {
        if (Pay(connection, command, bytes) is { } tooMany) return OverLimitAsync(node, connection, command, tooMany, isRepeat: true);
        return command.Id == 0 ? default : AnswerAsync(connection, new Reply { Id = command.Id, Error = s_repeated });
    }

    /// <summary>Counts a message that is not looked at, because nothing may follow what came before it. It has no reply: over the limit the connection ends.</summary>
    public static ValueTask IgnoreAsync(Connection connection, int bytes) =>
        connection.Allowance is { } allowance && allowance.Limiter.Take(allowance, LimitKind.Commands, bytes) is not null
            ? CloseAsync(connection, Disconnects.TooManyRequests)
            : default;

    /// <summary>Takes a command from every limit it concerns.</summary>
    /// <returns>The error; <see langword="null"/> when it is within them.</returns>
    private static ProtocolError? Pay(Connection connection, Command command, int bytes) =>
        connection.Allowance is { } allowance ? allowance.Limiter.Take(allowance, LimitOf(command), bytes) : null;

    private static LimitKind LimitOf(Command command) => command.Kind switch
    {
        CommandKind.Subscribe => LimitKind.Subscribe,
        CommandKind.Publish => LimitKind.Publish,
        CommandKind.Rpc => command.Rpc!.Method == RepeatableCalls.Publish ? LimitKind.Publish : LimitKind.Rpc,
        CommandKind.Send => LimitKind.Rpc,
        CommandKind.History or CommandKind.Presence or CommandKind.PresenceStats => LimitKind.Read,
        _ => LimitKind.Commands,
    };

    /// <summary>The answer to a command over its limit: an error that says when to try again; after too many of them the end.</summary>
    private static ValueTask OverLimitAsync(Node node, Connection connection, Command command, ProtocolError error, bool isRepeat)
    {
        var allowance = connection.Allowance!;
        // A message or a pong has no reply: only the end of the connection tells its client that one was not taken.
        if (allowance.Limiter.HasTooManyRefusals(allowance) || command.Kind is CommandKind.Send or CommandKind.Pong)
        {
            return CloseAsync(connection, Disconnects.TooManyRequests);
        }
        // An unsubscribe relieves the server: it counts, but is done. When it comes again it has been.
        return command.Kind == CommandKind.Unsubscribe && !isRepeat
            ? UnsubscribeCommand.ExecuteAsync(connection, command.Id, command.Unsubscribe!)
            : RefuseAsync(node, connection, command.Id, error);
    }

    /// <summary>Queues an error reply.</summary>
    public static ValueTask RefuseAsync(Node node, Connection connection, uint id, ProtocolError error)
    {
        node.Metrics.OnError(error);
        return AnswerAsync(connection, new Reply { Id = id, Error = error });
    }

    public static ValueTask AnswerAsync(Connection connection, Reply reply)
    {
        connection.Send(reply);
        return default;
    }

    public static ValueTask CloseAsync(Connection connection, Disconnect disconnect)
    {
        connection.Disconnect(disconnect);
        return default;
    }
}
