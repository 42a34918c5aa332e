using Starling.Protocol.Tests.Samples;

namespace Starling.Protocol.Tests.Json;

/// <summary>How fields of every type are read, and what is refused.</summary>
public sealed class JsonFieldTests
{
    public static TheoryData<string, string> Fields => new()
    {
        { "uint32", """{"id":?}""" },
        { "int32", """{"id":1,"history":{"limit":?}}""" },
        { "uint64", """{"id":1,"subscribe":{"offset":?}}""" },
        { "int64", """{"id":1,"subscribe":{"flag":?}}""" },
        { "uint64", """{"id":1,"history":{"since":{"offset":?}}}""" },
        { "uint64", """{"id":1,"sub_refresh":{"track":[{"items":[{"version":?}]}]}}""" },
        { "int32", """{"id":1,"connect":{"subs":{"a":{"type":?}}}}""" },
        { "string", """{"id":1,"publish":{"channel":?}}""" },
        { "string", """{"id":1,"connect":{"headers":{"a":?}}}""" },
        { "string", """{"id":1,"sub_refresh":{"untrack":[?]}}""" },
        { "bool", """{"id":1,"subscribe":{"recover":?}}""" },
        { "object", """{"id":1,"publish":?}""" },
        { "object", """{"id":1,"ping":?}""" },
        { "object", """{"id":1,"connect":{"subs":?}}""" },
        { "object", """{"id":1,"connect":{"subs":{"a":?}}}""" },
        { "object", """{"id":1,"connect":{"headers":?}}""" },
        { "object", """{"id":1,"subscribe":{"tf":{"nodes":[?]}}}""" },
        { "array", """{"id":1,"subscribe":{"tf":{"nodes":?}}}""" },
        { "array", """{"id":1,"sub_refresh":{"untrack":?}}""" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A40_A_value_of_the_wrong_type_is_malformed(string type, string command)
    {
        string number = type is "string" or "bool" or "object" or "array" ? "number" : type;
        (string Type, string Value)[] values =
            [("number", "0"), ("string", "\"\""), ("string", "\"1\""), ("bool", "true"), ("object", "{}"), ("array", "[]"), ("array", "[1]")];
        foreach (var (valueType, value) in values)
        {
            bool fits = valueType == type || (valueType == "number" && number == type);
            if (value == "[1]") fits = false;   // no list of the protocol holds numbers
            string json = command.Replace("?", value, StringComparison.Ordinal);
            if (fits) Codec.ReadCommand(json);
            else Codec.AssertMalformed(json);
        }
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A40_Null_stands_for_the_default(string type, string command)
    {
        if (type == "object" && command.Contains("[?]", StringComparison.Ordinal))
        {
            Codec.AssertMalformed(command.Replace("?", "null", StringComparison.Ordinal));   // a message in a list has no default it could stand for
            return;
        }
        string empty = type switch { "string" => "\"\"", "bool" => "false", "object" => "{}", "array" => "[]", _ => "0" };
        var expected = Codec.ReadCommand(command.Replace("?", empty, StringComparison.Ordinal));
        var actual = Codec.ReadCommand(command.Replace("?", "null", StringComparison.Ordinal));
        if (command.EndsWith("\"publish\":?}", StringComparison.Ordinal)) expected.Publish = null;   // a message that is null is absent
        if (command.EndsWith("\"ping\":?}", StringComparison.Ordinal)) expected.Ping = null;
        MessageComparison.AssertSame(expected, actual);
    }

    [Theory]
    [MemberData(nameof(Fields))]
    public void A42_Integers_are_exact_or_refused(string type, string command)
    {
        (string Value, string Types)[] values =
        [
            ("0", "uint32 int32 uint64 int64"), ("1", "uint32 int32 uint64 int64"), ("2147483647", "uint32 int32 uint64 int64"),
            ("-1", "int32 int64"), ("-2147483648", "int32 int64"), ("-2147483649", "int64"), ("2147483648", "uint32 uint64 int64"),
            ("4294967295", "uint32 uint64 int64"), ("4294967296", "uint64 int64"), ("9007199254740993", "uint64 int64"),
            ("9223372036854775807", "uint64 int64"), ("-9223372036854775808", "int64"), ("9223372036854775808", "uint64"),
            ("18446744073709551615", "uint64"), ("18446744073709551616", ""), ("-9223372036854775809", ""), ("1.0", ""), ("1.5", ""),
            ("1e3", ""), ("1E0", ""), ("1e400", ""), ("-1e400", ""), ("99999999999999999999999999999999999", ""), ("+1", ""), ("0x1", ""),
            ("01", ""), (".5", ""), ("1.", ""), ("NaN", ""), ("Infinity", ""), ("-", ""), ("--1", ""), ("1_000", ""),
        ];
        if (type is "string" or "bool" or "object" or "array") return;
        foreach (var (value, types) in values)
        {
            string json = command.Replace("?", value, StringComparison.Ordinal);
            if (!types.Split(' ').Contains(type))
            {
                Codec.AssertMalformed(json);
                continue;
            }
            var read = Codec.ReadCommand(json);
            MessageComparison.AssertSame(read, Codec.ReadCommand(Codec.Json(read)));
            if (value != "0") Assert.Contains(value, Codec.Json(read), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A42_Of_duplicate_members_the_last_one_counts()
    {
        Assert.Equal(2u, Codec.ReadCommand("""{"id":1,"id":2}""").Id);
        var publish = Codec.ReadCommand("""{"id":1,"publish":{"channel":"a","data":1},"publish":{"channel":"b"}}""").Publish!;
        Assert.Equal(("b", 0), (publish.Channel, publish.Data.Length));
        var connect = Codec.ReadCommand("""{"id":1,"connect":{"headers":{"a":"1","a":"2"},"subs":{"a":{"offset":1},"a":{"offset":2}}}}""").Connect!;
        Assert.Equal("2", Assert.Single(connect.Headers!).Value);
        Assert.Equal(2ul, Assert.Single(connect.Subs!).Value.Offset);
        Assert.Null(Codec.ReadCommand("""{"id":1,"ping":{},"ping":null}""").Ping);
    }

    [Fact]
    public void Unknown_members_are_ignored()
    {
        var command = Codec.ReadCommand(
            """{"x":[{"id":5}],"id":1,"rpc":{"method":"m","extra":{"method":"n","deep":[[[1]]]},"data":1},"Id":9,"ID":9,"":0,"connect2":{}}""");
        Assert.Equal((1u, "m", "1"), (command.Id, command.Rpc!.Method, System.Text.Encoding.UTF8.GetString(command.Rpc.Data.Span)));
        Assert.Equal(CommandKind.Rpc, command.Kind);
    }

    [Fact]
    public void Names_may_be_escaped()
    {
        var command = Codec.ReadCommand("""{"\u0069d":1,"r\u0070c":{"\u006dethod":"\u006d\u0000"}}""");
        Assert.Equal((1u, "m\0"), (command.Id, command.Rpc!.Method));
    }

    [Theory]
    [InlineData("__proto__")]
    [InlineData("constructor")]
    [InlineData("toString")]
    [InlineData("hasOwnProperty")]
    public void A41_Names_of_object_members_are_keys_like_others(string key)
    {
        var command = Codec.ReadCommand("""{"id":1,"?":{"id":2},"connect":{"headers":{"?":"v"},"subs":{"?":{"offset":3}}}}"""
            .Replace("?", key, StringComparison.Ordinal));
        Assert.Equal("v", command.Connect!.Headers![key]);
        Assert.Equal(3ul, command.Connect.Subs![key].Offset);
        Assert.Equal(1u, command.Id);
        MessageComparison.AssertSame(command, Codec.ReadCommand(Codec.Json(command)));
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("\r\n")]
    [InlineData("*")]
    [InlineData(">")]
    [InlineData("#{}")]
    [InlineData("/../")]
    [InlineData("\u202Eabc")]
    [InlineData("e\u0301")]
    [InlineData("\u00e9")]
    [InlineData("\U0001F600")]
    [InlineData("\uFEFF")]
    [InlineData("\uFFFD")]
    public void A43_A_channel_name_arrives_as_it_was_sent(string channel)
    {
        foreach (var wire in new[] { Wire.Json, Wire.Protobuf })
        {
            byte[] frame = Codec.Write(wire, new Command { Id = 1, Subscribe = new SubscribeRequest { Channel = channel } });
            Assert.Equal(channel, Codec.ReadCommand(wire, frame).Subscribe!.Channel);
        }
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00")]
    [InlineData("\\ud800\\ud800")]
    [InlineData("a\\udfffb")]
    [InlineData("\\ud83dx")]
    public void A43_A_lone_surrogate_is_malformed(string text)
    {
        Codec.AssertMalformed($$$"""{"id":1,"subscribe":{"channel":"{{{text}}}"}}""");
        Codec.AssertMalformed($$$"""{"id":1,"connect":{"headers":{"{{{text}}}":"v"} } }""");
        Codec.AssertMalformed($$$"""{"id":1,"{{{text}}}":1}""");
    }

    [Fact]
    public void A_lone_surrogate_of_the_program_is_written_as_the_replacement_character()
    {
        var reply = new Reply { Push = new Push { Channel = "\ud800\"", Pub = new Publication { Key = "x\udc00" } } };
        Assert.Equal("{\"push\":{\"channel\":\"\uFFFD\\\"\",\"pub\":{\"key\":\"x\uFFFD\"}}}", Codec.Json(reply));
        Assert.Equal("x\uFFFD", Codec.ReadReply(Wire.Protobuf, Codec.Write(Wire.Protobuf, reply)).Push!.Pub!.Key);
    }

    [Fact]
    public void Strings_are_escaped_where_JSON_demands_it()
    {
        var all = string.Concat(Enumerable.Range(0, 0x80).Select(code => (char)code));
        string json = Codec.Json(new Command { Id = 1, Publish = new PublishRequest { Channel = all + "é漢😀" } });
        Assert.DoesNotContain(json, character => character < ' ');
        Assert.Contains("""\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e""", json, StringComparison.Ordinal);
        Assert.Contains("\\u001f !\\\"#$%&'(", json, StringComparison.Ordinal);
        Assert.Contains("[\\\\]", json, StringComparison.Ordinal);
        Assert.EndsWith("\u007fé漢😀\"}}", json, StringComparison.Ordinal);
        Assert.Equal(all + "é漢😀", Codec.ReadCommand(json).Publish!.Channel);
    }

    [Fact]
    public void Slashes_and_line_separators_are_read_in_either_form()
    {
        var publish = Codec.ReadCommand("""{"id":1,"publish":{"channel":"\u003c\u003E\u0026\u2028\u2029\/\u00e9"}}""").Publish!;
        Assert.Equal("<>&\u2028\u2029/é", publish.Channel);
    }
}
