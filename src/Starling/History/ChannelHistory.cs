using Starling.Brokers;
using Starling.Channels;
using Starling.Operations;
using Starling.Protocol;

namespace Starling.History;

/// <summary>A channel's way back to the broker: its position when the first subscriber comes, pages for cursors that left
/// the ring, and the mending of holes.</summary>
/// <remarks>Thread-safe. Each thing is read once, however many wait for it: the position, a page per starting offset, a
/// mending.</remarks>
internal sealed class ChannelHistory(Channel channel, Broker broker, TimingWheel clock, StripedCounter reads, Action<IThreadPoolWorkItem> runSoon, CancellationToken stopping)
    : IThreadPoolWorkItem
{
    /// <summary>Pages kept for others who stand at the same place; dropped when the channel falls quiet.</summary>
    private const int PagesMax = 16;

    /// <summary>A page is handed out for so long: meanwhile the history may have dropped what is in it.</summary>
    private const long PageLifeMs = 1_000;

    /// <summary>Publications of one page.</summary>
    public const int PageSize = 300;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Epoch, ulong Offset), (Task<EntryPage> Page, long AskedMs)> _pages = [];
    private Task<bool>? _position;
    private Task<bool>? _mending;
    private bool _mendAgain;
    private int _isToBeMended;

    /// <summary>Makes sure the log knows its position. Completed at once for all but the first.</summary>
    /// <returns><see langword="false"/> when the broker does not answer; the next caller tries again.</returns>
    public Task<bool> EnsurePositionAsync()
    {
        lock (_gate)
        {
            if (_position is null || (_position.IsCompleted && !_position.Result)) _position = ReadPositionAsync();
            return _position;
        }
    }

    /// <summary>The entries behind an offset, from the broker. A failure is not kept: the next caller tries again.</summary>
    public Task<EntryPage> ReadAfterAsync(string epoch, ulong offset)
    {
        lock (_gate)
        {
            if (_pages.TryGetValue((epoch, offset), out var known) && (!known.Page.IsCompleted || IsGood(epoch, known.Page.Result, known.AskedMs))) return known.Page;
            if (_pages.Count >= PagesMax) _pages.Clear();
            var page = ReadPageAsync(epoch, offset);
            _pages[(epoch, offset)] = (page, clock.NowMs);
            return page;
        }
    }

    /// <summary>Forgets the pages: nobody has asked for a while, or the history was removed.</summary>
    public void ForgetPages()
    {
        lock (_gate) _pages.Clear();
    }

    /// <summary>Compares the log with the broker and reads what is missing; told when the position is lost for good.</summary>
    /// <returns><see langword="false"/> when the broker does not answer.</returns>
    public Task<bool> MendAsync()
    {
        lock (_gate)
        {
            if (_mending is { IsCompleted: false })
            {
                _mendAgain = true;   // what came to light now may be younger than what is being read
                return _mending;
            }
            return _mending = MendLoopAsync();
        }
    }

    /// <summary>The same, soon and on another stack: for whoever may hold locks.</summary>
    public void MendSoon()
    {
        if (Interlocked.Exchange(ref _isToBeMended, 1) == 0) runSoon(this);
    }

    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _isToBeMended, 0);
        Interlocked.MemoryBarrier();
        _ = MendAsync();   // ends with a status, never with an exception
    }

    /// <summary>Under the gate. Whether a page still says what the history would say, and leads on to what came since: the next
    /// full page does, and so does the ring.</summary>
    private bool IsGood(string epoch, EntryPage page, long askedMs) =>
        page.Entries is { } entries
        && clock.NowMs - askedMs < PageLifeMs
        && (entries.Length == PageSize || channel.Log.TryFindAfter(epoch, entries[^1].Offset, out _));

    private async Task<bool> ReadPositionAsync()
    {
        var page = await ReadAsync(new HistoryQuery(Limit: 0, channel.Rules.PositionTtl));
        if (!page.IsAvailable) return false;
        channel.Log.SetPositionIfUnknown(page.Epoch, page.Offset);
        return true;
    }

    private async Task<EntryPage> ReadPageAsync(string epoch, ulong offset)
    {
        var page = await ReadAsync(new HistoryQuery(PageSize, channel.Rules.PositionTtl) { SinceOffset = offset });
        if (!page.IsAvailable) return new EntryPage(IsAvailable: false, Entries: null);
        var hasNext = page.Epoch == epoch && page.Publications.Count > 0 && page.Publications[0].Offset == offset + 1;
        return new EntryPage(IsAvailable: true, hasNext ? Chain(page.Publications) : null);
    }

    private async Task<bool> MendLoopAsync()
    {
        while (true)
        {
            var isAnswered = await MendOnceAsync();
            lock (_gate)
            {
                if (!_mendAgain)
                {
                    _mending = null;   // whoever comes now starts another one: this one reads no more
                    return isAnswered;
                }
                _mendAgain = false;
            }
        }
    }

    private async Task<bool> MendOnceAsync()
    {
        while (true)
        {
            var position = channel.Log.Position;
            var page = await ReadAsync(new HistoryQuery(PageSize, channel.Rules.PositionTtl) { SinceOffset = position.Top });
            if (!page.IsAvailable) return false;   // the next position check tries again
            if (position.Epoch.Length == 0)
            {
                channel.Log.SetPositionIfUnknown(page.Epoch, page.Offset);
                return true;
            }
            if (page.Epoch == position.Epoch && page.Offset == position.Top) return true;   // nothing was lost
            // A top below ours means that the broker lost what it had announced, for instance in a failover.
            if (page.Epoch != position.Epoch || page.Offset < position.Top || page.Publications.Count == 0 || !TryAppend(page))
            {
                channel.LosePosition(page.Epoch, page.Offset);
                return true;
            }
        }
    }

    private bool TryAppend(HistoryPage page)
    {
        foreach (var publication in page.Publications)
        {
            if (channel.Append(channel.NewEntry(publication), page.Epoch) == AppendStatus.Gap) return false;
        }
        return true;
    }

    /// <summary>Each publication of a page can be a patch against the one before it, except in keyed state, where that is of
    /// another key as a rule.</summary>
    private LogEntry[] Chain(IReadOnlyList<Publication> publications)
    {
        var entries = new LogEntry[publications.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = channel.NewEntry(publications[i]);
            if (i > 0 && channel.Rules is { AllowsDelta: true, State: null }) entries[i].Base = publications[i - 1];
        }
        return entries;
    }

    private async Task<HistoryPage> ReadAsync(HistoryQuery query)
    {
        reads.Add(1);
        try
        {
            return channel.Rules.State is null
                ? await broker.ReadHistoryAsync(channel.Name, query, stopping)
                : await broker.ReadStateStreamAsync(channel.Name, query, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return HistoryPage.Unavailable;
        }
    }
}

/// <summary>What the broker has behind a place.</summary>
/// <param name="IsAvailable">It answered.</param>
/// <param name="Entries">The next ones, at least one; <see langword="null"/>: the next one is not there any more.</param>
internal readonly record struct EntryPage(bool IsAvailable, LogEntry[]? Entries);
