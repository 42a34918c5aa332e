using Starling.Cluster;

namespace Starling.Api;

/// <summary>Remembers for five minutes what was published under an idempotency key, so that a repeat is answered and not
/// published (protocol 4.8). A key belongs to its channel.</summary>
/// <remarks>Thread-safe. Bounded in bytes: when the bound is reached the oldest entries leave early, 64 MiB being some 300,000
/// keys. A repeat that comes while the first attempt is in work waits for it. Failed attempts are forgotten at once.</remarks>
internal sealed class IdempotencyTable(TimeProvider time)
{
    internal const int BytesMax = 64 * 1024 * 1024;

    /// <summary>The objects of one entry, beside the text of channel and key.</summary>
    internal const int EntryBytes = 200;

    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Channel, string Key), Attempt> _attempts = [];
    private readonly Queue<Attempt> _byAge = new();
    private long _bytes;

    /// <summary>Claims a key.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="key">The key in the channel.</param>
    /// <param name="attempt">The attempt that holds the key.</param>
    /// <returns><see langword="true"/> when it is the caller's: it publishes, and ends it however that goes.</returns>
    public bool TryBegin(string channel, string key, out Attempt attempt)
    {
        lock (_gate)
        {
            while (_byAge.TryPeek(out var oldest) && (_bytes > BytesMax || time.GetElapsedTime(oldest.Timestamp) >= s_life)) Forget(_byAge.Dequeue());
            if (_attempts.TryGetValue((channel, key), out attempt!)) return false;
            attempt = new Attempt(channel, key, time.GetTimestamp());
            _attempts.Add((channel, key), attempt);
            _byAge.Enqueue(attempt);
            _bytes += attempt.Bytes;
            return true;
        }
    }

    /// <summary>Ends the caller's attempt; whoever waits for it gets the outcome.</summary>
    public void End(Attempt attempt, PublishOutcome outcome)
    {
        if (outcome.Error is not null)
        {
            lock (_gate) RemoveKey(attempt);   // its bytes are counted until its turn in the queue comes
        }
        attempt.End(outcome);
    }

    private void Forget(Attempt attempt)
    {
        _bytes -= attempt.Bytes;
        RemoveKey(attempt);
    }

    private void RemoveKey(Attempt attempt)
    {
        if (_attempts.TryGetValue((attempt.Channel, attempt.Key), out var current) && current == attempt) _attempts.Remove((attempt.Channel, attempt.Key));
    }

    /// <summary>The first publish under a key.</summary>
    internal sealed class Attempt(string channel, string key, long timestamp)
    {
        private readonly TaskCompletionSource<PublishOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Channel => channel;

        public string Key => key;

        public long Timestamp => timestamp;

        public int Bytes => EntryBytes + (2 * (channel.Length + key.Length));

        public Task<PublishOutcome> Outcome => _outcome.Task;

        public void End(PublishOutcome outcome) => _outcome.SetResult(outcome);
    }
}
