using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Ends a subscription; to end one that does not exist succeeds (protocol 3.7).</summary>
internal static class UnsubscribeCommand
{
    public static ValueTask ExecuteAsync(Connection connection, uint id, UnsubscribeRequest request)
    {
        if (request.Channel.Length == 0) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        connection.Unsubscribe(request.Channel, new Reply { Id = id, Unsubscribe = new UnsubscribeResult() });
        return default;
    }
}
