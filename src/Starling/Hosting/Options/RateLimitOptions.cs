namespace Starling;

/// <summary>How much clients may do in a time; bound from <c>client.rate_limit</c>. Each limit is a token bucket: it holds
/// <see cref="RateOptions.Burst"/>, and fills up with <see cref="RateOptions.Rate"/> in each <see cref="RateOptions.Interval"/>.
/// Counted on each node for itself. Default: nothing is limited.</summary>
public sealed class RateLimitOptions
{
    /// <summary>Key <c>action</c>: what becomes of a command over a limit. Default: it is refused.</summary>
    public RateLimitAction Action { get; set; }

    /// <summary>Key <c>disconnect_after</c>: a connection that had more commands refused within 10 s is closed with 3013.
    /// 0 = never; default 100.</summary>
    public int DisconnectAfter { get; set; } = 100;

    /// <summary>Key <c>connection</c>: limits of each connection. Its <see cref="RateScopeOptions.Connect"/> has no meaning.</summary>
    public RateScopeOptions Connection { get; set; } = new();

    /// <summary>Key <c>user</c>: limits that the connections of a user share. Anonymous users have none.</summary>
    public RateScopeOptions User { get; set; } = new();

    /// <summary>Key <c>address</c>: limits that the connections from an address share; an IPv6 network of 64 bits counts as one.</summary>
    public RateScopeOptions Address { get; set; } = new();
}

/// <summary>What becomes of a command over its limit.</summary>
public enum RateLimitAction
{
    /// <summary>It gets error 111, which names the limit and when to try again; whoever goes on is disconnected.</summary>
    Refuse,

    /// <summary>It is run, counted and logged: to find fitting limits.</summary>
    Warn,
}

/// <summary>The limits of one scope.</summary>
public sealed class RateScopeOptions
{
    /// <summary>Key <c>commands</c>: commands of every kind.</summary>
    public RateOptions Commands { get; set; } = new();

    /// <summary>Key <c>connect</c>: new connections.</summary>
    public RateOptions Connect { get; set; } = new();

    /// <summary>Key <c>subscribe</c>: subscribe commands.</summary>
    public RateOptions Subscribe { get; set; } = new();

    /// <summary>Key <c>publish</c>: publish commands, and calls of <c>starling.publish</c>.</summary>
    public RateOptions Publish { get; set; } = new();

    /// <summary>Key <c>rpc</c>: calls and messages.</summary>
    public RateOptions Rpc { get; set; } = new();

    /// <summary>Key <c>read</c>: history, presence and presence counts.</summary>
    public RateOptions Read { get; set; } = new();

    /// <summary>Key <c>bytes</c>: bytes of commands. A command larger than the burst passes when the bucket is full.</summary>
    public RateOptions Bytes { get; set; } = new();
}

/// <summary>One token bucket.</summary>
public sealed class RateOptions
{
    /// <summary>Key <c>rate</c>: how many in each <see cref="Interval"/>, in the long run. 0 = unlimited; default 0.</summary>
    public int Rate { get; set; }

    /// <summary>Key <c>burst</c>: how many at once. 0 = as many as <see cref="Rate"/>; default 0.</summary>
    public int Burst { get; set; }

    /// <summary>Key <c>interval</c>: 100 ms to 1 h; default 1 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(1);
}
