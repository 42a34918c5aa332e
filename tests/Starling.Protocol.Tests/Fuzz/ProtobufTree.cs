using Starling.Protocol.Protobuf;

namespace Starling.Protocol.Tests.Fuzz;

/// <summary>A Protobuf message, seen as fields without names, that can be written out with one field spoiled.</summary>
internal sealed class ProtobufTree
{
    private readonly List<Field> _fields = [];

    /// <summary>Fields of the message and of those inside of it.</summary>
    public int Count { get; private set; }

    public static ProtobufTree Parse(ReadOnlySpan<byte> message)
    {
        int count = 0;
        var root = TryParse(message, ref count) ?? throw new ArgumentException("This is no message.", nameof(message));
        root.Count = count;
        return root;
    }

    /// <summary>Writes the message with one random field spoiled in one random way.</summary>
    public void WriteSpoiled(List<byte> output, Random random) => Write(output, random, Count == 0 ? -1 : random.Next(Count));

    public static void WriteVarint(List<byte> output, ulong value)
    {
        for (; value >= 0x80; value >>= 7) output.Add((byte)(value | 0x80));
        output.Add((byte)value);
    }

    /// <summary>Takes apart what looks like a message; a string may look like one as well, which makes no difference here.</summary>
    private static ProtobufTree? TryParse(ReadOnlySpan<byte> message, ref int count)
    {
        var tree = new ProtobufTree();
        while (!message.IsEmpty)
        {
            int taken = ProtobufInput.ReadVarint(message, out ulong tag);
            if (taken == 0 || tag >> 3 is 0 or > 20) return null;
            message = message[taken..];
            taken = ProtobufInput.ReadVarint(message, out ulong value);
            if (taken == 0) return null;
            message = message[taken..];
            var field = new Field { Number = tag >> 3, Type = (int)(tag & 7), Value = value, Index = count++ };
            if (field.Type == 2)
            {
                if (value > (ulong)message.Length) return null;
                field.Bytes = message[..(int)value].ToArray();
                int nested = count;
                field.Nested = value > 1 ? TryParse(field.Bytes, ref nested) : null;
                if (field.Nested is not null) count = nested;
                message = message[(int)value..];
            }
            else if (field.Type != 0)
            {
                return null;
            }
            tree._fields.Add(field);
        }
        return tree;
    }

    private void Write(List<byte> output, Random random, int target)
    {
        foreach (var field in _fields)
        {
            if (field.Index == target)
            {
                WriteSpoiled(field, output, random);
                continue;
            }
            WriteVarint(output, (field.Number << 3) | (uint)field.Type);
            if (field.Type == 0) WriteVarint(output, field.Value);
            else WriteDelimited(output, Content(field, random, target), 0);
        }
    }

    private static List<byte> Content(Field field, Random random, int target)
    {
        if (field.Nested is null) return [.. field.Bytes];
        var nested = new List<byte>();
        field.Nested.Write(nested, random, target);
        return nested;
    }

    private static void WriteDelimited(List<byte> output, List<byte> content, int error)
    {
        WriteVarint(output, (ulong)Math.Max(0, content.Count + error));
        output.AddRange(content);
    }

    private static void WriteSpoiled(Field field, List<byte> output, Random random)
    {
        ulong[] numbers =
        [
            0, 1, 127, 128, uint.MaxValue, 1UL << 32, int.MaxValue, 1UL << 31, ulong.MaxValue, 1UL << 63, (1UL << 53) + 1, unchecked((ulong)int.MinValue) - 1,
        ];
        ulong number = numbers[random.Next(numbers.Length)];
        var content = Content(field, random, -1);
        int way = random.Next(12);
        if (way == 0) return;   // missing
        int type = way == 1 ? random.Next(8) : field.Type;
        ulong name = way == 2 ? (ulong)random.Next(22) : way == 3 ? numbers[random.Next(numbers.Length)] >> 3 : field.Number;
        WriteVarint(output, (name << 3) | (uint)type);
        switch (way)
        {
            case 4:
                output.AddRange(Enumerable.Repeat((byte)(0x80 | random.Next(128)), random.Next(1, 12)));
                output.Add((byte)random.Next(3));
                break;
            case 5 or 6:
                WriteVarint(output, number);   // a number, or a length that lies
                if (way == 6) output.AddRange(content);
                break;
            case 7:
                WriteDelimited(output, content, random.Next(2) == 0 ? 1 : -1);
                break;
            case 8:
                byte[] bytes = new byte[random.Next(16)];
                random.NextBytes(bytes);
                WriteDelimited(output, [.. bytes], 0);
                break;
            case 9:
                WriteDelimited(output, Nested(0x32, 1 << random.Next(1, 8)), 0);   // filters inside of filters
                break;
            case 10:
                WriteDelimited(output, [.. Enumerable.Range(0, 1 << random.Next(1, 10)).SelectMany(_ => new byte[] { (byte)((name << 3) | 2), 0 })], 0);
                break;
            default:
                if (type == 0) WriteVarint(output, field.Value);
                else WriteDelimited(output, content, 0);
                if (way == 11) WriteDelimited(output, content, 0);   // its value twice
                break;
        }
    }

    private static List<byte> Nested(byte tag, int depth)
    {
        var content = new List<byte>();
        for (int i = 0; i < depth; i++)
        {
            var outer = new List<byte> { tag };
            WriteDelimited(outer, content, 0);
            content = outer;
        }
        return content;
    }

    private sealed class Field
    {
        public required ulong Number { get; init; }

        public required int Type { get; init; }

        public required ulong Value { get; init; }

        public required int Index { get; init; }

        public byte[] Bytes { get; set; } = [];

        public ProtobufTree? Nested { get; set; }
    }
}
