using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Leads a command to the code that runs it (protocol 1.9, 2.3).</summary>
internal static class CommandTable
{
    /// <summary>Runs one command and queues its reply. Synchronous unless something outside has to be waited for; whatever is
    /// kept beyond the synchronous part is copied from the frame.</summary>
    public static ValueTask ExecuteAsync(Node node, Connection connection, Command command)
    {
        if (command.Kind == CommandKind.Pong)
        {
            connection.OnPong();
            return default;
        }
        node.Metrics.OnCommand(command.Kind);
        if (connection.Phase == ConnectionPhase.Refused) return default;
        if (command.Kind == CommandKind.Connect) return ConnectCommand.ExecuteAsync(node, connection, command.Id, command.Connect!);
        if (connection.Phase != ConnectionPhase.Connected) return CloseAsync(connection, Disconnects.BadRequest);
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
