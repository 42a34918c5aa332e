using Starling.Access;
using Starling.Cluster;
using Starling.Presence;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Tells who is in a channel, and how many are (protocol 3.7, 4.7).</summary>
internal static class PresenceCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, PresenceRequest request)
    {
        if (request.Channel.Length == 0) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        if (Judge(node, connection, request.Channel, out var rules) is { } error) return CommandTable.RefuseAsync(node, connection, id, error);
        return node.Handlers.ReadingPresence is { } handler
            ? AskHandlerAsync(node, connection, id, request.Channel, handler, () => ListAsync(node, connection, id, request.Channel, rules))
            : ListAsync(node, connection, id, request.Channel, rules);
    }

    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, PresenceStatsRequest request)
    {
        if (request.Channel.Length == 0) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        if (Judge(node, connection, request.Channel, out _) is { } error) return CommandTable.RefuseAsync(node, connection, id, error);
        return node.Handlers.ReadingPresence is { } handler
            ? AskHandlerAsync(node, connection, id, request.Channel, handler, () => CountAsync(node, connection, id, request.Channel))
            : CountAsync(node, connection, id, request.Channel);
    }

    private static async ValueTask AskHandlerAsync(
        Node node, Connection connection, uint id, string channel, Func<ReadingContext, ValueTask<ReadingResult>> handler, Func<ValueTask> read)
    {
        if (await ReadingPermission.AskAsync(node, connection, id, channel, "reading presence", handler)) await read();
    }

    private static ValueTask ListAsync(Node node, Connection connection, uint id, string channel, ChannelRules rules)
    {
        var listing = node.Presence.Reader.ListAsync(channel, rules.PresenceListMax, node.Stopping);
        return listing.IsCompletedSuccessfully
            ? AnswerAsync(node, connection, id, listing.Result)
            : AwaitAsync(node, connection, id, listing);
    }

    private static ProtocolError? Judge(Node node, Connection connection, string channel, out ChannelRules rules)
    {
        if (node.Namespaces.TryFindForClient(channel, out rules) is { } nameError) return nameError;
        if (!rules.Presence) return ProtocolErrors.NotAvailable;
        if (node.Access.Insecure || node.Handlers.ReadingPresence is not null) return null;
        return ClientAccess.MayReadPresence(connection, channel, rules, connection.FindSubscription(channel));
    }

    private static async ValueTask AwaitAsync(Node node, Connection connection, uint id, ValueTask<PresenceSnapshot> listing) =>
        await AnswerAsync(node, connection, id, await listing);

    private static ValueTask AnswerAsync(Node node, Connection connection, uint id, PresenceSnapshot snapshot)
    {
        if (!snapshot.List.IsAvailable) return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Internal);
        // A part of a list would be taken for all of it. Half of the queue: two such answers must not close a healthy connection.
        if (!snapshot.List.IsComplete || snapshot.Length(connection.Wire) > node.Limits.QueueBytesMax / 2)
        {
            return CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.LimitExceeded);
        }
        connection.Send(snapshot, id);
        return default;
    }

    private static async ValueTask CountAsync(Node node, Connection connection, uint id, string channel)
    {
        var count = await node.Presence.Reader.CountAsync(channel, node.Stopping);
        if (!count.IsAvailable)
        {
            await CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Internal);
            return;
        }
        connection.Send(new Reply
        {
            Id = id,
            PresenceStats = new PresenceStatsResult { NumClients = (uint)count.Clients, NumUsers = (uint)count.Users },
        });
    }
}
