using System.Text.Json;

namespace Starling.Access;

/// <summary>Checks a publication's payload against its namespace's format (protocol 4.8).</summary>
internal static class PayloadCheck
{
    /// <summary>Levels of nesting a JSON payload may have; deeper ones are refused like any other invalid JSON.</summary>
    private const int DepthMax = 64;

    public static bool Accepts(PublicationDataFormat format, ReadOnlySpan<byte> data) => format switch
    {
        PublicationDataFormat.Binary => true,
        PublicationDataFormat.Json => IsJson(data, objectOnly: false),
        PublicationDataFormat.JsonObject => IsJson(data, objectOnly: true),
        _ => !data.IsEmpty,
    };

    private static bool IsJson(ReadOnlySpan<byte> data, bool objectOnly)
    {
        var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = DepthMax });
        try
        {
            if (!reader.Read() || (objectOnly && reader.TokenType != JsonTokenType.StartObject)) return false;
            while (reader.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
