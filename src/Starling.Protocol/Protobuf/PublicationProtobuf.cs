namespace Starling.Protocol.Protobuf;

/// <summary>Publications and what they are made of.</summary>
internal static class PublicationProtobuf
{
    public static void Write(ref ProtobufOutput output, Publication publication)
    {
        output.Field(16, publication.Version);
        output.Field(14, publication.Epoch);
        output.ZigZag(13, publication.Score);
        output.Field(12, publication.Removed);
        output.Field(11, publication.Key);
        output.Field(10, publication.Channel);
        output.Field(9, publication.Time);
        output.Field(8, publication.Delta);
        output.Field(7, publication.Tags);
        output.Field(6, publication.Offset);
        output.Field(5, publication.Info, Write);
        output.Field(4, publication.Data);
    }

    public static void Read(ref ProtobufInput input, Publication publication)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 4: publication.Data = input.Bytes(); break;
                case 5: publication.Info = input.Message(publication.Info ?? new(), Read); break;
                case 6: publication.Offset = input.UInt64(); break;
                case 7: publication.Tags = input.Entry(publication.Tags); break;
                case 8: publication.Delta = input.Boolean(); break;
                case 9: publication.Time = input.Int64(); break;
                case 10: publication.Channel = input.String(); break;
                case 11: publication.Key = input.String(); break;
                case 12: publication.Removed = input.Boolean(); break;
                case 13: publication.Score = input.ZigZag(); break;
                case 14: publication.Epoch = input.String(); break;
                case 16: publication.Version = input.UInt64(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, ClientInfo info)
    {
        output.Field(4, info.ChanInfo);
        output.Field(3, info.ConnInfo);
        output.Field(2, info.Client);
        output.Field(1, info.User);
    }

    public static void Read(ref ProtobufInput input, ClientInfo info)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: info.User = input.String(); break;
                case 2: info.Client = input.String(); break;
                case 3: info.ConnInfo = input.Bytes(); break;
                case 4: info.ChanInfo = input.Bytes(); break;
                default: input.Skip(); break;
            }
        }
    }

    public static void Write(ref ProtobufOutput output, StreamPosition position)
    {
        output.Field(2, position.Epoch);
        output.Field(1, position.Offset);
    }

    public static void Read(ref ProtobufInput input, StreamPosition position)
    {
        while (input.NextField())
        {
            switch (input.Number)
            {
                case 1: position.Offset = input.UInt64(); break;
                case 2: position.Epoch = input.String(); break;
                default: input.Skip(); break;
            }
        }
    }
}
