using System.Globalization;

namespace Starling.Server.Bench;

/// <summary>Times as users write them: <c>500ms</c>, <c>20s</c>, <c>1m</c>.</summary>
internal static class Duration
{
    public static bool TryParse(string text, out TimeSpan time)
    {
        time = default;
        var digits = text.AsSpan().TrimEnd("hms");
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        TimeSpan? unit = text[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(1),
            "s" => TimeSpan.FromSeconds(1),
            "m" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            _ => null,
        };
        if (unit is null || number * unit.Value.TotalDays > 1) return false;
        time = number * unit.Value;
        return true;
    }
}
