using System.Net;

namespace Starling.Limits;

/// <summary>What one connection may do: its own buckets, and those it shares.</summary>
internal sealed class Allowance(RateLimiter limiter, IPAddress address, Buckets ofAddress)
{
    /// <summary>Refused commands, as a bucket.</summary>
    public long RefusalsPaidUntilNs;

    /// <summary>The network it counts for.</summary>
    public IPAddress Address => address;

    public string User { get; private set; } = "";

    public Buckets Own { get; } = new();

    public Buckets OfAddress => ofAddress;

    /// <summary><see langword="null"/> for a connection without a user.</summary>
    public Buckets? OfUser { get; private set; }

    public RateLimiter Limiter => limiter;

    public void JoinUser(string user, Buckets buckets)
    {
        User = user;
        OfUser = buckets;
    }
}
