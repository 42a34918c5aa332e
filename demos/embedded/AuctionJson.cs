using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Starling.Demos.Embedded;

internal sealed record Visitor(string Name);

internal sealed record Seat(string Role);

internal sealed record Lot(string Name);

internal sealed record Lots(string[] Keys);

internal sealed record Signed(string Signature);

internal sealed record Bid(int Amount, string? Bidder = null);

internal sealed record Sold(Bid To);

internal sealed record Note(string Text);

internal sealed record Received(string Text);

/// <summary>What clients and application say to each other.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Visitor))]
[JsonSerializable(typeof(Seat))]
[JsonSerializable(typeof(Lot))]
[JsonSerializable(typeof(Lots))]
[JsonSerializable(typeof(Signed))]
[JsonSerializable(typeof(Bid))]
[JsonSerializable(typeof(Sold))]
[JsonSerializable(typeof(Note))]
[JsonSerializable(typeof(Received))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class AuctionJson : JsonSerializerContext
{
    /// <summary>What a client sent; <see langword="null"/> when it is something else.</summary>
    public static T? Read<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return json.IsEmpty ? null : JsonSerializer.Deserialize(json.Span, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static byte[] Bytes(Visitor value) => JsonSerializer.SerializeToUtf8Bytes(value, Default.Visitor);

    public static byte[] Bytes(Seat value) => JsonSerializer.SerializeToUtf8Bytes(value, Default.Seat);

    public static byte[] Bytes(Bid value) => JsonSerializer.SerializeToUtf8Bytes(value, Default.Bid);
}
