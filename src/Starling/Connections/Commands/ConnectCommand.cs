using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Opens a session (protocol 3.5).</summary>
internal static class ConnectCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, ConnectRequest request)
    {
        if (connection.Phase != ConnectionPhase.New) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        if (node.Handlers.Connecting is not null) return AskHandlerAsync(node, connection, id, request);
        if (!node.Access.Insecure)
        {
            // Nothing here can verify a token: it is as good as a forged one.
            if (request.Token.Length > 0) return CommandTable.CloseAsync(connection, Disconnects.InvalidToken);
            if (!node.Access.AllowAnonymous) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        }
        return AcceptAsync(node, connection, id, ConnectingResult.Accept(user: ""));
    }

    private static async ValueTask AskHandlerAsync(Node node, Connection connection, uint id, ConnectRequest request)
    {
        connection.EnterPhase(ConnectionPhase.Connecting);
        request.Data = request.Data.ToArray();   // the frame is gone when the handler goes on
        ConnectingResult result;
        try
        {
            result = await node.Handlers.Connecting!(new ConnectingContext(connection, request));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "connecting", connection.Id, error);
            result = ConnectingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        else if (result.Error is { } refusal) await RefuseAsync(node, connection, id, refusal);
        else await AcceptAsync(node, connection, id, result);
    }

    /// <summary>After an error reply to connect nothing more is processed (protocol 3.5).</summary>
    private static ValueTask RefuseAsync(Node node, Connection connection, uint id, ProtocolError error)
    {
        connection.EnterPhase(ConnectionPhase.Refused);
        return CommandTable.RefuseAsync(node, connection, id, error);
    }

    private static ValueTask AcceptAsync(Node node, Connection connection, uint id, ConnectingResult result)
    {
        if (!connection.TryAuthenticate(result.User, result.Info)) return default;
        if (!node.Connections.TryAddUser(connection, node.Limits.UserConnectionLimit))
        {
            return CommandTable.CloseAsync(connection, Disconnects.ConnectionLimit);
        }
        if (connection.IsClosed) node.Connections.Remove(connection);   // gone while the handler decided: it must not stay listed
        connection.SendConnected(new Reply
        {
            Id = id,
            Connect = new ConnectResult
            {
                Client = connection.Id.ToString(),
                Version = node.Version,
                Data = result.Data,
                Ping = connection.HasOwnPings ? 0 : (uint)(node.Limits.PingIntervalMs / 1000),
                Pong = !connection.HasOwnPings && node.Limits.PingIntervalMs > 0,
                Time = node.Limits.IncludeServerTime ? node.Time.GetUtcNow().ToUnixTimeMilliseconds() : 0,
            },
        });
        connection.StartPinging();
        ConnectionLog.Connected(node.Log, connection.Id, connection.TransportName, connection.Wire);
        return default;
    }
}
