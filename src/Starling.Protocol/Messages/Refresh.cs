namespace Starling.Protocol;

/// <summary>Renews the connection's token.</summary>
public sealed class RefreshRequest
{
    /// <summary>The new token.</summary>
    public string Token { get; set; } = "";
}

/// <summary>The connection's token was renewed.</summary>
public sealed class RefreshResult
{
    /// <summary>Connection id.</summary>
    public string Client { get; set; } = "";

    /// <summary>Version of the server, informative.</summary>
    public string Version { get; set; } = "";

    /// <summary>Whether the client must refresh again.</summary>
    public bool Expires { get; set; }

    /// <summary>Seconds until the new token expires.</summary>
    public uint Ttl { get; set; }
}

/// <summary>Renews a subscription's token, or tracks keys of a shared poll subscription.</summary>
public sealed class SubRefreshRequest
{
    /// <summary>The channel.</summary>
    public string Channel { get; set; } = "";

    /// <summary>The new token.</summary>
    public string Token { get; set; } = "";

    /// <summary>What is asked for; a peer may send any value.</summary>
    public SubRefreshType Type { get; set; }

    /// <summary>Keys to track.</summary>
    public List<TrackBatch>? Track { get; set; }

    /// <summary>Keys no longer to track.</summary>
    public List<string>? Untrack { get; set; }
}

/// <summary>What a <see cref="SubRefreshRequest"/> asks for.</summary>
public enum SubRefreshType
{
    /// <summary>A new token.</summary>
    Token = 0,

    /// <summary>Track keys.</summary>
    Track = 1,

    /// <summary>Stop tracking keys.</summary>
    Untrack = 2,
}

/// <summary>The subscription was renewed.</summary>
public sealed class SubRefreshResult
{
    /// <summary>Whether the client must refresh again.</summary>
    public bool Expires { get; set; }

    /// <summary>Seconds until the new token expires.</summary>
    public uint Ttl { get; set; }

    /// <summary>Current values of tracked keys.</summary>
    public List<Publication>? Items { get; set; }
}

/// <summary>Keys to track, with the signature that permits it.</summary>
public sealed class TrackBatch
{
    /// <summary>The signature.</summary>
    public string Signature { get; set; } = "";

    /// <summary>The keys.</summary>
    public List<KeyedItem>? Items { get; set; }
}

/// <summary>A key and the version of it that the client holds.</summary>
public sealed class KeyedItem
{
    /// <summary>The key.</summary>
    public string Key { get; set; } = "";

    /// <summary>The version; 0 for none.</summary>
    public ulong Version { get; set; }
}
