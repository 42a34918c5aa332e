using Starling.Access;
using Starling.Brokers;
using Starling.Channels;
using Starling.Cluster;
using Starling.Connections;
using Starling.Connections.Commands;
using Starling.Deltas;
using Starling.Protocol;

namespace Starling.State;

/// <summary>Subscribes to keyed state (protocol 4.12): (1) pages of the state, (2) pages of the stream, (3) the live reply.</summary>
/// <remarks>The cursor is in the channel's log from the first request on, so nothing is lost while the client loads. Requests
/// for pages never overlap (error 113), as commands of a connection run one after the other. Any error ends the loading.</remarks>
internal static class StateSubscribe
{
    /// <summary>The loading a request goes on with, if there is one.</summary>
    public static StateLoading? FindLoading(Connection connection, SubscribeRequest request) =>
        request.Type is SubscriptionType.Map or SubscriptionType.MapClients or SubscriptionType.MapUsers
        && (IsContinuation(request) || request.Phase is MapPhase.Stream or MapPhase.Live)
            ? connection.FindSubscription(request.Channel)?.Loading
            : null;

    /// <summary>Whether a request makes sense only within a loading.</summary>
    public static bool IsContinuation(SubscribeRequest request) => request.Phase switch
    {
        MapPhase.State => request.Cursor.Length > 0,
        MapPhase.Stream => !request.Recover,
        _ => false,
    };

    /// <summary>Judges a first request.</summary>
    public static ProtocolError? Judge(StateRules rules, SubscribeRequest request) => request.Phase switch
    {
        MapPhase.Stream when !rules.Storage.HasStream => ProtocolErrors.BadRequest,
        MapPhase.State or MapPhase.Stream => IsContinuation(request) ? ProtocolErrors.PermissionDenied : null,
        MapPhase.Live => null,
        _ => ProtocolErrors.BadRequest,
    };

    /// <summary>The first request, permitted.</summary>
    public static async ValueTask BeginAsync(
        Node node, Connection connection, uint id, SubscribeRequest request, ChannelRules rules, SubscriptionTerms terms)
    {
        var loading = new StateLoading(node.Wheel, connection, request.Channel, rules.State!, terms);
        var outcome = await node.SubscribeAsync(connection, request.Channel, rules, terms with { Loading = loading });
        if (outcome.Error is { } error) await CommandTable.RefuseAsync(node, connection, id, error);
        if (outcome.Subscription is not { } subscription) return;
        loading.Subscription = subscription;
        loading.IsLost = false;   // nothing is loaded yet: what was lost while the broker could not be reached does not count
        loading.IsRecovering = request.Recover;
        loading.StartWatching();
        if (subscription.Channel.History is { } history && !await history.EnsurePositionAsync())
        {
            await FailAsync(node, loading, id, ProtocolErrors.Internal);
            return;
        }
        if (request.Phase != MapPhase.State) loading.Epoch = request.Epoch.Length > 0 ? request.Epoch : subscription.Channel.Log.Position.Epoch;
        await ContinueAsync(node, loading, id, request);
    }

    /// <summary>Any request of a loading.</summary>
    public static ValueTask ContinueAsync(Node node, StateLoading loading, uint id, SubscribeRequest request)
    {
        // Without a stream nothing else says that what was loaded is not to be relied on; with one its position does.
        var isLost = loading.IsLost && !loading.Rules.Storage.HasStream;
        if (isLost || (request.Epoch.Length > 0 && loading.Epoch.Length > 0 && request.Epoch != loading.Epoch))
        {
            return FailAsync(node, loading, id, ProtocolErrors.UnrecoverablePosition);
        }
        return request.Phase switch
        {
            MapPhase.State => StatePageAsync(node, loading, id, request),
            MapPhase.Stream when loading.Rules.Storage.HasStream => StreamPageAsync(node, loading, id, request),
            MapPhase.Live => GoLiveAsync(node, loading, id, state: null, request.Offset),
            _ => FailAsync(node, loading, id, ProtocolErrors.BadRequest),
        };
    }

