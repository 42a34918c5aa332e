namespace Starling.Protocol.Json;

/// <summary>What a client asks for apart from its session and its subscriptions, and the answers.</summary>
internal static class RequestJson
{
    public static void Write(ref JsonOutput output, PublishRequest request)
    {
        output.Field("channel"u8, request.Channel);
        output.Field("data"u8, request.Data);
        output.Field("type"u8, (long)request.Type);
        output.Field("key"u8, request.Key);
        output.Field("removed"u8, request.Removed);
    }

    public static void Read(ref JsonInput input, PublishRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("channel"u8)) request.Channel = input.String();
            else if (input.Is("data"u8)) request.Data = input.Embedded();
            else if (input.Is("type"u8)) request.Type = (PublishType)input.Int32();
            else if (input.Is("key"u8)) request.Key = input.String();
            else if (input.Is("removed"u8)) request.Removed = input.Boolean();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, SendRequest request) => output.Field("data"u8, request.Data);

    public static void Read(ref JsonInput input, SendRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("data"u8)) request.Data = input.Embedded();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, RpcRequest request)
    {
        output.Field("data"u8, request.Data);
        output.Field("method"u8, request.Method);
    }

    public static void Read(ref JsonInput input, RpcRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("data"u8)) request.Data = input.Embedded();
            else if (input.Is("method"u8)) request.Method = input.String();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, RpcResult result) => output.Field("data"u8, result.Data);

    public static void Read(ref JsonInput input, RpcResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("data"u8)) result.Data = input.Embedded();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, PresenceRequest request) => output.Field("channel"u8, request.Channel);

    public static void Read(ref JsonInput input, PresenceRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("channel"u8)) request.Channel = input.String();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, PresenceResult result) =>
        output.Map("presence"u8, result.Presence, PublicationJson.Write);

    public static void Read(ref JsonInput input, PresenceResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("presence"u8)) result.Presence = input.Map<ClientInfo>(PublicationJson.Read);
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, PresenceStatsRequest request) => output.Field("channel"u8, request.Channel);

    public static void Read(ref JsonInput input, PresenceStatsRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("channel"u8)) request.Channel = input.String();
            else input.Skip();
        }
    }

    /// <summary>Both numbers are written also when they are zero.</summary>
    public static void Write(ref JsonOutput output, PresenceStatsResult result)
    {
        output.Member("num_clients"u8);
        output.Number(result.NumClients);
        output.Member("num_users"u8);
        output.Number(result.NumUsers);
    }

    public static void Read(ref JsonInput input, PresenceStatsResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("num_clients"u8)) result.NumClients = input.UInt32();
            else if (input.Is("num_users"u8)) result.NumUsers = input.UInt32();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, HistoryRequest request)
    {
        output.Field("channel"u8, request.Channel);
        output.Field("limit"u8, request.Limit);
        output.Field("since"u8, request.Since, PublicationJson.Write);
        output.Field("reverse"u8, request.Reverse);
    }

    public static void Read(ref JsonInput input, HistoryRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("channel"u8)) request.Channel = input.String();
            else if (input.Is("limit"u8)) request.Limit = input.Int32();
            else if (input.Is("since"u8)) request.Since = input.Message<StreamPosition>(PublicationJson.Read);
            else if (input.Is("reverse"u8)) request.Reverse = input.Boolean();
            else input.Skip();
        }
    }

    /// <summary>All three are written also when they are empty.</summary>
    public static void Write(ref JsonOutput output, HistoryResult result)
    {
        output.List("publications"u8, result.Publications, PublicationJson.Write);
        output.Member("epoch"u8);
        output.String(result.Epoch);
        output.Member("offset"u8);
        output.Number(result.Offset);
    }

    public static void Read(ref JsonInput input, HistoryResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("publications"u8)) result.Publications = input.List<Publication>(PublicationJson.Read);
            else if (input.Is("epoch"u8)) result.Epoch = input.String();
            else if (input.Is("offset"u8)) result.Offset = input.UInt64();
            else input.Skip();
        }
    }
}
