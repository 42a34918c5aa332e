using Starling.Access;
using Starling.Brokers;
using Starling.Cluster;
using Starling.Protocol;

namespace Starling.Connections.Commands;

/// <summary>Reads past publications (protocol 3.7, 4.6).</summary>
internal static class HistoryCommand
{
    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, HistoryRequest request)
    {
        var channel = request.Channel;
        if (channel.Length == 0) return CommandTable.CloseAsync(connection, Disconnects.BadRequest);
        if (Judge(node, connection, request, out var rules) is { } error) return CommandTable.RefuseAsync(node, connection, id, error);
        return node.Handlers.ReadingHistory is { } handler
            ? AskHandlerAsync(node, connection, id, request, rules, handler)
            : ReadAsync(node, connection, id, request, rules);
    }

    private static async ValueTask AskHandlerAsync(
        Node node, Connection connection, uint id, HistoryRequest request, ChannelRules rules, Func<ReadingContext, ValueTask<ReadingResult>> handler)
    {
        if (await ReadingPermission.AskAsync(node, connection, id, request.Channel, "reading history", handler))
        {
            await ReadAsync(node, connection, id, request, rules);
        }
    }

    private static ProtocolError? Judge(Node node, Connection connection, HistoryRequest request, out ChannelRules rules)
    {
        if (node.Namespaces.TryFindForClient(request.Channel, out rules) is { } nameError) return nameError;
        if (!rules.Storage.HasHistory) return ProtocolErrors.NotAvailable;
        if (!node.Access.Insecure && node.Handlers.ReadingHistory is null
            && ClientAccess.MayReadHistory(connection, request.Channel, rules, connection.FindSubscription(request.Channel)) is { } denied)
        {
            return denied;
        }
        return request is { Reverse: true, Since.Offset: 0 } ? ProtocolErrors.BadRequest : null;
    }

    private static async ValueTask ReadAsync(Node node, Connection connection, uint id, HistoryRequest request, ChannelRules rules)
    {
        var max = node.Limits.HistoryPublicationsMax;
        var limit = request.Limit < 0 || request.Limit > max ? max : request.Limit;
        var query = new HistoryQuery(limit, rules.Storage.MetaTtl) { SinceOffset = request.Since?.Offset, Reverse = request.Reverse };
        var page = await node.Broker.ReadHistoryAsync(request.Channel, query, node.Stopping);
        if (!page.IsAvailable)
        {
            await CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.Internal);
        }
        else if (request.Since is { Epoch.Length: > 0 } since && since.Epoch != page.Epoch)
        {
            await CommandTable.RefuseAsync(node, connection, id, ProtocolErrors.UnrecoverablePosition);
        }
        else
        {
            connection.Send(new Reply
            {
                Id = id,
                History = new HistoryResult { Publications = Within(connection.ReplyRoom, page.Publications), Epoch = page.Epoch, Offset = page.Offset },
            });
        }
    }

    /// <summary>As many as may wait for the peer, at least one: a client that wants more reads on from the last.</summary>
    private static List<Publication> Within(int bytesMax, IReadOnlyList<Publication> publications)
    {
        var taken = new List<Publication>(publications.Count);
        var bytes = 0L;
        foreach (var publication in publications)
        {
            bytes += PublicationSize.Of(publication);
            if (bytes > bytesMax && taken.Count > 0) break;
            taken.Add(publication);
        }
        return taken;
    }
}
