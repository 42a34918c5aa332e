namespace Starling.Connections;

/// <summary>How far a connection has come (protocol 1.9).</summary>
internal enum ConnectionPhase : byte
{
    /// <summary>No connect command yet; it must come within the stale delay.</summary>
    New,

    /// <summary>The connect command is in work.</summary>
    Connecting,

    /// <summary>Commands are taken.</summary>
    Connected,

    /// <summary>The connect command was refused with an error: nothing is answered any more.</summary>
    Refused,
}

/// <summary>Outcome of adding a subscription to a connection.</summary>
internal enum SubscribeStatus : byte
{
    Added,

    /// <summary>Error 105.</summary>
    AlreadySubscribed,

    /// <summary>Error 106.</summary>
    LimitExceeded,

    /// <summary>Nobody is there to be answered.</summary>
    ConnectionClosed,
}
