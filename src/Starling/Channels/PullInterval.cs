using System.Text.Json;

namespace Starling.Channels;

/// <summary>How often a subscription is written to at most. A client asks for it in the data of its subscribe command,
/// <c>{"starling":{"rate":2}}</c> being twice a second; a namespace may set a ceiling.</summary>
internal static class PullInterval
{
    /// <summary>The intervals there are, in milliseconds: who shares one, shares what is written.</summary>
    private static readonly int[] s_steps = [50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

    /// <param name="data">Data of the subscribe command; anything else than the member above is the application's.</param>
    /// <param name="rateMax">Ceiling of the namespace in pulls per second; 0 for none.</param>
    /// <returns>Milliseconds between two pulls at least: the smallest step that keeps to both; 0 when there is no bound.</returns>
    public static int Of(ReadOnlySpan<byte> data, int rateMax)
    {
        var rate = AskedRate(data);
        if (rateMax > 0) rate = Math.Min(rate, rateMax);
        if (double.IsPositiveInfinity(rate)) return 0;
        foreach (var step in s_steps)
        {
            if (step * rate >= 1_000) return step;
        }
        return s_steps[^1];
    }

    private static double AskedRate(ReadOnlySpan<byte> data)
    {
        if (data.IndexOf("\"starling\""u8) < 0) return double.PositiveInfinity;   // most have no data, or their own
        try
        {
            var json = new Utf8JsonReader(data);
            return TryFind(ref json, "starling"u8) && TryFind(ref json, "rate"u8)
                && json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetDouble(out var rate) && rate > 0
                ? rate
                : double.PositiveInfinity;
        }
        catch (JsonException)
        {
            return double.PositiveInfinity;   // on the Protobuf wire data may be anything
        }
    }

    /// <summary>Enters the object that comes and goes to the member of this name.</summary>
    private static bool TryFind(ref Utf8JsonReader json, ReadOnlySpan<byte> name)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals(name)) return true;
            json.Read();
            json.Skip();
        }
        return false;
    }
}
