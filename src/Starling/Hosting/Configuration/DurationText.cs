using System.Buffers;
using System.Globalization;

namespace Starling.Hosting.Configuration;

/// <summary>Durations as configuration writes them: <c>300ms</c>, <c>10s</c>, <c>5m</c>, <c>720h</c>, <c>1h30m</c>,
/// <c>0</c>, or the .NET form <c>00:00:10</c>.</summary>
internal static class DurationText
{
    public const string Allowed = "a duration such as \"300ms\", \"10s\", \"5m\", \"720h\" or \"00:00:10\", not negative";

    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        text = text.Trim();
        if (string.Equals(text, "0", StringComparison.Ordinal)) return true;
        // Without a colon the .NET form means days; nobody who writes "10" means ten days.
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration) && duration >= TimeSpan.Zero;
        }
        return TryParseUnits(text, out duration);
    }

    private static bool TryParseUnits(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.IsEmpty) return false;
        var ticks = 0m;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(s_digits);
            if (digits <= 0) return false;
            if (!decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) return false;
            text = text[digits..];

            var letters = text.IndexOfAny(s_digits);
            var unit = letters < 0 ? text : text[..letters];
            if (!TryTicks(unit, out var unitTicks) || count > long.MaxValue / unitTicks) return false;
            ticks += count * unitTicks;
            if (ticks > TimeSpan.MaxValue.Ticks) return false;
            text = text[unit.Length..];
        }
        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    private static bool TryTicks(ReadOnlySpan<char> unit, out decimal ticks)
    {
        ticks = unit switch
        {
            "ns" => TimeSpan.TicksPerMicrosecond / 1000m,
            "us" or "µs" => TimeSpan.TicksPerMicrosecond,
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            _ => 0,
        };
        return ticks > 0;
    }
}
