using System.Text.Json;
using System.Text.Unicode;

namespace Starling.Protocol.Json;

/// <summary>Decides whether embedded bytes may travel on the JSON wire.</summary>
internal static class JsonValue
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = ProtocolLimits.EmbeddedDepthMax };

    /// <summary>Whether the bytes are exactly one JSON value of bounded depth, in valid UTF-8. The JSON reader does not look
    /// at the UTF-8 inside of strings, but a WebSocket text frame with invalid UTF-8 fails its connection.</summary>
    public static bool IsValid(ReadOnlySpan<byte> data)
    {
        if (!Utf8.IsValid(data)) return false;
        try
        {
            var reader = new Utf8JsonReader(data, s_options);
            while (reader.Read())
            {
                // Reading to the end is the check.
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
