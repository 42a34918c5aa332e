namespace Starling.Operations;

/// <summary>Remembers for five minutes what came of work that was done under a key, so that a repeat is answered and nothing is
/// done twice. A key belongs to its scope.</summary>
/// <remarks>Thread-safe. Bounded in bytes, outcomes included: when the bound is reached the oldest entries leave early, 64 MiB being
/// some 300,000 keys with short outcomes. A repeat that comes while the first attempt is in work waits for it. Failed attempts are
/// forgotten at once.</remarks>
internal sealed class AttemptTable<TOutcome>(TimeProvider time)
{
    internal const int BytesMax = 64 * 1024 * 1024;

    /// <summary>The objects of one entry, beside the text of channel and key.</summary>
    internal const int EntryBytes = 200;

    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Scope, string Key), Attempt> _attempts = [];
    private readonly Queue<Attempt> _byAge = new();
    private long _bytes;

    /// <summary>Claims a key.</summary>
    /// <param name="scope">Whose key.</param>
    /// <param name="key">The key in that scope.</param>
    /// <param name="bytes">What the work holds until it has an outcome.</param>
    /// <param name="attempt">The attempt that holds the key.</param>
    /// <returns><see langword="true"/> when it is the caller's: it publishes, and ends it however that goes.</returns>
    public bool TryBegin(string scope, string key, int bytes, out Attempt attempt)
    {
        lock (_gate)
        {
            Trim();
            if (_attempts.TryGetValue((scope, key), out attempt!)) return false;
            attempt = new Attempt(scope, key, bytes, time.GetTimestamp());
            _attempts.Add((scope, key), attempt);
            _byAge.Enqueue(attempt);
            _bytes += attempt.Bytes;
            return true;
        }
    }

    /// <summary>Ends the caller's attempt; whoever waits for it gets the outcome.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="outcome">What came of it.</param>
    /// <param name="bytes">What the outcome holds.</param>
    /// <param name="failed">It is not kept: the next one with the key tries again.</param>
    public void End(Attempt attempt, TOutcome outcome, int bytes, bool failed)
    {
        lock (_gate)
        {
            if (failed) RemoveKey(attempt);   // its bytes are counted until its turn in the queue comes
            if (!attempt.IsForgotten)
            {
                _bytes += bytes - attempt.Held;
                attempt.Held = bytes;
                Trim();
            }
        }
        attempt.End(outcome);
    }

    /// <summary>Under the gate: whose time is over, or who is too much, leaves.</summary>
    private void Trim()
    {
        while (_byAge.TryPeek(out var oldest) && (_bytes > BytesMax || time.GetElapsedTime(oldest.Timestamp) >= s_life)) Forget(_byAge.Dequeue());
    }

    private void Forget(Attempt attempt)
    {
        attempt.IsForgotten = true;
        _bytes -= attempt.Bytes;
        RemoveKey(attempt);
    }

    private void RemoveKey(Attempt attempt)
    {
        if (_attempts.TryGetValue((attempt.Scope, attempt.Key), out var current) && current == attempt) _attempts.Remove((attempt.Scope, attempt.Key));
    }

    /// <summary>The first work under a key.</summary>
    internal sealed class Attempt(string scope, string key, int bytes, long timestamp)
    {
        private readonly TaskCompletionSource<TOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Scope => scope;

        public string Key => key;

        public long Timestamp => timestamp;

        /// <summary>What it holds beside its key: the work's, then the outcome's.</summary>
        public int Held { get; set; } = bytes;

        /// <summary>The table has let go of it, and counts it no longer.</summary>
        public bool IsForgotten { get; set; }

        public long Bytes => EntryBytes + Held + (2L * (scope.Length + key.Length));

        public Task<TOutcome> Outcome => _outcome.Task;

        public void End(TOutcome outcome) => _outcome.SetResult(outcome);
    }
}
