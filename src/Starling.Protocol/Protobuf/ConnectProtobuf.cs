namespace Starling.Protocol.Protobuf;

/// <summary>Opening and renewing a session.</summary>
internal static class ConnectProtobuf
{
    public static void Write(ref ProtobufOutput output, ConnectRequest request)
    {
        output.Field(9, request.Profile);
        output.Field(8, request.Dict);
        output.Field(7, (long)request.Flag);
        output.Field(6, request.Headers);
        output.Field(5, request.Version);
        output.Field(4, request.Name);
        output.Field(3, request.Subs, SubscribeProtobuf.Write);
        output.Field(2, request.Data);
        output.Field(1, request.Token);
    }

    public static void Read(ref ProtobufInput input, ConnectRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Token = input.String(); break;
                case 2: request.Data = input.Bytes(); break;
                case 3: request.Subs = input.Entry(request.Subs, SubscribeProtobuf.Read); break;
                case 4: request.Name = input.String(); break;
                case 5: request.Version = input.String(); break;
                case 6: request.Headers = input.Entry(request.Headers); break;
                case 7: request.Flag = (ConnectFlags)input.Int64(); break;
                case 8: request.Dict = input.String(); break;
                case 9: request.Profile = input.String(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, ConnectResult result)
    {
        output.Field(13, result.Dict, Write);
        output.Field(12, (long)result.Flag);
        output.Field(11, result.Time);
        output.Field(10, result.Node);
        output.Field(9, result.Session);
        output.Field(8, result.Pong);
        output.Field(7, result.Ping);
        output.Field(6, result.Subs, SubscribeProtobuf.Write);
        output.Field(5, result.Data);
        output.Field(4, result.Ttl);
        output.Field(3, result.Expires);
        output.Field(2, result.Version);
        output.Field(1, result.Client);
    }

    public static void Read(ref ProtobufInput input, ConnectResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.Client = input.String(); break;
                case 2: result.Version = input.String(); break;
                case 3: result.Expires = input.Boolean(); break;
                case 4: result.Ttl = input.UInt32(); break;
                case 5: result.Data = input.Bytes(); break;
                case 6: result.Subs = input.Entry(result.Subs, SubscribeProtobuf.Read); break;
                case 7: result.Ping = input.UInt32(); break;
                case 8: result.Pong = input.Boolean(); break;
                case 9: result.Session = input.String(); break;
                case 10: result.Node = input.String(); break;
                case 11: result.Time = input.Int64(); break;
                case 12: result.Flag = (ConnectFlags)input.Int64(); break;
                case 13: result.Dict = input.Message(result.Dict ?? new(), Read); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, CompressionDictionary dictionary)
    {
        output.Field(3, dictionary.DataB64);
        output.Field(2, dictionary.Data);
        output.Field(1, dictionary.Id);
    }

    private static void Read(ref ProtobufInput input, CompressionDictionary dictionary)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: dictionary.Id = input.String(); break;
                case 2: dictionary.Data = input.Bytes(); break;
                case 3: dictionary.DataB64 = input.String(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, RefreshRequest request)
    {
        output.Field(1, request.Token);
    }

    public static void Read(ref ProtobufInput input, RefreshRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Token = input.String(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, RefreshResult result)
    {
        output.Field(4, result.Ttl);
        output.Field(3, result.Expires);
        output.Field(2, result.Version);
        output.Field(1, result.Client);
    }

    public static void Read(ref ProtobufInput input, RefreshResult result)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: result.Client = input.String(); break;
                case 2: result.Version = input.String(); break;
                case 3: result.Expires = input.Boolean(); break;
                case 4: result.Ttl = input.UInt32(); break;
                default: input.Skip(); break;
            }
        }
    }
}
