using System.Runtime.InteropServices;
using Starling.Access;

namespace Starling.Tokens;

/// <summary>What came of a token.</summary>
internal enum TokenStatus : byte
{
    Valid,

    /// <summary>Its time is over or has not come; with a new one the client gets in (109).</summary>
    Expired,

    /// <summary>Not signed by a key of ours, or not a token of the kind asked for.</summary>
    Invalid,

    /// <summary>Its key cannot be had at the moment (100).</summary>
    Unavailable,
}

/// <summary>A verified token, or why there is none.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TokenVerdict<T>(TokenStatus Status, T? Token = null)
    where T : class
{
    public static TokenVerdict<T> Of(T token) => new(TokenStatus.Valid, token);
}

/// <summary>What marks one token among others, so that it can be taken back before its time.</summary>
/// <param name="Id">Claim <c>jti</c>; empty without one.</param>
/// <param name="Session">Claim <c>sid</c>: the login it was made for; empty without one.</param>
/// <param name="IssuedAt">Claim <c>iat</c> in Unix seconds; 0 without one.</param>
/// <param name="ExpiresAt">Claim <c>exp</c> in Unix seconds; 0 when it never expires.</param>
internal sealed record TokenStamp(string Id, string Session, long IssuedAt, long ExpiresAt);

/// <summary>A verified connection token (protocol 4.1).</summary>
internal sealed record ConnectionToken
{
    /// <summary>Empty for an anonymous one.</summary>
    public required string User { get; init; }

    public required TokenStamp Stamp { get; init; }

    /// <summary>When the connection expires, in Unix seconds; 0: never.</summary>
    public long ConnectionExpiresAt { get; init; }

    /// <summary>`conn_info`.</summary>
    public ReadOnlyMemory<byte> Info { get; init; }

    /// <summary>A JSON object for back ends; never sent to clients.</summary>
    public ReadOnlyMemory<byte> Meta { get; init; }

    /// <summary>What it allows beyond the options of the namespaces; <see langword="null"/>: nothing.</summary>
    public Capabilities? Capabilities { get; init; }

    /// <summary>Server-side subscriptions by channel.</summary>
    public required IReadOnlyDictionary<string, ServerSubscription> Subscriptions { get; init; }
}

/// <summary>A verified subscription token (protocol 4.1).</summary>
internal sealed record SubscriptionToken
{
    public required string Channel { get; init; }

    /// <summary>Must be the connection's; empty for an anonymous one.</summary>
    public required string User { get; init; }

    /// <summary>The only connection it is good for; empty for any of the user.</summary>
    public required string Client { get; init; }

    public required TokenStamp Stamp { get; init; }

    /// <summary>When the subscription expires, in Unix seconds; 0: never.</summary>
    public long SubscriptionExpiresAt { get; init; }

    /// <summary>`chan_info`.</summary>
    public ReadOnlyMemory<byte> Info { get; init; }

    /// <summary>Goes to the client with the reply.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    public SubscriptionOverride? Override { get; init; }

    /// <summary>What it allows in its channel, while there is the subscription.</summary>
    public ChannelRights Rights { get; init; }
}
