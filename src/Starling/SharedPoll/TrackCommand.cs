using Starling.Channels;
using Starling.Cluster;
using Starling.Connections;
using Starling.Connections.Commands;
using Starling.Deltas;
using Starling.Protocol;

namespace Starling.SharedPoll;

/// <summary>Tracks keys of a shared poll channel and lets go of them (protocol 4.10).</summary>
internal static class TrackCommand
{
    /// <summary>A signature may be so many seconds over its time: clocks differ and requests take time.</summary>
    private const long ExpiredGraceSeconds = 5;

    public static ValueTask ExecuteAsync(Node node, Connection connection, uint id, SubRefreshRequest request, Subscription? subscription)
    {
        if (Judge(node, connection, request, subscription, out var endsAt) is { } error) return CommandTable.RefuseAsync(node, connection, id, error);
        if (request.Type == SubRefreshType.Untrack)
        {
            connection.Untrack(subscription!, request.Untrack!);
            return CommandTable.AnswerAsync(connection, new Reply { Id = id, SubRefresh = new SubRefreshResult() });
        }
        Track(node, connection, id, request, subscription!, endsAt);
        return default;
    }

    /// <param name="node">The node.</param>
    /// <param name="connection">Who asks.</param>
    /// <param name="request">What for.</param>
    /// <param name="subscription">Its subscription, if it has one.</param>
    /// <param name="endsAt">When the first of the signatures expires, in Unix seconds; 0: never.</param>
    private static ProtocolError? Judge(Node node, Connection connection, SubRefreshRequest request, Subscription? subscription, out long endsAt)
    {
        endsAt = 0;
        var isTrack = request.Type == SubRefreshType.Track;
        var keys = isTrack ? request.Track?.SelectMany(static batch => batch.Items ?? []).Select(static item => item.Key) : request.Untrack;
        if (keys is null || !keys.Any() || (isTrack && keys.Contains(""))) return ProtocolErrors.BadRequest;
        if (subscription is null) return ProtocolErrors.PermissionDenied;
        if (subscription.Channel.Rules.Poll is not { } rules) return ProtocolErrors.NotAvailable;
        if (!isTrack) return null;
        if (connection.CountTracked(subscription, keys) > rules.KeysMax) return ProtocolErrors.LimitExceeded;
        return node.Access.Insecure ? null : JudgeSignatures(node, connection, request, out endsAt);
    }

    private static ProtocolError? JudgeSignatures(Node node, Connection connection, SubRefreshRequest request, out long endsAt)
    {
        endsAt = long.MaxValue;
        foreach (var batch in request.Track!)
        {
            var keys = (batch.Items ?? []).ConvertAll(static item => item.Key);
            if (keys.Count == 0) continue;
            var secret = node.Options.SharedPoll.HmacSecretKey;
            if (!TrackSignature.Verify(secret, batch.Signature, connection.User, request.Channel, keys, out var expiresAt)) return ProtocolErrors.PermissionDenied;
            if (expiresAt != 0) endsAt = Math.Min(endsAt, expiresAt);
        }
        if (endsAt == long.MaxValue) endsAt = 0;
        return endsAt != 0 && endsAt + ExpiredGraceSeconds < node.Time.GetUtcNow().ToUnixTimeSeconds() ? ProtocolErrors.TokenExpired : null;
    }

    /// <summary>Pushes of the keys come after the reply: until it is queued the cursor stands still.</summary>
    private static void Track(Node node, Connection connection, uint id, SubRefreshRequest request, Subscription subscription, long endsAt)
    {
        var rules = subscription.Channel.Rules.Poll!;
        var polled = node.Polls.Enter(request.Channel, rules);
        var wanted = new Dictionary<string, ulong>();
        foreach (var item in request.Track!.SelectMany(static batch => batch.Items ?? [])) wanted[item.Key] = item.Version;   // the last one counts
        if (request.Untrack is not null)
        {
            foreach (var key in request.Untrack) wanted.Remove(key);
        }
        if (!connection.Pause(subscription)) return;   // it has ended: nobody waits for this
        var known = polled.Known(wanted.Keys);
        var news = known.Values.Where(value => value.Version > wanted[value.Key]).ToList();
        var dropAt = endsAt == 0 ? 0 : endsAt + (long)rules.ExpiredDelay.TotalSeconds;
        connection.Track(subscription, wanted, news, dropAt);
        if (request.Untrack is { Count: > 0 }) connection.Untrack(subscription, request.Untrack);
        var isText = subscription.HasDelta && connection.Wire == Wire.Json;
        var now = node.Time.GetUtcNow().ToUnixTimeSeconds();
        connection.SendAndGoLive(
            new Reply
            {
                Id = id,
                SubRefresh = new SubRefreshResult
                {
                    Expires = endsAt != 0,
                    Ttl = endsAt == 0 ? 0 : (uint)Math.Clamp(endsAt - now, 1, uint.MaxValue),
                    Items = news.ConvertAll(value => isText ? value.AsJsonString() : value),
                },
            },
            subscription);
        polled.Poll(wanted.Keys);
    }
}
