using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Golden;

/// <summary>Replies of every kind with all their fields, shown to the JavaScript SDK. Integers stay below 2^53, which is all
/// JavaScript can hold, and data is JSON, so that both wires can carry it.
/// Dictionary compression is left out: the SDK does not know its fields.</summary>
internal static class ReplySamples
{
    private static readonly ClientInfo s_info = new()
    {
        User = "üser",
        Client = "c1",
        ConnInfo = Codec.Bytes("""{"name":"A"}"""),
        ChanInfo = Codec.Bytes("[1]"),
    };

    private static readonly Publication s_publication = new()
    {
        Data = Codec.Bytes("""{"text":"hé\n\"quoted\" 😀","n":[1,2.5,true]}"""),
        Info = s_info,
        Offset = 9007199254740991,
        Tags = new() { ["lang"] = "en" },
        Delta = true,
        Time = 1_700_000_000_000,
        Channel = "chat:real",
        Key = "k",
        Removed = true,
        Score = -12345,
        Epoch = "e1",
        Version = 7,
    };

    private static readonly SubscribeResult s_subscribe = new()
    {
        Expires = true,
        Ttl = 60,
        Recoverable = true,
        Epoch = "e1",
        Publications = [new Publication { Data = Codec.Bytes("\"one\""), Offset = 1, Epoch = "e1" }, s_publication],
        Recovered = true,
        Offset = 9,
        Positioned = true,
        Data = Codec.Bytes("{}"),
        WasRecovering = true,
        Delta = true,
        Id = 77,
        Type = SubscriptionType.Map,
        Phase = MapPhase.State,
        Cursor = "next",
        State = [new Publication { Key = "a", Data = Codec.Bytes("5") }],
        PublishDebounce = 250,
    };

    public static IEnumerable<(string Name, Reply Reply)> All =>
    [
        ("ping", new Reply()),
        ("error", new Reply { Id = 4294967295, Error = ProtocolErrors.TooManyRequests }),
        ("connect", new Reply
        {
            Id = 1,
            Connect = new ConnectResult
            {
                Client = "c1",
                Version = "v",
                Expires = true,
                Ttl = 3600,
                Data = Codec.Bytes("""{"hello":1}"""),
                Subs = new() { ["news"] = s_subscribe, ["empty"] = new SubscribeResult() },
                Ping = 25,
                Pong = true,
                Session = "s",
                Node = "n",
                Time = 1_700_000_000_000,
            },
        }),
        ("subscribe", new Reply { Id = 2, Subscribe = s_subscribe }),
        ("unsubscribe", new Reply { Id = 3, Unsubscribe = new UnsubscribeResult() }),
        ("publish", new Reply { Id = 4, Publish = new PublishResult() }),
        ("presence", new Reply { Id = 5, Presence = new PresenceResult { Presence = new() { ["c1"] = s_info } } }),
        ("nobody present", new Reply { Id = 5, Presence = new PresenceResult() }),
        ("presence stats", new Reply { Id = 6, PresenceStats = new PresenceStatsResult { NumClients = 2, NumUsers = 1 } }),
        ("history", new Reply { Id = 7, History = new HistoryResult { Publications = [s_publication], Epoch = "e1", Offset = 5 } }),
        ("no history", new Reply { Id = 7, History = new HistoryResult() }),
        ("rpc", new Reply { Id = 8, Rpc = new RpcResult { Data = Codec.Bytes("[]") } }),
        ("refresh", new Reply { Id = 9, Refresh = new RefreshResult { Client = "c1", Version = "v", Expires = true, Ttl = 60 } }),
        ("sub refresh", new Reply { Id = 10, SubRefresh = new SubRefreshResult { Expires = true, Ttl = 60, Items = [s_publication] } }),
        ("pub", new Reply { Push = new Push { Channel = "chat:1", Pub = s_publication } }),
        ("pub with a channel id", new Reply { Push = new Push { Id = 77, Pub = new Publication { Data = Codec.Bytes("true") } } }),
        ("join", new Reply { Push = new Push { Channel = "chat:1", Join = new JoinPush { Info = s_info } } }),
        ("leave", new Reply { Push = new Push { Channel = "chat:1", Leave = new LeavePush { Info = new ClientInfo() } } }),
        ("unsubscribed", new Reply { Push = new Push { Channel = "a", Unsubscribe = new UnsubscribePush { Code = 2500, Reason = "insufficient state" } } }),
        ("message", new Reply { Push = new Push { Message = new MessagePush { Data = Codec.Bytes("\"x\"") } } }),
        ("subscribed", new Reply
        {
            Push = new Push
            {
                Channel = "a",
                Subscribe = new SubscribePush { Recoverable = true, Epoch = "e", Offset = 3, Positioned = true, Data = Codec.Bytes("{}") },
            },
        }),
        ("connected", new Reply
        {
            Push = new Push
            {
                Connect = new ConnectPush
                {
                    Client = "c1",
                    Version = "v",
                    Data = Codec.Bytes("1"),
                    Subs = new() { ["news"] = s_subscribe },
                    Expires = true,
                    Ttl = 5,
                    Ping = 25,
                    Pong = true,
                    Session = "s",
                    Node = "n",
                    Time = 5,
                },
            },
        }),
        ("disconnect", new Reply { Push = new Push { Disconnect = new DisconnectPush { Code = 3001, Reason = "shutdown", Reconnect = true } } }),
        ("refreshed", new Reply { Push = new Push { Refresh = new RefreshPush { Expires = true, Ttl = 60 } } }),
    ];
}
