using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Asks the application whether a client may read what a channel kept, or who is in it.</summary>
internal static class ReadingPermission
{
    /// <returns>Whether it may; otherwise the client has its answer.</returns>
    public static async ValueTask<bool> AskAsync(
        Node node, Connection connection, uint id, string channel, string what, Func<ReadingContext, ValueTask<ReadingResult>> handler)
    {
        ReadingResult result;
        try
        {
            result = await handler(new ReadingContext(connection, channel, connection.FindSubscription(channel) is not null));
        }
        catch (Exception error)   // edge of user code
        {
            ConnectionLog.HandlerFailed(node.Log, what, connection.Id, error);
            result = ReadingResult.Refuse(ProtocolErrors.Internal);
        }
        if (result.Disconnect is { } disconnect) connection.Disconnect(disconnect);
        else if (result.Error is { } refusal) await CommandTable.RefuseAsync(node, connection, id, refusal);
        return result is { Disconnect: null, Error: null };
    }
}
