namespace Starling.Protocol;

/// <summary>One message in a channel.</summary>
public sealed class Publication
{
    /// <summary>The payload, or a patch when <see cref="Delta"/> is set; may be empty for removals.
    /// On the JSON wire it must be one JSON value; as read it is a slice of the frame.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }

    /// <summary>The publishing client; unset for publications of the server.</summary>
    public ClientInfo? Info { get; set; }

    /// <summary>Offset in the channel's stream; 0 for channels without history.</summary>
    public ulong Offset { get; set; }

    /// <summary>Tags of the publication.</summary>
    public Dictionary<string, string>? Tags { get; set; }

    /// <summary>Whether <see cref="Data"/> is a patch against the previous publication.</summary>
    public bool Delta { get; set; }

    /// <summary>Time of publication, Unix milliseconds; 0 when not sent.</summary>
    public long Time { get; set; }

    /// <summary>The real channel, when received through a wildcard subscription; otherwise empty.</summary>
    public string Channel { get; set; } = "";

    /// <summary>Key in a map or shared poll channel.</summary>
    public string Key { get; set; } = "";

    /// <summary>Whether the key was removed.</summary>
    public bool Removed { get; set; }

    /// <summary>Ordering value in ordered maps.</summary>
    public long Score { get; set; }

    /// <summary>Epoch of the channel's stream, attached to the publication with offset 1 only.</summary>
    public string Epoch { get; set; } = "";

    /// <summary>Version of the item in shared poll channels.</summary>
    public ulong Version { get; set; }
}

/// <summary>Who published, joined or is present.</summary>
public sealed class ClientInfo
{
    /// <summary>User id; empty for anonymous.</summary>
    public string User { get; set; } = "";

    /// <summary>Connection id.</summary>
    public string Client { get; set; } = "";

    /// <summary>Information attached to the connection by its token or a proxy.</summary>
    public ReadOnlyMemory<byte> ConnInfo { get; set; }

    /// <summary>Information attached to the subscription.</summary>
    public ReadOnlyMemory<byte> ChanInfo { get; set; }
}

/// <summary>A place in a channel's stream, as it travels on the wire.</summary>
public sealed class StreamPosition
{
    /// <summary>Offset in the stream.</summary>
    public ulong Offset { get; set; }

    /// <summary>Which stream.</summary>
    public string Epoch { get; set; } = "";
}

/// <summary>One node of a tags filter: a comparison (<see cref="Op"/> empty) or a combination of <see cref="Nodes"/>.</summary>
/// <remarks>The codecs bound depth and count (<see cref="ProtocolLimits"/>); whether the filter makes sense is checked at subscribe.</remarks>
public sealed class FilterNode
{
    /// <summary>Empty for a comparison; otherwise <c>and</c>, <c>or</c> or <c>not</c>.</summary>
    public string Op { get; set; } = "";

    /// <summary>The tag to compare.</summary>
    public string Key { get; set; } = "";

    /// <summary>The comparison: <c>eq</c>, <c>neq</c>, <c>in</c>, <c>nin</c>, <c>ex</c>, <c>nex</c>, <c>sw</c>, <c>ew</c>,
    /// <c>ct</c>, <c>gt</c>, <c>gte</c>, <c>lt</c>, <c>lte</c>.</summary>
    public string Cmp { get; set; } = "";

    /// <summary>The value to compare with.</summary>
    public string Val { get; set; } = "";

    /// <summary>The values of <c>in</c> and <c>nin</c>.</summary>
    public List<string>? Vals { get; set; }

    /// <summary>What a combination combines.</summary>
    public List<FilterNode>? Nodes { get; set; }
}
