namespace Starling.Protocol.Protobuf;

/// <summary>What a client asks for apart from its session and its subscriptions, and the answers.</summary>
internal static class RequestProtobuf
{
    public static void Write(ref ProtobufOutput output, PublishRequest request)
    {
        output.Field(5, request.Removed);
        output.Field(4, request.Key);
        output.Field(3, (long)request.Type);
        output.Field(2, request.Data);
        output.Field(1, request.Channel);
    }

    public static void Read(ref ProtobufInput input, PublishRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Channel = input.String(); break;
                case 2: request.Data = input.Bytes(); break;
                case 3: request.Type = (PublishType)input.Int32(); break;
                case 4: request.Key = input.String(); break;
                case 5: request.Removed = input.Boolean(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, SendRequest request)
    {
        output.Field(1, request.Data);
    }

    public static void Read(ref ProtobufInput input, SendRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Data = input.Bytes(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, RpcRequest request)
    {
        output.Field(2, request.Method);
        output.Field(1, request.Data);
    }

    public static void Read(ref ProtobufInput input, RpcRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Data = input.Bytes(); break;
                case 2: request.Method = input.String(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, RpcResult result)
    {
        output.Field(1, result.Data);
    }

    public static void Read(ref ProtobufInput input, RpcResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.Data = input.Bytes(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, PresenceRequest request)
    {
        output.Field(1, request.Channel);
    }

    public static void Read(ref ProtobufInput input, PresenceRequest request)
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

    public static void Write(ref ProtobufOutput output, PresenceResult result)
    {
        output.Field(1, result.Presence, PublicationProtobuf.Write);
    }

    public static void Read(ref ProtobufInput input, PresenceResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.Presence = input.Entry(result.Presence, PublicationProtobuf.Read); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, PresenceStatsRequest request)
    {
        output.Field(1, request.Channel);
    }

    public static void Read(ref ProtobufInput input, PresenceStatsRequest request)
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

    public static void Write(ref ProtobufOutput output, PresenceStatsResult result)
    {
        output.Field(2, result.NumUsers);
        output.Field(1, result.NumClients);
    }

    public static void Read(ref ProtobufInput input, PresenceStatsResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.NumClients = input.UInt32(); break;
                case 2: result.NumUsers = input.UInt32(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, HistoryRequest request)
    {
        output.Field(9, request.Reverse);
        output.Field(8, request.Since, PublicationProtobuf.Write);
        output.Field(7, request.Limit);
        output.Field(1, request.Channel);
    }

    public static void Read(ref ProtobufInput input, HistoryRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Channel = input.String(); break;
                case 7: request.Limit = input.Int32(); break;
                case 8: request.Since = input.Message(request.Since ?? new(), PublicationProtobuf.Read); break;
                case 9: request.Reverse = input.Boolean(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, HistoryResult result)
    {
        output.Field(3, result.Offset);
        output.Field(2, result.Epoch);
        output.Field(1, result.Publications, PublicationProtobuf.Write);
    }

    public static void Read(ref ProtobufInput input, HistoryResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.Publications = input.Element(result.Publications, PublicationProtobuf.Read); break;
                case 2: result.Epoch = input.String(); break;
                case 3: result.Offset = input.UInt64(); break;
                default: input.Skip(); break;
            }
        }
    }
}
