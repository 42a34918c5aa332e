using Starling.Channels;
using Starling.Protocol;
using Starling.Transports;

namespace Starling.Connections;

/// <summary>What a cursor could do in its turn.</summary>
internal enum PullOutcome : byte
{
    /// <summary>It has nothing left to read for now.</summary>
    Finished,

    /// <summary>The batch took no more.</summary>
    BatchFull,

    /// <summary>What it wants is in the broker's history only.</summary>
    NeedsHistory,

    /// <summary>What it wants is gone, and it holds no position it could go on from (3008).</summary>
    FellOff,

    /// <summary>What its client knows of the channel is wrong: joins or leaves it wanted are gone, or changes of keyed state that
    /// has no positions (2500).</summary>
    LostState,

    /// <summary>A publication has no form on this connection's wire (3506).</summary>
    NotEncodable,
}

/// <summary>How cursors move: over the ring, and over the history when they have left it.</summary>
internal sealed partial class Connection
{
    /// <summary>The position of a subscription is lost for good: its client is told (protocol 4.5). One that still loads keyed state
    /// is told with its next page, or behind the live reply.</summary>
    public void LosePlace(Subscription subscription)
    {
        lock (_gate)
        {
            if (_subscriptions.Find(subscription.Channel.Name) != subscription) return;   // has ended while its history was being read
            if (subscription.Loading is { } loading)
            {
                loading.IsLost = true;
                return;
            }
        }
        if (subscription.Side == SubscriptionSide.Server) Disconnect(Disconnects.InsufficientState);
        else EndSubscription(subscription, Unsubscribes.InsufficientState);
    }

    /// <summary>Under the gate. Moves the cursor over everything that fits.</summary>
    private PullOutcome Pull(Subscription subscription, OutputBatch batch)
    {
        if (subscription.Reading is { } reading)
        {
            var outcome = PullFromHistory(subscription, reading, batch);
            if (outcome != PullOutcome.Finished || subscription.Reading is not null) return outcome;
        }
        var entries = t_entries ??= new LogEntry[32];
        var log = subscription.Channel.Log;
        while (true)
        {
            if (subscription.Next >= subscription.Until) return PullOutcome.Finished;
            if (FindShared(subscription) is { } piece)
            {
                if (!batch.TryAdd(piece.Bytes)) return PullOutcome.BatchFull;
                subscription.Next = piece.Next;
                if (piece.Offset > 0) subscription.Offset = piece.Offset;
                _node.Metrics.Deliveries.Add(piece.Count);
                continue;
            }
            var status = log.Read(subscription.Next, entries, out var count);
            if (status == CursorStatus.FellOff) return LeaveRing(subscription);
            var outcome = Deliver(subscription, entries.AsSpan(0, count), subscription.Until, batch, out var passed);
            if (passed > 0) subscription.Next = entries[passed - 1].Sequence + 1;
            if (outcome != PullOutcome.Finished) return outcome;
            if (passed < count)
            {
                subscription.Next = subscription.Until;   // of a keyed channel nothing may be left before the end: each key stands at its newest change
                return PullOutcome.Finished;
            }
            if (status != CursorStatus.UpToDate) continue;
            subscription.CaughtUp = subscription.Next;
            return PullOutcome.Finished;
        }
    }

    /// <summary>A positioned cursor reads on from the history; one without a position has lost its place (design, section 1).</summary>
    private static PullOutcome LeaveRing(Subscription subscription)
    {
        if (!subscription.IsPositioned && subscription.Channel.Rules.HasKeys) return PullOutcome.LostState;
        if (!subscription.IsPositioned || subscription.Until != ulong.MaxValue) return PullOutcome.FellOff;
        if (LostMembers(subscription)) return PullOutcome.LostState;
        subscription.Reading = new HistoryReading { IsFetching = true };
        // The ring need not wait for it, unless there are joins and leaves in it, which no history has.
        if (!subscription.WantsJoinLeave) subscription.Next = subscription.Channel.Log.Head;
        return PullOutcome.NeedsHistory;
    }

    private static bool LostMembers(Subscription subscription) =>
        subscription.WantsJoinLeave && subscription.Next < subscription.Channel.Log.MembershipLostBelow;

