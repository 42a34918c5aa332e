using Starling.Protocol;

namespace Starling.Brokers;

/// <summary>What a publication counts for wherever bytes are bounded: in a log, in a page, in a long reply.</summary>
/// <remarks>Everything a client or an application can make long counts: itself and a frame of it. Payloads count twice, as a
/// quoted one may; text three times, two bytes for a character in memory and one or more in the frame. Escapes of control
/// characters in text can double that at the worst, which a reply, bounded by half of the queue, has room for.</remarks>
internal static class PublicationSize
{
    /// <summary>Objects and the head of a frame.</summary>
    private const int Overhead = 160;

    /// <summary>The objects of one tag, and its share of the table.</summary>
    private const int TagOverhead = 80;

    /// <summary>Bytes a publication counts for; allocates nothing.</summary>
    public static int Of(Publication publication)
    {
        var size = Overhead + (2L * publication.Data.Length) + OfText(publication.Key);
        if (publication.Info is { } info) size += Of(info);
        if (publication.Tags is { Count: > 0 } tags)
        {
            foreach (var (name, value) in tags) size += TagOverhead + OfText(name) + OfText(value);
        }
        return (int)Math.Min(size, int.MaxValue);
    }

    /// <summary>Bytes somebody's join or leave counts for.</summary>
    public static int Of(ClientInfo info) =>
        (int)Math.Min(Overhead + (2L * info.ConnInfo.Length) + (2L * info.ChanInfo.Length) + OfText(info.User) + OfText(info.Client), int.MaxValue);

    private static long OfText(string text) => 3L * text.Length;
}
