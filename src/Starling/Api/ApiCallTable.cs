using System.Collections.Frozen;
using Starling.Api.Calls;

namespace Starling.Api;

/// <summary>The methods of the API by name.</summary>
internal static class ApiCallTable
{
    /// <summary>The method that is not itself allowed in a batch.</summary>
    public const string Batch = "batch";

    private static readonly FrozenDictionary<string, ReadApiCall> s_methods = new Dictionary<string, ReadApiCall>
    {
        ["publish"] = PublishCall.Read,
        ["broadcast"] = BroadcastCall.Read,
        ["subscribe"] = SubscribeCall.Read,
        ["unsubscribe"] = UnsubscribeCall.Read,
        ["disconnect"] = DisconnectCall.Read,
        ["channels"] = ChannelsCall.Read,
        ["info"] = InfoCall.Read,
        [Batch] = BatchCall.Read,
        ["rpc"] = RpcCall.Read,
        ["revoke"] = RevokeCall.Read,
        ["refresh"] = RefreshCall.Read,
        ["presence"] = PresenceCall.Read,
        ["presence_stats"] = PresenceStatsCall.Read,
        ["history"] = HistoryCall.Read,
        ["history_remove"] = HistoryRemoveCall.Read,
        ["map_publish"] = MapPublishCall.Read,
        ["map_remove"] = MapRemoveCall.Read,
        ["map_read_state"] = MapReadStateCall.Read,
        ["map_read_stream"] = MapReadStreamCall.Read,
        ["map_stats"] = MapStatsCall.Read,
        ["map_clear"] = MapClearCall.Read,
        ["shared_poll_publish"] = SharedPollPublishCall.Read,
    }.ToFrozenDictionary();

    /// <returns><see langword="null"/>: there is no such method (error 104).</returns>
    public static ReadApiCall? Find(string method) => s_methods.GetValueOrDefault(method);
}
