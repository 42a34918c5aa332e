namespace Starling.Protocol.Protobuf;

/// <summary>News from the server.</summary>
internal static class PushProtobuf
{
    public static void Write(ref ProtobufOutput output, Push push)
    {
        output.Field(12, push.Refresh, Write);
        output.Field(11, push.Disconnect, Write);
        output.Field(10, push.Connect, Write);
        output.Field(9, push.Subscribe, Write);
        output.Field(8, push.Message, Write);
        output.Field(7, push.Unsubscribe, Write);
        output.Field(6, push.Leave, Write);
        output.Field(5, push.Join, Write);
        output.Field(4, push.Pub, PublicationProtobuf.Write);
        output.Field(2, push.Channel);
        output.Field(1, push.Id);
    }

    public static void Read(ref ProtobufInput input, Push push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Id = input.Int64(); break;
                case 2: push.Channel = input.String(); break;
                case 4: push.Pub = input.Message(push.Pub ?? new(), PublicationProtobuf.Read); break;
                case 5: push.Join = input.Message(push.Join ?? new(), Read); break;
                case 6: push.Leave = input.Message(push.Leave ?? new(), Read); break;
                case 7: push.Unsubscribe = input.Message(push.Unsubscribe ?? new(), Read); break;
                case 8: push.Message = input.Message(push.Message ?? new(), Read); break;
                case 9: push.Subscribe = input.Message(push.Subscribe ?? new(), Read); break;
                case 10: push.Connect = input.Message(push.Connect ?? new(), Read); break;
                case 11: push.Disconnect = input.Message(push.Disconnect ?? new(), Read); break;
                case 12: push.Refresh = input.Message(push.Refresh ?? new(), Read); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, JoinPush push)
    {
        output.Field(1, push.Info, PublicationProtobuf.Write);
    }

    private static void Read(ref ProtobufInput input, JoinPush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Info = input.Message(push.Info ?? new(), PublicationProtobuf.Read); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, LeavePush push)
    {
        output.Field(1, push.Info, PublicationProtobuf.Write);
    }

    private static void Read(ref ProtobufInput input, LeavePush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Info = input.Message(push.Info ?? new(), PublicationProtobuf.Read); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, UnsubscribePush push)
    {
        output.Field(3, push.Reason);
        output.Field(2, push.Code);
    }

    private static void Read(ref ProtobufInput input, UnsubscribePush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 2: push.Code = input.UInt32(); break;
                case 3: push.Reason = input.String(); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, MessagePush push)
    {
        output.Field(1, push.Data);
    }

    private static void Read(ref ProtobufInput input, MessagePush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Data = input.Bytes(); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, SubscribePush push)
    {
        output.Field(7, push.Data);
        output.Field(6, push.Positioned);
        output.Field(5, push.Offset);
        output.Field(4, push.Epoch);
        output.Field(1, push.Recoverable);
    }

    private static void Read(ref ProtobufInput input, SubscribePush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Recoverable = input.Boolean(); break;
                case 4: push.Epoch = input.String(); break;
                case 5: push.Offset = input.UInt64(); break;
                case 6: push.Positioned = input.Boolean(); break;
                case 7: push.Data = input.Bytes(); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, ConnectPush push)
    {
        output.Field(11, push.Time);
        output.Field(10, push.Node);
        output.Field(9, push.Session);
        output.Field(8, push.Pong);
        output.Field(7, push.Ping);
        output.Field(6, push.Ttl);
        output.Field(5, push.Expires);
        output.Field(4, push.Subs, SubscribeProtobuf.Write);
        output.Field(3, push.Data);
        output.Field(2, push.Version);
        output.Field(1, push.Client);
    }

    private static void Read(ref ProtobufInput input, ConnectPush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Client = input.String(); break;
                case 2: push.Version = input.String(); break;
                case 3: push.Data = input.Bytes(); break;
                case 4: push.Subs = input.Entry(push.Subs, SubscribeProtobuf.Read); break;
                case 5: push.Expires = input.Boolean(); break;
                case 6: push.Ttl = input.UInt32(); break;
                case 7: push.Ping = input.UInt32(); break;
                case 8: push.Pong = input.Boolean(); break;
                case 9: push.Session = input.String(); break;
                case 10: push.Node = input.String(); break;
                case 11: push.Time = input.Int64(); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, DisconnectPush push)
    {
        output.Field(3, push.Reconnect);
        output.Field(2, push.Reason);
        output.Field(1, push.Code);
    }

    private static void Read(ref ProtobufInput input, DisconnectPush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Code = input.UInt32(); break;
                case 2: push.Reason = input.String(); break;
                case 3: push.Reconnect = input.Boolean(); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, RefreshPush push)
    {
        output.Field(2, push.Ttl);
        output.Field(1, push.Expires);
    }

    private static void Read(ref ProtobufInput input, RefreshPush push)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: push.Expires = input.Boolean(); break;
                case 2: push.Ttl = input.UInt32(); break;
                default: input.Skip(); break;
            }
        }
    }
}
