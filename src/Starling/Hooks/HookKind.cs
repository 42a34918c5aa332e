namespace Starling.Hooks;

/// <summary>What a back end is asked about (protocol 7.2).</summary>
internal enum HookKind
{
    Connect,
    Refresh,
    Subscribe,
    SubRefresh,
    Publish,
    Rpc,
    MapPublish,
    MapRemove,
    SharedPollRefresh,
}
