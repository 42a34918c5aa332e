namespace Starling.Limits;

/// <summary>The buckets that connections share, by user or by address.</summary>
/// <remarks>Thread-safe. Buckets stay while connections hold them, and afterwards until they are full again, so that coming back
/// does not fill them. At most <see cref="IdleMax"/> that nobody holds: beyond that newcomers get buckets of their own that
/// nobody else finds. An attacker with so many addresses is stopped by the limits of the node, not by these; sharing a bucket
/// among the rest would shut out everybody else.</remarks>
internal sealed class BucketTable<TKey>
    where TKey : notnull
{
    internal const int IdleMax = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, Buckets> _buckets = [];
    private int _idle;

    public int Count
    {
        get
        {
            lock (_gate) return _buckets.Count;
        }
    }

    /// <summary>The buckets of the key.</summary>
    public Buckets Find(TKey key)
    {
        lock (_gate)
        {
            if (_buckets.TryGetValue(key, out var buckets)) return buckets;
            buckets = new Buckets();
            if (_idle >= IdleMax) return buckets;
            _buckets.Add(key, buckets);
            _idle++;
            return buckets;
        }
    }

    /// <summary>Lets one more connection share the buckets of the key.</summary>
    /// <param name="key">Its user or address.</param>
    /// <param name="limit">Connections that may share them; 0: any number.</param>
    /// <returns><see langword="null"/> when there are as many as allowed.</returns>
    public Buckets? Hold(TKey key, int limit = 0)
    {
        lock (_gate)
        {
            if (!_buckets.TryGetValue(key, out var buckets)) _buckets.Add(key, buckets = new Buckets());
            else if (limit > 0 && buckets.Holders >= limit) return null;
            else if (buckets.Holders == 0) _idle--;
            buckets.Holders++;
            return buckets;
        }
    }

    /// <summary>A connection is over.</summary>
    public void Leave(TKey key, Buckets buckets)
    {
        lock (_gate)
        {
            if (--buckets.Holders > 0) return;
            if (!_buckets.TryGetValue(key, out var found) || found != buckets) return;
            if (_idle < IdleMax) _idle++;
            else _buckets.Remove(key);
        }
    }

    /// <summary>Forgets buckets that nobody holds and that are full.</summary>
    public void ForgetFull(long nowMs)
    {
        lock (_gate)
        {
            if (_idle == 0) return;
            foreach (var (key, buckets) in _buckets)
            {
                if (buckets.Holders > 0 || !buckets.AreFull(nowMs)) continue;
                _buckets.Remove(key);   // allowed while walking
                _idle--;
            }
        }
    }
}
