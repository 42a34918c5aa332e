using Starling.Channels;
using Starling.Protocol;

namespace Starling.History;

/// <summary>Where a new subscription starts, and what its reply says about it (protocol 4.5).</summary>
internal static class SubscribePosition
{
    /// <summary>Places the cursor of a subscription that is not live yet and fills in its reply.</summary>
    /// <returns>Error 100 when the broker does not answer, 112 when the client asked to be refused rather than to start anew.</returns>
    public static async ValueTask<ProtocolError?> PlaceAsync(
        Subscription subscription, SubscribeRequest request, SubscriptionTerms terms, SubscribeResult result)
    {
        var recoverable = terms.Features.Recoverable;
        var channel = subscription.Channel;
        if (!await channel.History!.EnsurePositionAsync()) return ProtocolErrors.Internal;
        var log = channel.Log;
        var position = log.Position;
        if (recoverable && request.Recover && request.Epoch.Length > 0 && (request.Epoch != position.Epoch || request.Offset > position.Top))
        {
            // The client comes from a node that has heard more than this one, or this one has missed something.
            if (!await channel.History.MendAsync()) return ProtocolErrors.Internal;
            position = log.Position;
        }
        StartAt(subscription, position);
        result.Positioned = true;
        result.Recoverable = recoverable;
        result.WasRecovering = request.Recover;
        result.Epoch = position.Epoch;
        result.Offset = position.Top;
        var recovers = recoverable && (request.Recover || channel.Rules.RecoversByItself);
        if (!recovers) return null;
        var isAnswered = true;
        if (channel.Rules.RecoversFromCache)
        {
            result.WasRecovering = true;
            isAnswered = await RecoverNewestAsync(subscription, request, position, terms, result);
        }
        else if (request.Epoch.Length == 0 || request.Epoch == position.Epoch)
        {
            isAnswered = await RecoverStreamAsync(subscription, request.Offset, position, terms, result);
        }
        if (!isAnswered) return ProtocolErrors.Internal;   // whether it is lost nobody can say yet: the client asks again
        return result.Recovered || !request.Flag.HasFlag(SubscribeFlags.RejectUnrecovered) ? null : ProtocolErrors.UnrecoverablePosition;
    }

    private static void StartAt(Subscription subscription, LogPosition position)
    {
        subscription.Next = position.Head;
        subscription.Epoch = position.Epoch;
        subscription.Offset = position.Top;
    }

    /// <summary>Recovery is catching up: the first publications go with the reply, the cursor reads the rest.</summary>
    /// <returns><see langword="false"/> when the broker does not answer.</returns>
    private static async ValueTask<bool> RecoverStreamAsync(
        Subscription subscription, ulong offset, LogPosition position, SubscriptionTerms terms, SubscribeResult result)
    {
        var channel = subscription.Channel;
        // The ring may hold more than the history, if a slow reader is about: what can be recovered must not depend on that.
        if (offset > position.Top || position.Top - offset > (ulong)channel.Rules.Storage.HistorySize) return true;
        var missed = offset == position.Top ? [] : channel.Log.ReadAfter(position.Epoch, offset, terms.RecoveredMax);
        if (missed is null)
        {
            (var isAvailable, missed) = await channel.History!.ReadAfterAsync(position.Epoch, offset);
            if (missed is null) return isAvailable;
            missed = missed[..Math.Min(missed.Length, terms.RecoveredMax)];
        }
        missed = missed[..CountWithin(missed, terms.RecoveredBytesMax)];
        result.Recovered = true;
        result.Offset = offset;
        result.Publications = Recovered(subscription, missed);
        subscription.Offset = missed.Length > 0 ? missed[^1].Publication.Offset : offset;
        if (channel.Log.TryResume(position.Epoch, subscription.Offset, out var next)) subscription.Next = next;
        else subscription.Reading = new HistoryReading();   // empty: its first turn fetches
        return true;
    }

    private static int CountWithin(LogEntry[] entries, int bytesMax)
    {
        var count = 0;
        for (var bytes = 0L; count < entries.Length; count++)
        {
            bytes += entries[count].Size;
            if (bytes > bytesMax) break;
        }
        return count;
    }

    /// <summary>Cache mode: only the newest publication matters. Where it is too long for the reply it comes behind it.</summary>
    /// <returns><see langword="false"/> when the broker does not answer.</returns>
    private static async ValueTask<bool> RecoverNewestAsync(
        Subscription subscription, SubscribeRequest request, LogPosition position, SubscriptionTerms terms, SubscribeResult result)
    {
        var isCurrent = request.Offset == position.Top && (request.Epoch == position.Epoch || (request.Epoch.Length == 0 && position.Top == 0));
        if (isCurrent && request.Recover)
        {
            result.Recovered = true;
            return true;
        }
        if (position.Top == 0) return true;
        var isAvailable = true;
        var newest = subscription.Channel.Log.ReadAfter(position.Epoch, position.Top - 1, 1);
        if (newest is null) (isAvailable, newest) = await subscription.Channel.History!.ReadAfterAsync(position.Epoch, position.Top - 1);
        if (newest is not { Length: > 0 }) return isAvailable;
        result.Recovered = true;
        if (newest[0].Size <= terms.RecoveredBytesMax)
        {
            result.Publications = Recovered(subscription, newest.AsSpan(0, 1));
            return true;
        }
        result.Offset = subscription.Offset = newest[0].Offset - 1;
        subscription.Reading = new HistoryReading { Entries = [newest[0]] };
        return true;
    }

    /// <summary>The publications of a reply. With deltas: the first in full, each other one as a patch where the one before
    /// it is its base; the live ones go on from the last. When there are none the first live one goes in full: a client that
    /// subscribed at the top and was cut off before anything came has the position, but not the publication at it.</summary>
    private static List<Publication> Recovered(Subscription subscription, ReadOnlySpan<LogEntry> entries)
    {
        var publications = new List<Publication>(entries.Length);
        var log = subscription.Channel.Log;
        foreach (var entry in entries)
        {
            if (subscription.Filter is not null && !subscription.Filter.Matches(entry.Publication.Tags)) continue;
            if (!subscription.HasDelta)
            {
                publications.Add(entry.Publication);
                continue;
            }
            publications.Add(entry.Publish(subscription.Connection.Wire, log.HoldsBase(subscription, entry) ? PayloadForm.Patch : PayloadForm.Full));
            subscription.Base = entry.Publication;
        }
        if (subscription.Base is { } last) (log as RingLog)?.SetLastIfUnknown(last);
        return publications;
    }
}
