using Starling.Protocol;

namespace Starling.Access;

/// <summary>Checks a publication's payload against its namespace's format (protocol 4.8).</summary>
internal static class PayloadCheck
{
    /// <summary>What passes as JSON, the JSON wire carries: else one publication would close every subscriber on it with 3506.</summary>
    public static bool Accepts(PublicationDataFormat format, ReadOnlySpan<byte> data) => format switch
    {
        PublicationDataFormat.Binary => true,
        PublicationDataFormat.Json => WireCodec.IsJson(data),
        PublicationDataFormat.JsonObject => data.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] && WireCodec.IsJson(data),
        _ => !data.IsEmpty,
    };
}
