namespace Starling.Access;

/// <summary>What a token can allow in a channel beyond what its namespace allows (decision 0019).</summary>
[Flags]
internal enum ChannelRights : byte
{
    None = 0,

    /// <summary><c>sub</c>.</summary>
    Subscribe = 1,

    /// <summary><c>pub</c>: publish; in a keyed channel, write and remove keys.</summary>
    Publish = 2,

    /// <summary><c>prs</c>: who is there, and how many.</summary>
    ReadPresence = 4,

    /// <summary><c>hst</c>.</summary>
    ReadHistory = 8,

    /// <summary><c>*</c>.</summary>
    All = Subscribe | Publish | ReadPresence | ReadHistory,
}
