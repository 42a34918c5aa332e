namespace Starling;

/// <summary>How long tokens that were taken back are remembered; bound from <c>client.revocation</c>, Starling's own.</summary>
public sealed class RevocationOptions
{
    /// <summary>Key <c>ttl</c>: how long a revocation is remembered if it does not say itself. At least as long as the longest token
    /// is good. 1 s to 365 d; default 24 h.</summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Key <c>limit</c>: revocations that are remembered at once; one more closes connections as ever, and its caller is
    /// told that it is not remembered. 1 to 10000000; default 100000 (some 20 MB).</summary>
    public int Limit { get; set; } = 100_000;

    /// <summary>Key <c>file</c>: where they are kept, so that they hold after a restart too. Empty = in memory only; default
    /// empty.</summary>
    public string File { get; set; } = "";
}
