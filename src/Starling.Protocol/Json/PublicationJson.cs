namespace Starling.Protocol.Json;

/// <summary>Publications and what they are made of.</summary>
internal static class PublicationJson
{
    public static void Write(ref JsonOutput output, Publication publication)
    {
        output.Field("data"u8, publication.Data);
        output.Field("info"u8, publication.Info, Write);
        output.Field("offset"u8, publication.Offset);
        output.Field("tags"u8, publication.Tags);
        output.Field("delta"u8, publication.Delta);
        output.Field("time"u8, publication.Time);
        output.Field("channel"u8, publication.Channel);
        output.Field("key"u8, publication.Key);
        output.Field("removed"u8, publication.Removed);
        output.Field("score"u8, publication.Score);
        output.Field("epoch"u8, publication.Epoch);
        output.Field("version"u8, publication.Version);
    }

    public static void Read(ref JsonInput input, Publication publication)
    {
        while (input.NextMember())
        {
            if (input.Is("data"u8)) publication.Data = input.Embedded();
            else if (input.Is("info"u8)) publication.Info = input.Message<ClientInfo>(Read);
            else if (input.Is("offset"u8)) publication.Offset = input.UInt64();
            else if (input.Is("tags"u8)) publication.Tags = input.StringMap();
            else if (input.Is("delta"u8)) publication.Delta = input.Boolean();
            else if (input.Is("time"u8)) publication.Time = input.Int64();
            else if (input.Is("channel"u8)) publication.Channel = input.String();
            else if (input.Is("key"u8)) publication.Key = input.String();
            else if (input.Is("removed"u8)) publication.Removed = input.Boolean();
            else if (input.Is("score"u8)) publication.Score = input.Int64();
            else if (input.Is("epoch"u8)) publication.Epoch = input.String();
            else if (input.Is("version"u8)) publication.Version = input.UInt64();
            else input.Skip();
        }
    }

    /// <summary>User and client are written also when they are empty.</summary>
    public static void Write(ref JsonOutput output, ClientInfo info)
    {
        output.Member("user"u8);
        output.String(info.User);
        output.Member("client"u8);
        output.String(info.Client);
        output.Field("conn_info"u8, info.ConnInfo);
        output.Field("chan_info"u8, info.ChanInfo);
    }

    public static void Read(ref JsonInput input, ClientInfo info)
    {
        while (input.NextMember())
        {
            if (input.Is("user"u8)) info.User = input.String();
            else if (input.Is("client"u8)) info.Client = input.String();
            else if (input.Is("conn_info"u8)) info.ConnInfo = input.Embedded();
            else if (input.Is("chan_info"u8)) info.ChanInfo = input.Embedded();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, StreamPosition position)
    {
        output.Field("offset"u8, position.Offset);
        output.Field("epoch"u8, position.Epoch);
    }

    public static void Read(ref JsonInput input, StreamPosition position)
    {
        while (input.NextMember())
        {
            if (input.Is("offset"u8)) position.Offset = input.UInt64();
            else if (input.Is("epoch"u8)) position.Epoch = input.String();
            else input.Skip();
        }
    }
}