    private static async ValueTask StatePageAsync(Node node, StateLoading loading, uint id, SubscribeRequest request)
    {
        var isFirst = request.Cursor.Length == 0;
        var (rules, channel) = (loading.Rules, loading.Subscription.Channel);
        var size = rules.PageSize(request.Limit);
        var query = new StateQuery(size)
        {
            Cursor = request.Cursor,
            RevisionOffset = isFirst || !rules.Storage.HasStream ? null : loading.Offset,
            BytesMax = PageBytesMax(loading.Connection),
        };
        var page = await node.Broker.ReadStateAsync(channel.Name, query, rules.Storage, node.Stopping);
        if (!page.IsAvailable)
        {
            await FailAsync(node, loading, id, ProtocolErrors.Internal);
            return;
        }
        if (isFirst) (loading.Epoch, loading.Offset) = (page.Epoch, page.Offset);
        loading.Subscription.FullUntil = Math.Max(loading.Subscription.FullUntil, page.Offset);
        if (page.Epoch != loading.Epoch)
        {
            await FailAsync(node, loading, id, ProtocolErrors.UnrecoverablePosition);
            return;
        }
        if (await HasEndedAsync(node, loading, id)) return;
        var state = Shown(loading.Subscription, page);
        var isLast = page.Cursor.Length == 0;
        // The last page goes with the live reply, unless so much happened that it comes in pages of its own.
        if (isLast && (!rules.Storage.HasStream || loading.Offset + (ulong)size >= page.Offset))
        {
            await GoLiveAsync(node, loading, id, state, loading.Offset);
            return;
        }
        loading.Connection.Send(new Reply
        {
            Id = id,
            Subscribe = new SubscribeResult
            {
                Type = SubscriptionType.Map,
                Phase = MapPhase.State,
                State = state,
                Cursor = page.Cursor,
                Epoch = loading.Epoch,
                Offset = loading.Offset,
            },
        });
    }

    private static async ValueTask StreamPageAsync(Node node, StateLoading loading, uint id, SubscribeRequest request)
    {
        var channel = loading.Subscription.Channel;
        var size = loading.Rules.PageSize(request.Limit);
        var position = await PositionAsync(loading, request.Offset);
        if (position.Epoch != loading.Epoch)
        {
            await FailAsync(node, loading, id, ProtocolErrors.UnrecoverablePosition);
            return;
        }
        var top = loading.StreamTop ??= position.Top;
        if (request.Offset + (ulong)size >= top)
        {
            await GoLiveAsync(node, loading, id, state: null, request.Offset);
            return;
        }
        var isAvailable = true;
        var changes = channel.Log.ReadAfter(loading.Epoch, request.Offset, size);
        if (changes is null) (isAvailable, changes) = await channel.History!.ReadAfterAsync(loading.Epoch, request.Offset);
        if (changes is not { Length: > 0 })
        {
            await FailAsync(node, loading, id, isAvailable ? ProtocolErrors.UnrecoverablePosition : ProtocolErrors.Internal);
            return;
        }
        if (await HasEndedAsync(node, loading, id)) return;
        var taken = Fitting(PageBytesMax(loading.Connection), changes.AsSpan(0, Math.Min(size, changes.Length)));
        loading.Connection.Send(new Reply
        {
            Id = id,
            Subscribe = new SubscribeResult
            {
                Type = SubscriptionType.Map,
                Phase = MapPhase.Stream,
                Publications = Shown(loading.Subscription, changes.AsSpan(0, taken)),
                Epoch = loading.Epoch,
                Offset = changes[taken - 1].Offset,
            },
        });
    }

    /// <summary>Whether the subscription was ended, by a revocation for instance, while the broker was asked: then nothing is shown any more.</summary>
    private static async ValueTask<bool> HasEndedAsync(Node node, StateLoading loading, uint id)
    {
        if (loading.Connection.FindSubscription(loading.Subscription.Channel.Name) == loading.Subscription) return false;
        await FailAsync(node, loading, id, ProtocolErrors.PermissionDenied);
        return true;
    }

    /// <summary>The live reply: what changed since an offset, as far as it fits; the cursor goes on behind it.</summary>
    private static async ValueTask GoLiveAsync(Node node, StateLoading loading, uint id, List<Publication>? state, ulong since)
    {
        var subscription = loading.Subscription;
        var result = new SubscribeResult
        {
            Type = SubscriptionType.Map,
            State = state,
            Data = loading.Terms.Data,
            Delta = subscription.HasDelta,
            Id = subscription.UsesId ? subscription.Channel.Id : 0,
            PublishDebounce = loading.Rules.PublishDebounceMs,
        };
        if (!loading.Rules.Storage.HasStream)
        {
            subscription.BasesFrom = subscription.Channel.Log.Head;
        }
        else if (await PlaceAsync(loading, since, result) is { } error)
        {
            await FailAsync(node, loading, id, error);
            return;
        }
        // Who is answered is listed (protocol 3.6 point 7).
        if (subscription.Member is not null && !await node.Presence.EnterAsync(subscription))
        {
            await FailAsync(node, loading, id, ProtocolErrors.Internal);
            return;
        }
        node.Wheel.Cancel(loading);
        loading.Connection.SendAndGoLive(new Reply { Id = id, Subscribe = result }, subscription);
        if (loading.IsLost) loading.Connection.LosePlace(subscription);   // in between, when nobody could be told yet
    }

