namespace Starling.Protocol.Protobuf;

/// <summary>The outermost messages.</summary>
internal static class EnvelopeProtobuf
{
    public static void Write(ref ProtobufOutput output, Command command)
    {
        output.Field(15, command.SubRefresh, SubscribeProtobuf.Write);
        output.Field(14, command.Refresh, ConnectProtobuf.Write);
        output.Field(13, command.Rpc, RequestProtobuf.Write);
        output.Field(12, command.Send, RequestProtobuf.Write);
        output.Field(11, command.Ping, WriteNothing);
        output.Field(10, command.History, RequestProtobuf.Write);
        output.Field(9, command.PresenceStats, RequestProtobuf.Write);
        output.Field(8, command.Presence, RequestProtobuf.Write);
        output.Field(7, command.Publish, RequestProtobuf.Write);
        output.Field(6, command.Unsubscribe, SubscribeProtobuf.Write);
        output.Field(5, command.Subscribe, SubscribeProtobuf.Write);
        output.Field(4, command.Connect, ConnectProtobuf.Write);
        output.Field(1, command.Id);
    }

    public static void Read(ref ProtobufInput input, Command command)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: command.Id = input.UInt32(); break;
                case 4: command.Connect = input.Message(command.Connect ?? new(), ConnectProtobuf.Read); break;
                case 5: command.Subscribe = input.Message(command.Subscribe ?? new(), SubscribeProtobuf.Read); break;
                case 6: command.Unsubscribe = input.Message(command.Unsubscribe ?? new(), SubscribeProtobuf.Read); break;
                case 7: command.Publish = input.Message(command.Publish ?? new(), RequestProtobuf.Read); break;
                case 8: command.Presence = input.Message(command.Presence ?? new(), RequestProtobuf.Read); break;
                case 9: command.PresenceStats = input.Message(command.PresenceStats ?? new(), RequestProtobuf.Read); break;
                case 10: command.History = input.Message(command.History ?? new(), RequestProtobuf.Read); break;
                case 11: command.Ping = input.Message(command.Ping ?? new(), ReadNothing); break;
                case 12: command.Send = input.Message(command.Send ?? new(), RequestProtobuf.Read); break;
                case 13: command.Rpc = input.Message(command.Rpc ?? new(), RequestProtobuf.Read); break;
                case 14: command.Refresh = input.Message(command.Refresh ?? new(), ConnectProtobuf.Read); break;
                case 15: command.SubRefresh = input.Message(command.SubRefresh ?? new(), SubscribeProtobuf.Read); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, Reply reply)
    {
        output.Field(15, reply.SubRefresh, SubscribeProtobuf.Write);
        output.Field(14, reply.Refresh, ConnectProtobuf.Write);
        output.Field(13, reply.Rpc, RequestProtobuf.Write);
        output.Field(12, reply.Ping, WriteNothing);
        output.Field(11, reply.History, RequestProtobuf.Write);
        output.Field(10, reply.PresenceStats, RequestProtobuf.Write);
        output.Field(9, reply.Presence, RequestProtobuf.Write);
        output.Field(8, reply.Publish, WriteNothing);
        output.Field(7, reply.Unsubscribe, WriteNothing);
        output.Field(6, reply.Subscribe, SubscribeProtobuf.Write);
        output.Field(5, reply.Connect, ConnectProtobuf.Write);
        output.Field(4, reply.Push, PushProtobuf.Write);
        output.Field(2, reply.Error, Write);
        output.Field(1, reply.Id);
    }

    public static void Read(ref ProtobufInput input, Reply reply)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: reply.Id = input.UInt32(); break;
                case 2: reply.Error = ReadError(ref input); break;
                case 4: reply.Push = input.Message(reply.Push ?? new(), PushProtobuf.Read); break;
                case 5: reply.Connect = input.Message(reply.Connect ?? new(), ConnectProtobuf.Read); break;
                case 6: reply.Subscribe = input.Message(reply.Subscribe ?? new(), SubscribeProtobuf.Read); break;
                case 7: reply.Unsubscribe = input.Message(reply.Unsubscribe ?? new(), ReadNothing); break;
                case 8: reply.Publish = input.Message(reply.Publish ?? new(), ReadNothing); break;
                case 9: reply.Presence = input.Message(reply.Presence ?? new(), RequestProtobuf.Read); break;
                case 10: reply.PresenceStats = input.Message(reply.PresenceStats ?? new(), RequestProtobuf.Read); break;
                case 11: reply.History = input.Message(reply.History ?? new(), RequestProtobuf.Read); break;
                case 12: reply.Ping = input.Message(reply.Ping ?? new(), ReadNothing); break;
                case 13: reply.Rpc = input.Message(reply.Rpc ?? new(), RequestProtobuf.Read); break;
                case 14: reply.Refresh = input.Message(reply.Refresh ?? new(), ConnectProtobuf.Read); break;
                case 15: reply.SubRefresh = input.Message(reply.SubRefresh ?? new(), SubscribeProtobuf.Read); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Read(ref ProtobufInput input, ErrorFields error)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: error.Code = input.UInt32(); break;
                case 2: error.Message = input.String(); break;
                case 3: error.Temporary = input.Boolean(); break;
                default: input.Skip(); break;
            }
        }
    }

    /// <summary>The pushed publication without the reply's length: what a channel's frames are made of.</summary>
    public static void WritePublication(ref ProtobufOutput output, string? channel, long id, Publication publication)
    {
        int before = output.Length;
        output.Field(4, publication, PublicationProtobuf.Write);
        output.Field(2, channel ?? "");
        output.Field(1, id);
        output.Delimit(4, output.Length - before);
    }

    public static void Read(ref ProtobufInput input, EmulationRequest request)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: request.Node = input.String(); break;
                case 2: request.Session = input.String(); break;
                case 3: request.Data = input.Bytes(); break;
                default: input.Skip(); break;
            }
        }
    }

    private static void Write(ref ProtobufOutput output, ProtocolError error)
    {
        output.Field(3, error.Temporary);
        output.Field(2, error.Message);
        output.Field(1, error.Code);
    }

    private static ProtocolError ReadError(ref ProtobufInput input)
    {
        var fields = input.Message(new ErrorFields(), Read);
        return new ProtocolError(fields.Code, fields.Message, fields.Temporary);
    }

    private static void WriteNothing(ref ProtobufOutput output, object message)
    {
        // The message has no fields.
    }

    private static void ReadNothing(ref ProtobufInput input, object message)
    {
        while (input.NextField())
        {
            input.Skip();
        }
    }
}
