using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Starling.Protocol.Tests.Fuzz;

/// <summary>A JSON document that can be written out with one node spoiled.</summary>
internal sealed class JsonTree
{
    /// <summary>Values to put where another one was: every type, and numbers at and beyond every edge.</summary>
    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-0", "-1", "1.5", "1e3", "1e400", "-1e400", "01", "+1", ".5", "4294967296", "2147483648", "-2147483649",
        "9007199254740993", "9223372036854775808", "18446744073709551615", "18446744073709551616", "99999999999999999999999999", "NaN",
        "\"\"", "\"1\"", "\"\\ud800\"", "\"\\u0000\"", "\"__proto__\"", "\"\\x\"", "\"\n\"", "\"\t\"", "{}", "[]", "[null]", "[[]]", "{\"\":0}", "{\"a\":{}}",
        "[{}]", "[{},null,1]", "{\"__proto__\":{\"offset\":1}}", "{\"a\":null}", " 1 ", "\r\n2", "", "]", "}", ",", "nul", "/**/1", "'x'", "\"",
    ];

    private string _name = "";
    private string _literal = "";
    private List<JsonTree>? _children;
    private bool _isObject;
    private int _index;

    /// <summary>Nodes of the tree.</summary>
    public int Count { get; private set; }

    public static JsonTree Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        int count = 0;
        var root = Of("", document.RootElement, ref count);
        root.Count = count;
        return root;
    }

    /// <summary>Writes the tree with one random node spoiled in one random way.</summary>
    public void WriteSpoiled(StringBuilder output, Random random) => Write(output, random, random.Next(Count));

    private static JsonTree Of(string name, JsonElement element, ref int count)
    {
        var node = new JsonTree { _name = name, _index = count++ };
        if (element.ValueKind == JsonValueKind.Object)
        {
            node._isObject = true;
            node._children = [];
            foreach (var member in element.EnumerateObject()) node._children.Add(Of(member.Name, member.Value, ref count));
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            node._children = [];
            foreach (var child in element.EnumerateArray()) node._children.Add(Of("", child, ref count));
        }
        else
        {
            node._literal = element.GetRawText();
        }
        return node;
    }

    private void Write(StringBuilder output, Random random, int target)
    {
        if (_index == target)
        {
            WriteValueSpoiled(output, random);
            return;
        }
        if (_children is null)
        {
            output.Append(_literal);
            return;
        }
        output.Append(_isObject ? '{' : '[');
        bool first = true;
        foreach (var child in _children)
        {
            int way = child._index == target ? random.Next(8) : 7;
            if (way == 0) continue;   // missing
            for (int times = way == 1 ? 2 : 1; times > 0; times--)
            {
                if (!first) output.Append(way == 2 ? ' ' : ',');
                first = false;
                if (_isObject) child.WriteName(output, way, random);
                // A duplicate stands once as it was and once spoiled.
                child.Write(output, random, way == 1 && times == 2 ? -1 : target);
            }
        }
        output.Append(_isObject ? '}' : ']');
    }

    private void WriteName(StringBuilder output, int way, Random random)
    {
        string name = way switch
        {
            3 => string.Concat(_name.Select(letter => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"))),
            4 => _name.ToUpperInvariant(),
            5 => "__proto__",
            6 => _name + "\\ud800",
            _ => JsonEncodedText.Encode(_name).ToString(),
        };
        output.Append('"').Append(name).Append('"').Append(way == 2 && random.Next(2) == 0 ? ' ' : ':');
    }

    private void WriteValueSpoiled(StringBuilder output, Random random)
    {
        switch (random.Next(10))
        {
            case 0:
                int depth = (1 << random.Next(1, 10)) + random.Next(-1, 2);   // also just at and above the limits, which are powers of two
                string open = random.Next(3) switch { 0 => "[", 1 => "{\"nodes\":[", _ => "{\"a\":" };
                for (int i = 0; i < depth; i++) output.Append(open);
                if (random.Next(2) == 0) return;
                output.Append('0');
                for (int i = 0; i < depth; i++) output.Append(open switch { "[" => "]", "{\"a\":" => "}", _ => "]}" });
                break;
            case 1:
                int elements = 1 << random.Next(1, 9);
                string element = random.Next(4) switch { 0 => "{}", 1 => "\"\"", 2 => "null", _ => "{\"nodes\":[{}]}" };
                output.Append('[').AppendJoin(',', Enumerable.Repeat(element, elements)).Append(']');
                break;
            case 2:
                output.Append('"').Append('x', random.Next(2000)).Append('"');
                break;
            default:
                output.Append(s_values[random.Next(s_values.Length)]);
                break;
        }
    }
}
