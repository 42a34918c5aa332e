using System.Collections;
using System.Text;

namespace Starling.Protocol.Tests.Samples;

/// <summary>Fills messages of every type with seeded random values. It walks their properties, so that a new field is in every
/// test as soon as it exists.</summary>
internal sealed class MessageGenerator(Random random)
{
    private static readonly string[] s_strings =
    [
        "", "a", "chat:1", "__proto__", "constructor", "*", "a\"b\\c", "line\r\nbreak\ttab\b\f", "\0\u001f\u007f", "<script>&'", "\u2028\u2029",
        "é", "漢字", "😀 \U0010FFFF", "e\u0301", "-1", "null", "{}", "data", new string('x', 300), new string('ü', 700),
    ];

    private static readonly string[] s_json =
    [
        "{}", "[]", "null", "true", "false", "0", "-1.5e10", "1e400", "18446744073709551616", "\"\"", "\"x\\ny\"", "\"\\ud83d\\ude00\"", "\"漢\"",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]}}", "[[[[]]]]", "{ \"a\" : 1 }", "{\"__proto__\":{\"x\":1}}",
    ];

    /// <summary>What bytes fields hold: JSON values, so that a message fits both wires, or anything.</summary>
    public bool DataIsJson { get; init; } = true;

    public Command Command()
    {
        var command = new Command { Id = (uint)Unsigned() };
        FillOneOf(command);
        return command;
    }

    public Reply Reply()
    {
        var reply = new Reply { Id = random.Next(3) == 0 ? 0 : (uint)Unsigned() };
        FillOneOf(reply);
        return reply;
    }

    public T Message<T>()
        where T : class, new() => (T)Message(typeof(T), 0);

    /// <summary>Mostly one member, as in life, sometimes several or none.</summary>
    private void FillOneOf(object envelope)
    {
        var members = envelope.GetType().GetProperties().Where(property => property.CanWrite && property.PropertyType.IsClass).ToList();
        for (int count = random.Next(8) switch { 0 => 0, 7 => 3, _ => 1 }; count > 0; count--)
        {
            var member = members[random.Next(members.Count)];
            member.SetValue(envelope, Value(member.PropertyType, 1));
        }
    }

    private object Message(Type type, int depth)
    {
        if (type == typeof(ProtocolError)) return new ProtocolError((uint)Unsigned(), Text(), random.Next(2) == 0);
        object message = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties().Where(property => property.CanWrite))
        {
            bool nested = property.PropertyType.IsClass && property.PropertyType != typeof(string);
            if (random.Next(nested ? 2 + (depth * 2) : 2) == 0) property.SetValue(message, Value(property.PropertyType, depth + 1));
        }
        return message;
    }

    private object Value(Type type, int depth)
    {
        if (type == typeof(string)) return Text();
        if (type == typeof(bool)) return random.Next(2) == 0;
        if (type == typeof(uint)) return (uint)Unsigned();
        if (type == typeof(ulong)) return Unsigned();
        if (type == typeof(int)) return (int)Unsigned();
        if (type == typeof(long)) return (long)Unsigned();
        if (type == typeof(ReadOnlyMemory<byte>)) return Data();
        if (type.IsEnum) return Enum.ToObject(type, Unsigned());
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
        {
            var list = (IList)Activator.CreateInstance(type)!;
            for (int i = random.Next(4); i > 0; i--) list.Add(Value(type.GetGenericArguments()[0], depth + 1));
            return list;
        }
        if (type.IsGenericType)
        {
            var map = (IDictionary)Activator.CreateInstance(type)!;
            for (int i = random.Next(4); i > 0; i--) map[Text()] = Value(type.GetGenericArguments()[1], depth + 1);
            return map;
        }
        return Message(type, depth);
    }

    private string Text() => s_strings[random.Next(s_strings.Length)];

    private ReadOnlyMemory<byte> Data()
    {
        if (DataIsJson) return Encoding.UTF8.GetBytes(s_json[random.Next(s_json.Length)]);
        byte[] bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>The edges of the number types, and anything of any size between them.</summary>
    private ulong Unsigned() => random.Next(8) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => 1UL << 63,
        3 => (1UL << 53) + 1,
        4 => int.MaxValue,
        5 => 1UL << 31,
        _ => (ulong)random.NextInt64() >> random.Next(63),
    };
}
