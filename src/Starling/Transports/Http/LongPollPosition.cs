using System.Globalization;
using System.Text;
using Starling.Protocol;

namespace Starling.Transports.Http;

/// <summary>Where a client of long polling stands: one text for all channels it asks for, in their order, so that nothing has
/// to be remembered for it. <c>17.bXkq,3.c2Fz</c>: offset and epoch of each.</summary>
internal static class LongPollPosition
{
    private const char Between = ',';

    /// <summary>Longer ones are no position of ours: 20 digits and an epoch per channel.</summary>
    private const int LengthMax = 16 * 1024;

    /// <summary>Reads what a client sent back, with or without the quotes of an entity tag; a proxy that compresses makes the tag a
    /// weak one (RFC 9110 §8.8.1).</summary>
    /// <returns><see langword="false"/> when it is not a position of this many channels.</returns>
    public static bool TryParse(string text, int channels, out StreamPosition[] positions)
    {
        positions = [];
        if (text.Length > LengthMax) return false;
        var parts = (text.StartsWith("W/", StringComparison.Ordinal) ? text[2..] : text).Trim().Trim('"').Split(Between);
        if (parts.Length != channels) return false;
        var parsed = new StreamPosition[channels];
        for (var i = 0; i < channels; i++)
        {
            var dot = parts[i].IndexOf('.', StringComparison.Ordinal);
            if (dot < 1 || !ulong.TryParse(parts[i].AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)) return false;
            parsed[i] = new StreamPosition { Offset = offset, Epoch = Uri.UnescapeDataString(parts[i][(dot + 1)..]) };
        }
        positions = parsed;
        return true;
    }

    public static string Format(ReadOnlySpan<StreamPosition> positions)
    {
        var text = new StringBuilder();
        foreach (var position in positions)
        {
            if (text.Length > 0) text.Append(Between);
            text.Append(CultureInfo.InvariantCulture, $"{position.Offset}.{Uri.EscapeDataString(position.Epoch)}");
        }
        return text.ToString();
    }
}
