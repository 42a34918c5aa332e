namespace Starling.Protocol.Json;

/// <summary>News from the server.</summary>
internal static class PushJson
{
    public static void Write(ref JsonOutput output, Push push)
    {
        output.Field("id"u8, push.Id);
        output.Field("channel"u8, push.Channel);
        output.Field("pub"u8, push.Pub, PublicationJson.Write);
        output.Field("join"u8, push.Join, Write);
        output.Field("leave"u8, push.Leave, Write);
        output.Field("unsubscribe"u8, push.Unsubscribe, Write);
        output.Field("message"u8, push.Message, Write);
        output.Field("subscribe"u8, push.Subscribe, Write);
        output.Field("connect"u8, push.Connect, Write);
        output.Field("disconnect"u8, push.Disconnect, Write);
        output.Field("refresh"u8, push.Refresh, Write);
    }

    public static void Read(ref JsonInput input, Push push)
    {
        while (input.NextMember())
        {
            if (input.Is("id"u8)) push.Id = input.Int64();
            else if (input.Is("channel"u8)) push.Channel = input.String();
            else if (input.Is("pub"u8)) push.Pub = input.Message<Publication>(PublicationJson.Read);
            else if (input.Is("join"u8)) push.Join = input.Message<JoinPush>(Read);
            else if (input.Is("leave"u8)) push.Leave = input.Message<LeavePush>(Read);
            else if (input.Is("unsubscribe"u8)) push.Unsubscribe = input.Message<UnsubscribePush>(Read);
            else if (input.Is("message"u8)) push.Message = input.Message<MessagePush>(Read);
            else if (input.Is("subscribe"u8)) push.Subscribe = input.Message<SubscribePush>(Read);
            else if (input.Is("connect"u8)) push.Connect = input.Message<ConnectPush>(Read);
            else if (input.Is("disconnect"u8)) push.Disconnect = input.Message<DisconnectPush>(Read);
            else if (input.Is("refresh"u8)) push.Refresh = input.Message<RefreshPush>(Read);
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, JoinPush push) => output.Field("info"u8, push.Info, PublicationJson.Write);

    private static void Read(ref JsonInput input, JoinPush push)
    {
        while (input.NextMember())
        {
            if (input.Is("info"u8)) push.Info = input.Message<ClientInfo>(PublicationJson.Read);
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, LeavePush push) => output.Field("info"u8, push.Info, PublicationJson.Write);

    private static void Read(ref JsonInput input, LeavePush push)
    {
        while (input.NextMember())
        {
            if (input.Is("info"u8)) push.Info = input.Message<ClientInfo>(PublicationJson.Read);
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, UnsubscribePush push)
    {
        output.Field("code"u8, push.Code);
        output.Field("reason"u8, push.Reason);
    }

    private static void Read(ref JsonInput input, UnsubscribePush push)
    {
        while (input.NextMember())
        {
            if (input.Is("code"u8)) push.Code = input.UInt32();
            else if (input.Is("reason"u8)) push.Reason = input.String();
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, MessagePush push) => output.Field("data"u8, push.Data);

    private static void Read(ref JsonInput input, MessagePush push)
    {
        while (input.NextMember())
        {
            if (input.Is("data"u8)) push.Data = input.Embedded();
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, SubscribePush push)
    {
        output.Field("recoverable"u8, push.Recoverable);
        output.Field("epoch"u8, push.Epoch);
        output.Field("offset"u8, push.Offset);
        output.Field("positioned"u8, push.Positioned);
        output.Field("data"u8, push.Data);
    }

    private static void Read(ref JsonInput input, SubscribePush push)
    {
        while (input.NextMember())
        {
            if (input.Is("recoverable"u8)) push.Recoverable = input.Boolean();
            else if (input.Is("epoch"u8)) push.Epoch = input.String();
            else if (input.Is("offset"u8)) push.Offset = input.UInt64();
            else if (input.Is("positioned"u8)) push.Positioned = input.Boolean();
            else if (input.Is("data"u8)) push.Data = input.Embedded();
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, ConnectPush push)
    {
        output.Field("client"u8, push.Client);
        output.Field("version"u8, push.Version);
        output.Field("data"u8, push.Data);
        output.Field("subs"u8, push.Subs, SubscribeJson.Write);
        output.Field("expires"u8, push.Expires);
        output.Field("ttl"u8, push.Ttl);
        output.Field("ping"u8, push.Ping);
        output.Field("pong"u8, push.Pong);
        output.Field("session"u8, push.Session);
        output.Field("node"u8, push.Node);
        output.Field("time"u8, push.Time);
    }

    private static void Read(ref JsonInput input, ConnectPush push)
    {
        while (input.NextMember())
        {
            if (input.Is("client"u8)) push.Client = input.String();
            else if (input.Is("version"u8)) push.Version = input.String();
            else if (input.Is("data"u8)) push.Data = input.Embedded();
            else if (input.Is("subs"u8)) push.Subs = input.Map<SubscribeResult>(SubscribeJson.Read);
            else if (input.Is("expires"u8)) push.Expires = input.Boolean();
            else if (input.Is("ttl"u8)) push.Ttl = input.UInt32();
            else if (input.Is("ping"u8)) push.Ping = input.UInt32();
            else if (input.Is("pong"u8)) push.Pong = input.Boolean();
            else if (input.Is("session"u8)) push.Session = input.String();
            else if (input.Is("node"u8)) push.Node = input.String();
            else if (input.Is("time"u8)) push.Time = input.Int64();
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, DisconnectPush push)
    {
        output.Field("code"u8, push.Code);
        output.Field("reason"u8, push.Reason);
        output.Field("reconnect"u8, push.Reconnect);
    }

    private static void Read(ref JsonInput input, DisconnectPush push)
    {
        while (input.NextMember())
        {
            if (input.Is("code"u8)) push.Code = input.UInt32();
            else if (input.Is("reason"u8)) push.Reason = input.String();
            else if (input.Is("reconnect"u8)) push.Reconnect = input.Boolean();
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, RefreshPush push)
    {
        output.Field("expires"u8, push.Expires);
        output.Field("ttl"u8, push.Ttl);
    }

    private static void Read(ref JsonInput input, RefreshPush push)
    {
        while (input.NextMember())
        {
            if (input.Is("expires"u8)) push.Expires = input.Boolean();
            else if (input.Is("ttl"u8)) push.Ttl = input.UInt32();
            else input.Skip();
        }
    }
}
