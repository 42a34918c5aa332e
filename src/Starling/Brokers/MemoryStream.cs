using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>The stream of one channel in memory: its last publications, its position, what was published under which key.</summary>
/// <remarks>Guarded by its own gate, which the broker holds while it announces, so that the order of offsets is the order
/// of delivery. Times are milliseconds of the broker's clock.</remarks>
internal sealed class MemoryStream(string epoch)
{
    private readonly Queue<Publication> _publications = new();
    private ResultMemory<PublishResult> _results = new();
    private ulong _version;
    private string _versionEpoch = "";
    private long _publicationsExpireMs = long.MaxValue;
    private long _metaExpiresMs;
    private long _lastUseMs;

    public Lock Gate { get; } = new();

    public string Epoch => epoch;

    public ulong Top { get; private set; }

    /// <summary>The stream was taken out of the broker: whoever still holds it looks it up again.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Somebody uses the channel: its position lives on.</summary>
    public void Touch(TimeSpan metaTtl, long nowMs)
    {
        _lastUseMs = nowMs;
        _metaExpiresMs = Math.Max(_metaExpiresMs, nowMs + (long)metaTtl.TotalMilliseconds);
    }

    /// <summary>The answer that is due without publishing, if any (conditions in the protocol's order).</summary>
    public PublishResult? Judge(in PublishOptions options, long nowMs)
    {
        if (options.IdempotencyKey.Length > 0 && _results.TryFind(options.IdempotencyKey, nowMs, out var known))
        {
            return known with { Status = PublishStatus.Duplicate };
        }
        if (options.HasHistory && options.Version > 0 && options.Version <= _version
            && (options.VersionEpoch.Length == 0 || options.VersionEpoch == _versionEpoch))
        {
            return new PublishResult(PublishStatus.Superseded, Top, epoch);
        }
        return options.ExpectedOffset is { } expected && expected != Top ? new PublishResult(PublishStatus.Conflict, Top, epoch) : null;
    }

    /// <summary>Gives the publication its offset and keeps it.</summary>
    public void Append(Publication publication, in PublishOptions options, long nowMs)
    {
        ExpirePublications(nowMs);
        Top++;
        publication.Offset = Top;
        if (Top == 1) publication.Epoch = epoch;
        _publications.Enqueue(publication);
        while (_publications.Count > options.HistorySize) _publications.Dequeue();
        _publicationsExpireMs = nowMs + (long)options.HistoryTtl.TotalMilliseconds;
        if (options.Version == 0) return;
        _version = options.Version;
        _versionEpoch = options.VersionEpoch;
    }

    /// <summary>Keeps a result for repeats of its key.</summary>
    public void Remember(string key, PublishResult result, long nowMs) => _results.Remember(key, result, nowMs);

    public HistoryPage Read(in HistoryQuery query, long nowMs)
    {
        ExpirePublications(nowMs);
        if (query.Limit == 0) return new HistoryPage(IsAvailable: true, [], Top, epoch);
        var since = query.SinceOffset;
        var reverse = query.Reverse;
        var found = _publications.Where(pub => since is not { } offset || (reverse ? pub.Offset < offset : pub.Offset > offset));
        if (reverse) found = found.Reverse();
        if (query.Limit > 0) found = found.Take(query.Limit);
        return new HistoryPage(IsAvailable: true, found.ToArray(), Top, epoch);
    }

    public void RemovePublications() => _publications.Clear();

    /// <summary>Drops what has outlived its time.</summary>
    /// <returns><see langword="true"/> when nothing is left that is worth keeping.</returns>
    public bool Expire(long nowMs, long unwrittenLifeMs)
    {
        ExpirePublications(nowMs);
        if (!_results.IsExpired(nowMs)) return false;
        return _metaExpiresMs <= nowMs || (Top == 0 && nowMs - _lastUseMs >= unwrittenLifeMs);
    }

    private void ExpirePublications(long nowMs)
    {
        if (_publicationsExpireMs <= nowMs) _publications.Clear();
    }
}
