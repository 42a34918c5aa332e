namespace Starling.Limits;

/// <summary>Why a node takes in nobody right now.</summary>
internal enum Shortage : byte
{
    /// <summary>It does.</summary>
    None,

    /// <summary>As many connections as allowed.</summary>
    Connections,

    /// <summary>Of these as many as may be there without being connected.</summary>
    PendingConnections,

    /// <summary>As many new ones in this second as allowed.</summary>
    NewConnections,

    /// <summary>It stops.</summary>
    Stopping,
}
