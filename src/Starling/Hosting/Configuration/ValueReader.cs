using System.Globalization;

namespace Starling.Hosting.Configuration;

/// <summary>Reads a value as the type a key wants, or says what would have been allowed.</summary>
internal static class ValueReader
{
    public static bool TryFlag(ConfigurationValue value, out bool flag)
    {
        flag = false;
        if (value.Kind is not (ConfigurationValueKind.Flag or ConfigurationValueKind.Text or ConfigurationValueKind.Loose)) return false;
        if (bool.TryParse(value.Text, out flag)) return true;
        if (value.Kind != ConfigurationValueKind.Loose || value.Text is not ("0" or "1")) return false;
        flag = value.Text is "1";
        return true;
    }

    public static bool TryNumber(ConfigurationValue value, out long number)
    {
        number = 0;
        return value.Kind is ConfigurationValueKind.Number or ConfigurationValueKind.Text or ConfigurationValueKind.Loose
            && long.TryParse(value.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    public static bool TryText(ConfigurationValue value, out string text)
    {
        text = value.Text;
        // A loose text that looked like JSON was read as a list or section; the text itself is still at hand.
        return value.Kind is ConfigurationValueKind.Text or ConfigurationValueKind.Loose
            || (value.Kind is ConfigurationValueKind.List or ConfigurationValueKind.Section && text.Length > 0);
    }

    public static bool TryDuration(ConfigurationValue value, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        return value.Kind switch
        {
            ConfigurationValueKind.Text or ConfigurationValueKind.Loose => DurationText.TryParse(value.Text, out duration),
            ConfigurationValueKind.Number => value.Text is "0",
            _ => false,
        };
    }

    /// <summary>Reads a list. Sources without types write it as a section with the keys 0, 1, 2 …, as nothing, or, for a list of
    /// one, as the item itself.</summary>
    public static bool TryList(ConfigurationValue value, out IReadOnlyList<ConfigurationValue> items)
    {
        items = value.Items;
        switch (value.Kind)
        {
            case ConfigurationValueKind.List:
                return true;
            case ConfigurationValueKind.Loose:
                items = value.Text.Length == 0 ? [] : [value];
                return true;
            case ConfigurationValueKind.Section when value.Members.All(member => IsIndex(member.Key)):
                items = [.. value.Members.OrderBy(member => int.Parse(member.Key, CultureInfo.InvariantCulture)).Select(member => member.Value)];
                return true;
            default:
                return false;
        }
    }

    private static bool IsIndex(string key) => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
