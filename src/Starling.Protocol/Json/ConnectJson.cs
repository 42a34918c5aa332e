namespace Starling.Protocol.Json;

/// <summary>Opening and renewing a session.</summary>
internal static class ConnectJson
{
    public static void Write(ref JsonOutput output, ConnectRequest request)
    {
        output.Field("token"u8, request.Token);
        output.Field("data"u8, request.Data);
        output.Field("subs"u8, request.Subs, SubscribeJson.Write);
        output.Field("name"u8, request.Name);
        output.Field("version"u8, request.Version);
        output.Field("headers"u8, request.Headers);
        output.Field("flag"u8, (long)request.Flag);
        output.Field("dict"u8, request.Dict);
        output.Field("profile"u8, request.Profile);
    }

    public static void Read(ref JsonInput input, ConnectRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("token"u8)) request.Token = input.String();
            else if (input.Is("data"u8)) request.Data = input.Embedded();
            else if (input.Is("subs"u8)) request.Subs = input.Map<SubscribeRequest>(SubscribeJson.Read);
            else if (input.Is("name"u8)) request.Name = input.String();
            else if (input.Is("version"u8)) request.Version = input.String();
            else if (input.Is("headers"u8)) request.Headers = input.StringMap();
            else if (input.Is("flag"u8)) request.Flag = (ConnectFlags)input.Int64();
            else if (input.Is("dict"u8)) request.Dict = input.String();
            else if (input.Is("profile"u8)) request.Profile = input.String();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, ConnectResult result)
    {
        output.Field("client"u8, result.Client);
        output.Field("version"u8, result.Version);
        output.Field("expires"u8, result.Expires);
        output.Field("ttl"u8, result.Ttl);
        output.Field("data"u8, result.Data);
        output.Field("subs"u8, result.Subs, SubscribeJson.Write);
        output.Field("ping"u8, result.Ping);
        output.Field("pong"u8, result.Pong);
        output.Field("session"u8, result.Session);
        output.Field("node"u8, result.Node);
        output.Field("time"u8, result.Time);
        output.Field("flag"u8, (long)result.Flag);
        output.Field("dict"u8, result.Dict, Write);
    }

    public static void Read(ref JsonInput input, ConnectResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("client"u8)) result.Client = input.String();
            else if (input.Is("version"u8)) result.Version = input.String();
            else if (input.Is("expires"u8)) result.Expires = input.Boolean();
            else if (input.Is("ttl"u8)) result.Ttl = input.UInt32();
            else if (input.Is("data"u8)) result.Data = input.Embedded();
            else if (input.Is("subs"u8)) result.Subs = input.Map<SubscribeResult>(SubscribeJson.Read);
            else if (input.Is("ping"u8)) result.Ping = input.UInt32();
            else if (input.Is("pong"u8)) result.Pong = input.Boolean();
            else if (input.Is("session"u8)) result.Session = input.String();
            else if (input.Is("node"u8)) result.Node = input.String();
            else if (input.Is("time"u8)) result.Time = input.Int64();
            else if (input.Is("flag"u8)) result.Flag = (ConnectFlags)input.Int64();
            else if (input.Is("dict"u8)) result.Dict = input.Message<CompressionDictionary>(Read);
            else input.Skip();
        }
    }

    /// <summary>On this wire the content travels as base 64: raw bytes are no JSON value.</summary>
    private static void Write(ref JsonOutput output, CompressionDictionary dictionary)
    {
        output.Field("id"u8, dictionary.Id);
        output.Field("data"u8, dictionary.Data);
        output.Field("data_b64"u8, dictionary.DataB64);
    }

    private static void Read(ref JsonInput input, CompressionDictionary dictionary)
    {
        while (input.NextMember())
        {
            if (input.Is("id"u8)) dictionary.Id = input.String();
            else if (input.Is("data"u8)) dictionary.Data = input.Embedded();
            else if (input.Is("data_b64"u8)) dictionary.DataB64 = input.String();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, RefreshRequest request) => output.Field("token"u8, request.Token);

    public static void Read(ref JsonInput input, RefreshRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("token"u8)) request.Token = input.String();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, RefreshResult result)
    {
        output.Field("client"u8, result.Client);
        output.Field("version"u8, result.Version);
        output.Field("expires"u8, result.Expires);
        output.Field("ttl"u8, result.Ttl);
    }

    public static void Read(ref JsonInput input, RefreshResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("client"u8)) result.Client = input.String();
            else if (input.Is("version"u8)) result.Version = input.String();
            else if (input.Is("expires"u8)) result.Expires = input.Boolean();
            else if (input.Is("ttl"u8)) result.Ttl = input.UInt32();
            else input.Skip();
        }
    }
}
