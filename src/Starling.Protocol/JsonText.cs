using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Starling.Protocol.Json;

namespace Starling.Protocol;

/// <summary>Text as one JSON string: how payloads and patches travel on JSON connections with delta compression.</summary>
public static class JsonText
{
    /// <summary>Writes UTF-8 text as a JSON string with its quotes.</summary>
    /// <returns><see langword="false"/>, and nothing written, when it is not valid UTF-8: a patch may cut a character.</returns>
    public static bool TryQuote(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!Utf8.IsValid(utf8)) return false;
        var json = new JsonOutput(utf8.Length + 64);   // the quotes and some escapes
        json.Quoted(utf8);
        return json.Finish(output);
    }

    /// <summary>Writes the UTF-8 text that a JSON string stands for.</summary>
    /// <returns><see langword="false"/>, and nothing written, when <paramref name="json"/> is not one JSON string.</returns>
    public static bool TryUnquote(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!Utf8.IsValid(json)) return false;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String) return false;
            var text = output.GetSpan(reader.ValueSpan.Length + 1);   // never 0, which would ask for any size
            int length = reader.CopyString(text);
            if (reader.Read()) return false;
            output.Advance(length);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not JSON, or an escaped lone surrogate, which no UTF-8 stands for.
            return false;
        }
    }
}
