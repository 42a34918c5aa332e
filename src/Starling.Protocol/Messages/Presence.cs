namespace Starling.Protocol;

/// <summary>Asks who is in a channel.</summary>
public sealed class PresenceRequest
{
    /// <summary>The channel.</summary>
    public string Channel { get; set; } = "";
}

/// <summary>Who is in a channel.</summary>
public sealed class PresenceResult
{
    /// <summary>Those present by connection id; on the wire always there, also when empty.</summary>
    public Dictionary<string, ClientInfo>? Presence { get; set; }
}

/// <summary>Asks how many are in a channel.</summary>
public sealed class PresenceStatsRequest
{
    /// <summary>The channel.</summary>
    public string Channel { get; set; } = "";
}

/// <summary>How many are in a channel.</summary>
public sealed class PresenceStatsResult
{
    /// <summary>Connections.</summary>
    public uint NumClients { get; set; }

    /// <summary>Different users.</summary>
    public uint NumUsers { get; set; }
}
