namespace Starling.Protocol.Json;

/// <summary>Beginning, renewing and ending a subscription.</summary>
internal static class SubscribeJson
{
    public static void Write(ref JsonOutput output, SubscribeRequest request)
    {
        output.Field("channel"u8, request.Channel);
        output.Field("token"u8, request.Token);
        output.Field("recover"u8, request.Recover);
        output.Field("epoch"u8, request.Epoch);
        output.Field("offset"u8, request.Offset);
        output.Field("data"u8, request.Data);
        output.Field("positioned"u8, request.Positioned);
        output.Field("recoverable"u8, request.Recoverable);
        output.Field("join_leave"u8, request.JoinLeave);
        output.Field("delta"u8, request.Delta);
        output.Field("tf"u8, request.Tf, Write);
        output.Field("flag"u8, (long)request.Flag);
        output.Field("type"u8, (long)request.Type);
        output.Field("phase"u8, (long)request.Phase);
        output.Field("cursor"u8, request.Cursor);
        output.Field("limit"u8, request.Limit);
        output.Field("asc"u8, request.Asc);
    }

    public static void Read(ref JsonInput input, SubscribeRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("channel"u8)) request.Channel = input.String();
            else if (input.Is("token"u8)) request.Token = input.String();
            else if (input.Is("recover"u8)) request.Recover = input.Boolean();
            else if (input.Is("epoch"u8)) request.Epoch = input.String();
            else if (input.Is("offset"u8)) request.Offset = input.UInt64();
            else if (input.Is("data"u8)) request.Data = input.Embedded();
            else if (input.Is("positioned"u8)) request.Positioned = input.Boolean();
            else if (input.Is("recoverable"u8)) request.Recoverable = input.Boolean();
            else if (input.Is("join_leave"u8)) request.JoinLeave = input.Boolean();
            else if (input.Is("delta"u8)) request.Delta = input.String();
            else if (input.Is("tf"u8)) request.Tf = input.Message<FilterNode>(Read);
            else if (input.Is("flag"u8)) request.Flag = (SubscribeFlags)input.Int64();
            else if (input.Is("type"u8)) request.Type = (SubscriptionType)input.Int32();
            else if (input.Is("phase"u8)) request.Phase = (MapPhase)input.Int32();
            else if (input.Is("cursor"u8)) request.Cursor = input.String();
            else if (input.Is("limit"u8)) request.Limit = input.Int32();
            else if (input.Is("asc"u8)) request.Asc = input.Boolean();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, SubscribeResult result)
    {
        output.Field("expires"u8, result.Expires);
        output.Field("ttl"u8, result.Ttl);
        output.Field("recoverable"u8, result.Recoverable);
        output.Field("epoch"u8, result.Epoch);
        output.Field("publications"u8, result.Publications, PublicationJson.Write);
        output.Field("recovered"u8, result.Recovered);
        output.Field("offset"u8, result.Offset);
        output.Field("positioned"u8, result.Positioned);
        output.Field("data"u8, result.Data);
        output.Field("was_recovering"u8, result.WasRecovering);
        output.Field("delta"u8, result.Delta);
        output.Field("id"u8, result.Id);
        output.Field("type"u8, (long)result.Type);
        output.Field("phase"u8, (long)result.Phase);
        output.Field("cursor"u8, result.Cursor);
        output.Field("state"u8, result.State, PublicationJson.Write);
        output.Field("publish_debounce"u8, result.PublishDebounce);
    }

    public static void Read(ref JsonInput input, SubscribeResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("expires"u8)) result.Expires = input.Boolean();
            else if (input.Is("ttl"u8)) result.Ttl = input.UInt32();
            else if (input.Is("recoverable"u8)) result.Recoverable = input.Boolean();
            else if (input.Is("epoch"u8)) result.Epoch = input.String();
            else if (input.Is("publications"u8)) result.Publications = input.List<Publication>(PublicationJson.Read);
            else if (input.Is("recovered"u8)) result.Recovered = input.Boolean();
            else if (input.Is("offset"u8)) result.Offset = input.UInt64();
            else if (input.Is("positioned"u8)) result.Positioned = input.Boolean();
            else if (input.Is("data"u8)) result.Data = input.Embedded();
            else if (input.Is("was_recovering"u8)) result.WasRecovering = input.Boolean();
            else if (input.Is("delta"u8)) result.Delta = input.Boolean();
            else if (input.Is("id"u8)) result.Id = input.Int64();
            else if (input.Is("type"u8)) result.Type = (SubscriptionType)input.Int32();
            else if (input.Is("phase"u8)) result.Phase = (MapPhase)input.Int32();
            else if (input.Is("cursor"u8)) result.Cursor = input.String();
            else if (input.Is("state"u8)) result.State = input.List<Publication>(PublicationJson.Read);
            else if (input.Is("publish_debounce"u8)) result.PublishDebounce = input.UInt32();
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, FilterNode node)
    {
        output.Field("op"u8, node.Op);
        output.Field("key"u8, node.Key);
        output.Field("cmp"u8, node.Cmp);
        output.Field("val"u8, node.Val);
        output.Field("vals"u8, node.Vals);
        output.Field("nodes"u8, node.Nodes, Write);
    }

    private static void Read(ref JsonInput input, FilterNode node)
    {
        if (!input.EnterFilterNode()) return;
        while (input.NextMember())
        {
            if (input.Is("op"u8)) node.Op = input.String();
            else if (input.Is("key"u8)) node.Key = input.String();
            else if (input.Is("cmp"u8)) node.Cmp = input.String();
            else if (input.Is("val"u8)) node.Val = input.String();
            else if (input.Is("vals"u8)) node.Vals = input.Strings();
            else if (input.Is("nodes"u8)) node.Nodes = input.List<FilterNode>(Read);
            else input.Skip();
        }
        input.LeaveFilterNode();
    }

    public static void Write(ref JsonOutput output, UnsubscribeRequest request) => output.Field("channel"u8, request.Channel);

    public static void Read(ref JsonInput input, UnsubscribeRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("channel"u8)) request.Channel = input.String();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, SubRefreshRequest request)
    {
        output.Field("channel"u8, request.Channel);
        output.Field("token"u8, request.Token);
        output.Field("type"u8, (long)request.Type);
        output.Field("track"u8, request.Track, Write);
        output.Field("untrack"u8, request.Untrack);
    }

    public static void Read(ref JsonInput input, SubRefreshRequest request)
    {
        while (input.NextMember())
        {
            if (input.Is("channel"u8)) request.Channel = input.String();
            else if (input.Is("token"u8)) request.Token = input.String();
            else if (input.Is("type"u8)) request.Type = (SubRefreshType)input.Int32();
            else if (input.Is("track"u8)) request.Track = input.List<TrackBatch>(Read);
            else if (input.Is("untrack"u8)) request.Untrack = input.Strings();
            else input.Skip();
        }
    }

    public static void Write(ref JsonOutput output, SubRefreshResult result)
    {
        output.Field("expires"u8, result.Expires);
        output.Field("ttl"u8, result.Ttl);
        output.Field("items"u8, result.Items, PublicationJson.Write);
    }

    public static void Read(ref JsonInput input, SubRefreshResult result)
    {
        while (input.NextMember())
        {
            if (input.Is("expires"u8)) result.Expires = input.Boolean();
            else if (input.Is("ttl"u8)) result.Ttl = input.UInt32();
            else if (input.Is("items"u8)) result.Items = input.List<Publication>(PublicationJson.Read);
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, TrackBatch batch)
    {
        output.Field("signature"u8, batch.Signature);
        output.Field("items"u8, batch.Items, Write);
    }

    private static void Read(ref JsonInput input, TrackBatch batch)
    {
        while (input.NextMember())
        {
            if (input.Is("signature"u8)) batch.Signature = input.String();
            else if (input.Is("items"u8)) batch.Items = input.List<KeyedItem>(Read);
            else input.Skip();
        }
    }

    private static void Write(ref JsonOutput output, KeyedItem item)
    {
        output.Field("key"u8, item.Key);
        output.Field("version"u8, item.Version);
    }

    private static void Read(ref JsonInput input, KeyedItem item)
    {
        while (input.NextMember())
        {
            if (input.Is("key"u8)) item.Key = input.String();
            else if (input.Is("version"u8)) item.Version = input.UInt64();
            else input.Skip();
        }
    }
}
