using Starling.Access;
using Starling.Tokens;

namespace Starling.Connections;

/// <summary>By what a connection or a subscription stays, and until when. Those that stay for ever by nothing in particular
/// have none.</summary>
internal sealed class Grant
{
    /// <summary>Seconds a client can be told at most (protocol 4.2).</summary>
    private const long TtlMax = 31_536_000;

    private long _expiresMs;

    /// <summary>Of the token; <see langword="null"/> when there was none.</summary>
    public TokenStamp? Stamp { get; set; }

    /// <summary>For back ends.</summary>
    public ReadOnlyMemory<byte> Meta { get; set; }

    /// <summary>What the connection token allows beyond the options of the namespaces; <see langword="null"/>: nothing.</summary>
    public Capabilities? Capabilities { get; set; }

    /// <summary>What the subscription token allows in its channel.</summary>
    public ChannelRights Rights { get; init; }

    /// <summary>The channels the connection token names, in order; <see langword="null"/> without such a token.</summary>
    public string[]? Channels { get; init; }

    /// <summary>Its client was told when it ends, and may renew it. Otherwise the end comes without delay.</summary>
    public bool IsRenewable { get; set; } = true;

    /// <summary>In milliseconds of the node's wheel; 0: never. The time a client has to renew it comes on top.</summary>
    public long ExpiresMs
    {
        get => Volatile.Read(ref _expiresMs);
        set => Volatile.Write(ref _expiresMs, value);
    }

    /// <summary>Seconds until a time, as a client is told; 0 when it has passed.</summary>
    /// <param name="expiresAt">In Unix seconds.</param>
    /// <param name="time">The clock.</param>
    public static uint TtlOf(long expiresAt, TimeProvider time) =>
        (uint)Math.Clamp(expiresAt - time.GetUtcNow().ToUnixTimeSeconds(), 0, TtlMax);
}