    private PullOutcome PullFromHistory(Subscription subscription, HistoryReading reading, OutputBatch batch)
    {
        if (reading.IsFetching) return PullOutcome.Finished;
        var outcome = Deliver(subscription, reading.Entries.AsSpan(reading.Next), ulong.MaxValue, batch, out var passed);
        reading.Next += passed;
        if (outcome != PullOutcome.Finished) return outcome;
        if (subscription.Channel.Log.TryResume(subscription.Epoch, subscription.Offset, out var next))
        {
            if (LostMembers(subscription)) return PullOutcome.LostState;
            // Joins and leaves that have passed meanwhile are still to be given; what was read since is skipped.
            if (subscription.WantsJoinLeave) next = Math.Clamp(subscription.Next, Math.Min(subscription.Channel.Log.Oldest, next), next);
            subscription.Next = next;
            subscription.Reading = null;
            return PullOutcome.Finished;
        }
        reading.Entries = [];
        reading.IsFetching = true;
        return PullOutcome.NeedsHistory;
    }

    /// <param name="subscription">The cursor's.</param>
    /// <param name="entries">What comes next.</param>
    /// <param name="until">The first sequence number that is not delivered any more; what comes from the history has none.</param>
    /// <param name="batch">Takes the frames.</param>
    /// <param name="passed">Entries it is done with.</param>
    private PullOutcome Deliver(Subscription subscription, ReadOnlySpan<LogEntry> entries, ulong until, OutputBatch batch, out int passed)
    {
        passed = 0;
        var delivered = 0;
        var outcome = PullOutcome.Finished;
        foreach (var entry in entries)
        {
            if (entry.Sequence >= until) break;   // published after the end had begun
            if (IsHad(subscription, entry.Offset))
            {
                passed++;
                continue;
            }
            if (IsWanted(subscription, entry))
            {
                var frame = entry.Frame(new FrameVariant(_transport.Framing, FormFor(subscription, entry), subscription.UsesId));
                if (frame is null || !batch.TryAdd(frame))
                {
                    outcome = frame is null ? PullOutcome.NotEncodable : PullOutcome.BatchFull;
                    break;
                }
                delivered++;
                subscription.Tracked?.OnDelivered(entry.Publication);
            }
            if (entry.Offset is var offset and > 0) subscription.Offset = offset;
            if (subscription.HasDelta && entry.Kind == EntryKind.Publication) subscription.Base = entry.Publication;
            passed++;
        }
        _node.Metrics.Deliveries.Add(delivered);
        return outcome;
    }

    /// <summary>What the others of its group are given at this place, ready to be written, unless it has had some of that.</summary>
    private SharedPiece? FindShared(Subscription subscription)
    {
        if (subscription.Group?.Shared is not { } shared || !subscription.CanShare || subscription.Until != ulong.MaxValue) return null;
        var piece = shared.Find(subscription.Next, new FrameVariant(_transport.Framing, PayloadForm.Plain, subscription.UsesId));
        return piece is not null && IsHad(subscription, piece.FirstOffset) ? null : piece;
    }

    /// <summary>It came already: by way of the history, where a cursor went back for joins and leaves, or with the reply, from a
    /// broker that was ahead of what it had announced.</summary>
    private static bool IsHad(Subscription subscription, ulong offset) =>
        subscription.IsPositioned && offset > 0 && offset <= subscription.Offset;

    private static bool IsWanted(Subscription subscription, LogEntry entry) => entry.Kind == EntryKind.Publication
        ? (subscription.Filter is null || subscription.Filter.Matches(entry.Publication.Tags))
            && (subscription.Channel.Rules.Poll is null || subscription.Tracked?.Wants(entry.Publication) == true)
        : subscription.WantsJoinLeave;

    private static PayloadForm FormFor(Subscription subscription, LogEntry entry)
    {
        if (!subscription.HasDelta) return PayloadForm.Plain;
        return subscription.Channel.Log.HoldsBase(subscription, entry) ? PayloadForm.Patch : PayloadForm.Full;
    }

    /// <summary>Fetches what the cursor wants next from the history; if it is not there any more, the place is lost.</summary>
    private async Task ReadHistoryAsync(Subscription subscription)
    {
        var (_, entries) = await subscription.Channel.History!.ReadAfterAsync(subscription.Epoch, subscription.Offset);
        if (entries is null)
        {
            LosePlace(subscription);
            return;
        }
        lock (_gate)
        {
            if (!subscription.IsLive || subscription.Reading is not { } reading) return;
            reading.Entries = entries;
            reading.Next = 0;
            reading.IsFetching = false;
            if (!subscription.IsBehind) Link(subscription);
        }
        Flush();
    }
}
