using System.Buffers;
using Starling.Protocol;

namespace Starling.Deltas;

/// <summary>Publications with another payload, as subscriptions with deltas get them (protocol 4.9).</summary>
internal static class PublicationPayload
{
    /// <summary>A removal has no payload; a JSON string that holds valid JSON keeps every client's decoder happy.</summary>
    private static readonly byte[] s_nothing = "\"null\""u8.ToArray();

    /// <summary>The same publication with other data; nothing else is lost.</summary>
    public static Publication With(this Publication publication, ReadOnlyMemory<byte> data, bool isDelta) => new()
    {
        Data = data,
        Info = publication.Info,
        Offset = publication.Offset,
        Tags = publication.Tags,
        Delta = isDelta,
        Time = publication.Time,
        Channel = publication.Channel,
        Key = publication.Key,
        Removed = publication.Removed,
        Score = publication.Score,
        Epoch = publication.Epoch,
        Version = publication.Version,
    };

    /// <summary>The same publication with its payload as a JSON string; as it is when the payload is no text and so has no
    /// form on that wire anyway.</summary>
    public static Publication AsJsonString(this Publication publication)
    {
        if (publication.Data.IsEmpty) return publication.With(s_nothing, isDelta: false);
        var output = new ArrayBufferWriter<byte>(publication.Data.Length + 64);
        return JsonText.TryQuote(publication.Data.Span, output) ? publication.With(output.WrittenMemory, isDelta: false) : publication;
    }

    /// <summary>Text as a JSON string.</summary>
    /// <returns><see langword="null"/> when it is no text.</returns>
    public static byte[]? TryQuote(ReadOnlySpan<byte> utf8)
    {
        var output = new ArrayBufferWriter<byte>(utf8.Length + 64);
        return JsonText.TryQuote(utf8, output) ? output.WrittenSpan.ToArray() : null;
    }
}
