namespace Starling.Protocol.Json;

/// <summary>The outermost messages.</summary>
internal static class EnvelopeJson
{
    public static void Write(ref JsonOutput output, Command command)
    {
        output.Field("id"u8, command.Id);
        output.Field("connect"u8, command.Connect, ConnectJson.Write);
        output.Field("subscribe"u8, command.Subscribe, SubscribeJson.Write);
        output.Field("unsubscribe"u8, command.Unsubscribe, SubscribeJson.Write);
        output.Field("publish"u8, command.Publish, RequestJson.Write);
        output.Field("presence"u8, command.Presence, RequestJson.Write);
        output.Field("presence_stats"u8, command.PresenceStats, RequestJson.Write);
        output.Field("history"u8, command.History, RequestJson.Write);
        output.Field("ping"u8, command.Ping, WriteNothing);
        output.Field("send"u8, command.Send, RequestJson.Write);
        output.Field("rpc"u8, command.Rpc, RequestJson.Write);
        output.Field("refresh"u8, command.Refresh, ConnectJson.Write);
        output.Field("sub_refresh"u8, command.SubRefresh, SubscribeJson.Write);
    }

    public static void Read(ref JsonInput input, Command command)
    {
        while (input.NextMember())
        {
            if (input.Is("id"u8)) command.Id = input.UInt32();
            else if (input.Is("publish"u8)) command.Publish = input.Message<PublishRequest>(RequestJson.Read);
            else if (input.Is("rpc"u8)) command.Rpc = input.Message<RpcRequest>(RequestJson.Read);
            else if (input.Is("connect"u8)) command.Connect = input.Message<ConnectRequest>(ConnectJson.Read);
            else if (input.Is("subscribe"u8)) command.Subscribe = input.Message<SubscribeRequest>(SubscribeJson.Read);
            else if (input.Is("unsubscribe"u8)) command.Unsubscribe = input.Message<UnsubscribeRequest>(SubscribeJson.Read);
            else if (input.Is("presence"u8)) command.Presence = input.Message<PresenceRequest>(RequestJson.Read);
            else if (input.Is("presence_stats"u8)) command.PresenceStats = input.Message<PresenceStatsRequest>(RequestJson.Read);
            else if (input.Is("history"u8)) command.History = input.Message<HistoryRequest>(RequestJson.Read);
            else if (input.Is("ping"u8)) command.Ping = input.Message<PingRequest>(ReadNothing);
            else if (input.Is("send"u8)) command.Send = input.Message<SendRequest>(RequestJson.Read);
            else if (input.Is("refresh"u8)) command.Refresh = input.Message<RefreshRequest>(ConnectJson.Read);
            else if (input.Is("sub_refresh"u8)) command.SubRefresh = input.Message<SubRefreshRequest>(SubscribeJson.Read);
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, Reply reply)
    {
        output.Field("id"u8, reply.Id);
        output.Field("error"u8, reply.Error, Write);
        output.Field("push"u8, reply.Push, PushJson.Write);
        output.Field("connect"u8, reply.Connect, ConnectJson.Write);
        output.Field("subscribe"u8, reply.Subscribe, SubscribeJson.Write);
        output.Field("unsubscribe"u8, reply.Unsubscribe, WriteNothing);
        output.Field("publish"u8, reply.Publish, WriteNothing);
        output.Field("presence"u8, reply.Presence, RequestJson.Write);
        output.Field("presence_stats"u8, reply.PresenceStats, RequestJson.Write);
        output.Field("history"u8, reply.History, RequestJson.Write);
        output.Field("ping"u8, reply.Ping, WriteNothing);
        output.Field("rpc"u8, reply.Rpc, RequestJson.Write);
        output.Field("refresh"u8, reply.Refresh, ConnectJson.Write);
        output.Field("sub_refresh"u8, reply.SubRefresh, SubscribeJson.Write);
    }

    public static void Read(ref JsonInput input, Reply reply)
    {
        while (input.NextMember())
        {
            if (input.Is("id"u8)) reply.Id = input.UInt32();
            else if (input.Is("push"u8)) reply.Push = input.Message<Push>(PushJson.Read);
            else if (input.Is("error"u8)) reply.Error = ReadError(ref input);
            else if (input.Is("connect"u8)) reply.Connect = input.Message<ConnectResult>(ConnectJson.Read);
            else if (input.Is("subscribe"u8)) reply.Subscribe = input.Message<SubscribeResult>(SubscribeJson.Read);
            else if (input.Is("unsubscribe"u8)) reply.Unsubscribe = input.Message<UnsubscribeResult>(ReadNothing);
            else if (input.Is("publish"u8)) reply.Publish = input.Message<PublishResult>(ReadNothing);
            else if (input.Is("presence"u8)) reply.Presence = input.Message<PresenceResult>(RequestJson.Read);
            else if (input.Is("presence_stats"u8)) reply.PresenceStats = input.Message<PresenceStatsResult>(RequestJson.Read);
            else if (input.Is("history"u8)) reply.History = input.Message<HistoryResult>(RequestJson.Read);
            else if (input.Is("ping"u8)) reply.Ping = input.Message<PingResult>(ReadNothing);
            else if (input.Is("rpc"u8)) reply.Rpc = input.Message<RpcResult>(RequestJson.Read);
            else if (input.Is("refresh"u8)) reply.Refresh = input.Message<RefreshResult>(ConnectJson.Read);
            else if (input.Is("sub_refresh"u8)) reply.SubRefresh = input.Message<SubRefreshResult>(SubscribeJson.Read);
            else input.Skip();
        }
    }

    /// <summary>The pushed publication without the objects around it: what a channel's frames are made of.</summary>
    public static void WritePublication(ref JsonOutput output, string? channel, long id, Publication publication)
    {
        output.Member("push"u8);
        output.BeginObject();
        output.Field("id"u8, id);
        output.Field("channel"u8, channel ?? "");
        output.Field("pub"u8, publication, PublicationJson.Write);
        output.EndObject();
    }

    public static void Read(ref JsonInput input, EmulationRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("node"u8)) request.Node = input.String();
            else if (input.Is("session"u8)) request.Session = input.String();
            else if (input.Is("data"u8)) request.Data = input.Utf8String();
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, ProtocolError error)
    {
        output.Field("code"u8, error.Code);
        output.Field("message"u8, error.Message);
        output.Field("temporary"u8, error.Temporary);
    }

    private static ProtocolError? ReadError(ref JsonInput input)
    {
        var fields = input.Message<ErrorFields>(Read);
        return fields is null ? null : new ProtocolError(fields.Code, fields.Message, fields.Temporary);
    }

    private static void Read(ref JsonInput input, ErrorFields error)
    {
        while (input.NextMember())
        {
            if (input.Is("code"u8)) error.Code = input.UInt32();
            else if (input.Is("message"u8)) error.Message = input.String();
            else if (input.Is("temporary"u8)) error.Temporary = input.Boolean();
            else input.Skip();
        }
    }

    private static void WriteNothing(ref JsonOutput output, object message)
    {
        // The message has no fields.
    }

    private static void ReadNothing(ref JsonInput input, object message)
    {
        while (input.NextMember())
        {
            input.Skip();
        }
    }
}