    /// <summary>Places the cursor behind the changes that go with the live reply.</summary>
    /// <returns>Error 112 when the changes since the offset are not known any more, or are too many; 100 when the broker does
    /// not answer.</returns>
    private static async ValueTask<ProtocolError?> PlaceAsync(StateLoading loading, ulong since, SubscribeResult result)
    {
        var subscription = loading.Subscription;
        var log = subscription.Channel.Log;
        var changesMax = loading.Rules.LiveChangesMax;
        await PositionAsync(loading, since);
        var wasLost = loading.IsLost;
        loading.IsLost = false;   // what was lost until now is looked at here
        var changes = log.ReadAfter(loading.Epoch, since, changesMax + 1, out var position);
        if (position.Epoch != loading.Epoch) return ProtocolErrors.UnrecoverablePosition;
        if (since >= position.Top)
        {
            // A position from the future, which an old backup of the broker may bring about; what was loaded from it is gone too.
            if (since > position.Top && (wasLost || since > loading.Offset)) return ProtocolErrors.UnrecoverablePosition;
            changes = [];   // or the state was read from a broker that is ahead of what it has announced here
            position = position with { Top = since };
        }
        if (changes is null && position.Top - since <= (ulong)changesMax)
        {
            (var isAvailable, changes) = await subscription.Channel.History!.ReadAfterAsync(loading.Epoch, since);
            if (!isAvailable) return ProtocolErrors.Internal;
        }
        if (changes is null || changes.Length > changesMax) return ProtocolErrors.UnrecoverablePosition;
        var taken = Fitting(PageBytesMax(loading.Connection) - SizeOf(result.State), changes);
        subscription.Epoch = loading.Epoch;
        subscription.Offset = taken > 0 ? changes[taken - 1].Offset : position.Top;
        if (subscription.Offset >= position.Top) subscription.Next = subscription.CaughtUp = position.Head;
        else if (log.TryFindAfter(loading.Epoch, subscription.Offset, out var next)) subscription.Next = next;
        else subscription.Reading = new HistoryReading();   // empty: its first turn fetches
        result.Recoverable = result.Positioned = true;
        result.WasRecovering = result.Recovered = loading.IsRecovering;
        result.Publications = Shown(subscription, changes.AsSpan(0, taken));
        result.Epoch = loading.Epoch;
        result.Offset = subscription.Offset;
        return null;
    }

    /// <summary>Where the log stands, once it is not behind what the client has from another node or from the broker.</summary>
    private static async ValueTask<LogPosition> PositionAsync(StateLoading loading, ulong offset)
    {
        var channel = loading.Subscription.Channel;
        var position = channel.Log.Position;
        if (position.Epoch == loading.Epoch && position.Top >= offset) return position;
        await channel.History!.MendAsync();
        return channel.Log.Position;
    }

    /// <summary>What one page may take: not more than there is room for behind what waits already.</summary>
    private static int PageBytesMax(Connection connection) => Math.Max(1, connection.ReplyRoom);

    private static long SizeOf(List<Publication>? state) => state?.Sum(static entry => (long)PublicationSize.Of(entry)) ?? 0;

    /// <summary>How many of the changes one reply holds; one at least.</summary>
    private static int Fitting(long bytesMax, ReadOnlySpan<LogEntry> changes)
    {
        long bytes = 0;
        for (var i = 0; i < changes.Length; i++)
        {
            bytes += changes[i].Size;
            if (i > 0 && bytes > bytesMax) return i;
        }
        return changes.Length;
    }

    private static List<Publication> Shown(Subscription subscription, StatePage page)
    {
        var shown = new List<Publication>(page.Entries.Count);
        foreach (var (publication, _) in page.Entries)
        {
            if (subscription.Filter is null || subscription.Filter.Matches(publication.Tags)) shown.Add(Formed(subscription, publication));
        }
        return shown;
    }

    private static List<Publication> Shown(Subscription subscription, ReadOnlySpan<LogEntry> changes)
    {
        var shown = new List<Publication>(changes.Length);
        foreach (var change in changes)
        {
            if (subscription.Filter is null || subscription.Filter.Matches(change.Publication.Tags)) shown.Add(Formed(subscription, change.Publication));
        }
        return shown;
    }

    /// <summary>With deltas every payload on the JSON wire is a string (protocol 4.9); what is loaded goes in full.</summary>
    private static Publication Formed(Subscription subscription, Publication publication) =>
        subscription.HasDelta && subscription.Connection.Wire == Wire.Json ? publication.AsJsonString() : publication;

    private static ValueTask FailAsync(Node node, StateLoading loading, uint id, ProtocolError error)
    {
        node.Wheel.Cancel(loading);
        loading.Connection.Withdraw(loading.Subscription);
        return CommandTable.RefuseAsync(node, loading.Connection, id, error);
    }
}
