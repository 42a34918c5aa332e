namespace Starling.Protocol.Protobuf;

/// <summary>Beginning, renewing and ending a subscription.</summary>
internal static class SubscribeProtobuf
{
    public static void Write(ref ProtobufOutput output, SubscribeRequest request)
    {
        output.Field(19, request.Asc);
        output.Field(18, request.Limit);
        output.Field(17, request.Cursor);
        output.Field(16, (long)request.Phase);
        output.Field(15, (long)request.Type);
        output.Field(14, (long)request.Flag);
        output.Field(13, request.Tf, Write);
        output.Field(12, request.Delta);
        output.Field(11, request.JoinLeave);
        output.Field(10, request.Recoverable);
        output.Field(9, request.Positioned);
        output.Field(8, request.Data);
        output.Field(7, request.Offset);
        output.Field(6, request.Epoch);
        output.Field(3, request.Recover);
        output.Field(2, request.Token);
        output.Field(1, request.Channel);
    }

    public static void Read(ref ProtobufInput input, SubscribeRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Channel = input.String(); break;
                case 2: request.Token = input.String(); break;
                case 3: request.Recover = input.Boolean(); break;
                case 6: request.Epoch = input.String(); break;
                case 7: request.Offset = input.UInt64(); break;
                case 8: request.Data = input.Bytes(); break;
                case 9: request.Positioned = input.Boolean(); break;
                case 10: request.Recoverable = input.Boolean(); break;
                case 11: request.JoinLeave = input.Boolean(); break;
                case 12: request.Delta = input.String(); break;
                // Not merged with an earlier one: a merged filter could outgrow its limits.
                case 13: request.Tf = input.Message(new FilterNode(), Read); break;
                case 14: request.Flag = (SubscribeFlags)input.Int64(); break;
                case 15: request.Type = (SubscriptionType)input.Int32(); break;
                case 16: request.Phase = (MapPhase)input.Int32(); break;
                case 17: request.Cursor = input.String(); break;
                case 18: request.Limit = input.Int32(); break;
                case 19: request.Asc = input.Boolean(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, SubscribeResult result)
    {
        output.Field(19, result.PublishDebounce);
        output.Field(18, result.State, PublicationProtobuf.Write);
        output.Field(17, result.Cursor);
        output.Field(16, (long)result.Phase);
        output.Field(15, (long)result.Type);
        output.Field(14, result.Id);
        output.Field(13, result.Delta);
        output.Field(12, result.WasRecovering);
        output.Field(11, result.Data);
        output.Field(10, result.Positioned);
        output.Field(9, result.Offset);
        output.Field(8, result.Recovered);
        output.Field(7, result.Publications, PublicationProtobuf.Write);
        output.Field(6, result.Epoch);
        output.Field(3, result.Recoverable);
        output.Field(2, result.Ttl);
        output.Field(1, result.Expires);
    }

    public static void Read(ref ProtobufInput input, SubscribeResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.Expires = input.Boolean(); break;
                case 2: result.Ttl = input.UInt32(); break;
                case 3: result.Recoverable = input.Boolean(); break;
                case 6: result.Epoch = input.String(); break;
                case 7: result.Publications = input.Element(result.Publications, PublicationProtobuf.Read); break;
                case 8: result.Recovered = input.Boolean(); break;
                case 9: result.Offset = input.UInt64(); break;
                case 10: result.Positioned = input.Boolean(); break;
                case 11: result.Data = input.Bytes(); break;
                case 12: result.WasRecovering = input.Boolean(); break;
                case 13: result.Delta = input.Boolean(); break;
                case 14: result.Id = input.Int64(); break;
                case 15: result.Type = (SubscriptionType)input.Int32(); break;
                case 16: result.Phase = (MapPhase)input.Int32(); break;
                case 17: result.Cursor = input.String(); break;
                case 18: result.State = input.Element(result.State, PublicationProtobuf.Read); break;
                case 19: result.PublishDebounce = input.UInt32(); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, FilterNode node)
    {
        output.Field(6, node.Nodes, Write);
        output.Field(5, node.Vals);
        output.Field(4, node.Val);
        output.Field(3, node.Cmp);
        output.Field(2, node.Key);
        output.Field(1, node.Op);
    }

    private static void Read(ref ProtobufInput input, FilterNode node)
    {
        if (!input.EnterFilterNode()) return;
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: node.Op = input.String(); break;
                case 2: node.Key = input.String(); break;
                case 3: node.Cmp = input.String(); break;
                case 4: node.Val = input.String(); break;
                case 5: node.Vals = input.Element(node.Vals); break;
                case 6: node.Nodes = input.Element(node.Nodes, Read); break;
                default: input.Skip(); break;
            }
        }
        input.LeaveFilterNode();
    }

    public static void Write(ref ProtobufOutput output, UnsubscribeRequest request)
    {
        output.Field(1, request.Channel);
    }

    public static void Read(ref ProtobufInput input, UnsubscribeRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Channel = input.String(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, SubRefreshRequest request)
    {
        output.Field(5, request.Untrack);
        output.Field(4, request.Track, Write);
        output.Field(3, (long)request.Type);
        output.Field(2, request.Token);
        output.Field(1, request.Channel);
    }

    public static void Read(ref ProtobufInput input, SubRefreshRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Channel = input.String(); break;
                case 2: request.Token = input.String(); break;
                case 3: request.Type = (SubRefreshType)input.Int32(); break;
                case 4: request.Track = input.Element(request.Track, Read); break;
                case 5: request.Untrack = input.Element(request.Untrack); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, SubRefreshResult result)
    {
        output.Field(3, result.Items, PublicationProtobuf.Write);
        output.Field(2, result.Ttl);
        output.Field(1, result.Expires);
    }

    public static void Read(ref ProtobufInput input, SubRefreshResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.Expires = input.Boolean(); break;
                case 2: result.Ttl = input.UInt32(); break;
                case 3: result.Items = input.Element(result.Items, PublicationProtobuf.Read); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, TrackBatch batch)
    {
        output.Field(2, batch.Items, Write);
        output.Field(1, batch.Signature);
    }

    private static void Read(ref ProtobufInput input, TrackBatch batch)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: batch.Signature = input.String(); break;
                case 2: batch.Items = input.Element(batch.Items, Read); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, KeyedItem item)
    {
        output.Field(2, item.Version);
        output.Field(1, item.Key);
    }

    private static void Read(ref ProtobufInput input, KeyedItem item)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: item.Key = input.String(); break;
                case 2: item.Version = input.UInt64(); break;
                default: input.Skip(); break;
            }
        }
    }
}
