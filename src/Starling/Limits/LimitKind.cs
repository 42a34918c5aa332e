namespace Starling.Limits;

/// <summary>What is counted.</summary>
internal enum LimitKind : byte
{
    /// <summary>Commands of every kind.</summary>
    Commands,

    Connect,

    Subscribe,

    Publish,

    /// <summary>Calls and messages.</summary>
    Rpc,

    /// <summary>History and presence.</summary>
    Read,

    /// <summary>Bytes of commands.</summary>
    Bytes,
}

/// <summary>Who has the bucket.</summary>
internal enum LimitScope : byte
{
    Connection,

    /// <summary>All connections of one user.</summary>
    User,

    /// <summary>All connections from one address.</summary>
    Address,
}
