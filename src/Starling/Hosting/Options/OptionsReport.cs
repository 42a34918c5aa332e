using System.Globalization;

namespace Starling;

/// <summary>Gathers what is wrong with options, each with the configuration key, the value and what is allowed.</summary>
internal sealed class OptionsReport
{
    public List<string> Failures { get; } = [];

    public void Add(string key, object? value, string allowed) => Failures.Add($"{key}: {Text(value)} is not allowed; allowed: {allowed}");

    public void Range(string key, int value, int min, int max)
    {
        if (value < min || value > max) Add(key, value, string.Create(CultureInfo.InvariantCulture, $"{min} to {max}"));
    }

    public void AtLeast(string key, int value, int min)
    {
        if (value < min) Add(key, value, string.Create(CultureInfo.InvariantCulture, $"{min} or more"));
    }

    public void AtLeast(string key, TimeSpan value, TimeSpan min)
    {
        if (value < min) Add(key, value, $"{Text(min)} or more");
    }

    public void Positive(string key, TimeSpan value)
    {
        if (value <= TimeSpan.Zero) Add(key, value, "more than 0");
    }

    public void NotNegative(string key, TimeSpan value)
    {
        if (value < TimeSpan.Zero) Add(key, value, "0 or more");
    }

    /// <summary>A value as an operator would have written it.</summary>
    internal static string Text(object? value) => value switch
    {
        null => "nothing",
        Enum choice => $"'{choice.ToString().ToLowerInvariant()}'",
        bool flag => flag ? "true" : "false",
        TimeSpan span when span.Ticks % TimeSpan.TicksPerHour == 0 && span != TimeSpan.Zero => Units(span.TotalHours, "h"),
        TimeSpan span when span.Ticks % TimeSpan.TicksPerMinute == 0 && span.TotalMinutes >= 2 => Units(span.TotalMinutes, "m"),
        TimeSpan span when span.Ticks % TimeSpan.TicksPerSecond == 0 => Units(span.TotalSeconds, "s"),
        TimeSpan span => Units(span.TotalMilliseconds, "ms"),
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => $"'{value}'",
    };

    private static string Units(double count, string unit) => count.ToString(CultureInfo.InvariantCulture) + unit;
}
