using Starling.Access;

namespace Starling.Cluster;

/// <summary>The limits every connection of a node keeps, read once from the options.</summary>
internal sealed record NodeLimits
{
    public NodeLimits(ClientOptions client)
    {
        PingIntervalMs = (long)client.PingInterval.TotalMilliseconds;
        PongTimeoutMs = (long)client.PongTimeout.TotalMilliseconds;
        StaleMs = (long)client.StaleCloseDelay.TotalMilliseconds;
        ExpiredCloseMs = (long)client.ExpiredCloseDelay.TotalMilliseconds;
        ExpiredSubCloseMs = (long)client.ExpiredSubCloseDelay.TotalMilliseconds;
        WriteStallMs = (long)client.WriteStallTimeout.TotalMilliseconds;
        QueueBytesMax = client.QueueMaxSize;
        ChannelLimit = client.ChannelLimit;
        CommandsInWorkMax = client.CommandsInWorkMax;
        UserConnectionLimit = client.UserConnectionLimit;
        ConnectionLimit = client.ConnectionLimit;
        PendingConnectionLimit = client.PendingConnectionLimit;
        ConnectionRateLimit = client.ConnectionRateLimit;
        PositionCheckMs = (long)client.ChannelPositionCheckDelay.TotalMilliseconds;
        HistoryPublicationsMax = client.HistoryMaxPublicationLimit;
        RecoveryPublicationsMax = client.RecoveryMaxPublicationLimit;
        IncludeServerTime = client.ConnectIncludeServerTime;
    }

    public long PingIntervalMs { get; }

    public long PongTimeoutMs { get; }

    public long StaleMs { get; }

    public long ExpiredCloseMs { get; }

    public long ExpiredSubCloseMs { get; }

    public long WriteStallMs { get; }

    public int QueueBytesMax { get; }

    public int ChannelLimit { get; }

    public int CommandsInWorkMax { get; }

    public int UserConnectionLimit { get; }

    public int ConnectionLimit { get; }

    public int PendingConnectionLimit { get; }

    public int ConnectionRateLimit { get; }

    public long PositionCheckMs { get; }

    public int HistoryPublicationsMax { get; }

    public int RecoveryPublicationsMax { get; }

    public bool IncludeServerTime { get; }
}

/// <summary>Who is let in without being asked for more.</summary>
/// <param name="Insecure">No credentials needed and no permission checked: for demos and tests.</param>
/// <param name="AllowAnonymous">Connecting without credentials is allowed; permissions are checked.</param>
/// <param name="DisallowAnonymousTokens">A token must name a user.</param>
/// <param name="PingMethod">Name of the built-in RPC method that answers with nothing; <see langword="null"/> when off.</param>
/// <param name="Personal">Whether every user has a channel of their own, and where.</param>
internal sealed record NodeAccess(
    bool Insecure, bool AllowAnonymous, bool DisallowAnonymousTokens, string? PingMethod, PersonalChannelOptions Personal)
{
    /// <summary>A user's newest connection ends the older ones.</summary>
    public bool SingleConnection => Personal is { Enabled: true, SingleConnection: true };

    /// <summary>The channel a user is subscribed to without asking (protocol 5.1); <see langword="null"/> for anonymous ones,
    /// for those whose id would make it a channel of others, and when there are none.</summary>
    public string? PersonalChannelOf(string user)
    {
        if (!Personal.Enabled || !NamespaceTable.CanBeNamed(user)) return null;
        return Personal.PersonalChannelNamespace.Length == 0 ? $"#{user}" : $"{Personal.PersonalChannelNamespace}:#{user}";
    }
}
