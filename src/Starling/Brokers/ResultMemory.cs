namespace Starling.Brokers;

/// <summary>What was answered under which idempotency key, for a while (protocol 4.8). Guarded by its owner.</summary>
internal struct ResultMemory<TResult>()
    where TResult : struct
{
    /// <summary>Keys remembered at most; when there are more within the window the oldest go first.</summary>
    private const int KeysMax = 10_000;

    private Dictionary<string, (TResult Result, long ExpiresMs)>? _results;
    private Queue<(string Key, long ExpiresMs)>? _order;
    private long _lastExpiresMs;

    /// <summary>Whether a key is remembered.</summary>
    public readonly bool TryFind(string key, long nowMs, out TResult result)
    {
        result = default;
        if (_results is null || !_results.TryGetValue(key, out var known) || known.ExpiresMs <= nowMs) return false;
        result = known.Result;
        return true;
    }

    /// <summary>Keeps a result for repeats of its key.</summary>
    public void Remember(string key, TResult result, long nowMs)
    {
        _results ??= [];
        _order ??= new Queue<(string Key, long ExpiresMs)>();
        while (_order.TryPeek(out var oldest) && (oldest.ExpiresMs <= nowMs || _order.Count >= KeysMax))
        {
            _order.Dequeue();
            if (_results.TryGetValue(oldest.Key, out var kept) && kept.ExpiresMs == oldest.ExpiresMs) _results.Remove(oldest.Key);
        }
        _lastExpiresMs = nowMs + (long)PublishOptions.IdempotencyWindow.TotalMilliseconds;
        _results[key] = (result, _lastExpiresMs);
        _order.Enqueue((key, _lastExpiresMs));
    }

    /// <summary>Nothing in it would still be found.</summary>
    public readonly bool IsExpired(long nowMs) => _lastExpiresMs <= nowMs;
}
