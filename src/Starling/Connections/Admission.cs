using Starling.Access;
using Starling.Tokens;

namespace Starling.Connections;

/// <summary>What a connection is let in with: by a token, by the request it came with, by the application, or by the options.</summary>
internal sealed record Admission
{
    /// <summary>Nobody in particular, with nothing.</summary>
    public static Admission Anonymous { get; } = new() { User = "" };

    /// <summary>Empty for an anonymous one.</summary>
    public required string User { get; init; }

    /// <summary>`conn_info`.</summary>
    public ReadOnlyMemory<byte> Info { get; init; }

    /// <summary>Data of the connect reply.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>For back ends; never sent to clients.</summary>
    public ReadOnlyMemory<byte> Meta { get; init; }

    /// <summary>In Unix seconds; 0: never.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>The client is told when it expires, and renews it. Otherwise it has no time to do so.</summary>
    public bool TellsExpiry { get; init; } = true;

    /// <summary>Of the token; <see langword="null"/> when there was none.</summary>
    public TokenStamp? Stamp { get; init; }

    /// <summary>What its token allows beyond the options of the namespaces; <see langword="null"/>: nothing.</summary>
    public Capabilities? Capabilities { get; init; }

    /// <summary>The channels its token names, in order; <see langword="null"/> when there was none. A later token must name the same.</summary>
    public string[]? TokenChannels { get; init; }

    /// <summary>Channels the server subscribes it to.</summary>
    public IReadOnlyDictionary<string, ServerSubscription> Subscriptions { get; init; } = new Dictionary<string, ServerSubscription>();

    /// <summary>What proved who it is, as the application sees it.</summary>
    public ConnectionIdentity Identity => new(User, ExpiresAt == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(Math.Min(ExpiresAt, 253_402_300_799)));

    public static Admission Of(ConnectionToken token) => new()
    {
        User = token.User,
        Info = token.Info,
        Meta = token.Meta,
        ExpiresAt = token.ConnectionExpiresAt,
        Stamp = token.Stamp,
        Subscriptions = token.Subscriptions,
        TokenChannels = ChannelsOf(token),
        Capabilities = token.Capabilities,
    };

    /// <summary>What the application decided about whom something had proved, or nothing had.</summary>
    public static Admission Of(ConnectingResult result, Admission? proved) => new()
    {
        User = result.User,
        Info = result.Info,
        Data = result.Data,
        Subscriptions = result.Subscriptions,
        ExpiresAt = result.ExpiresAt?.ToUnixTimeSeconds() ?? 0,
        Meta = proved?.Meta ?? result.Meta,
        // The client still got in with its token: if that is taken back, it goes.
        Stamp = proved?.Stamp,
        TokenChannels = proved?.TokenChannels,
        // What was given to one user is nothing to another.
        Capabilities = proved?.User == result.User ? proved.Capabilities : null,
    };

    public static string[] ChannelsOf(ConnectionToken token) =>
        token.Subscriptions.Count == 0 ? [] : [.. token.Subscriptions.Keys.Order(StringComparer.Ordinal)];
}
