using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Takes an asynchronous message, which has no reply of any kind (protocol 3.7).</summary>
internal static class SendCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, SendRequest request) =>
        node.Handlers.Message is null
            ? CommandTable.CloseAsync(connection, Disconnects.NotAvailable)
            : HandAsync(node, connection, request.Data.ToArray());

    private static async ValueTask HandAsync(Node node, Connection connection, byte[] data)
    {
        try
        {
            var result = await node.Handlers.Message!(new MessageContext(connection, data));
            if (result?.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, "message", connection.Id, error);
        }
    }
}
