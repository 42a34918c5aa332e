using System.Text;

namespace Starling.Hosting.Configuration;

/// <summary>What a configuration value is before a key says what it should be.</summary>
internal enum ConfigurationValueKind
{
    Null,
    Flag,
    Number,
    Text,

    /// <summary>Text of a source without types (environment, flags, the application's configuration): it may mean a number, a
    /// flag or text, as the key wants it.</summary>
    Loose,
    List,
    Section,
}

/// <summary>One node of a configuration tree, whatever source it came from.</summary>
internal sealed class ConfigurationValue
{
    private ConfigurationValue(ConfigurationValueKind kind, string text)
    {
        Kind = kind;
        Text = text;
    }

    public ConfigurationValueKind Kind { get; }

    /// <summary>A scalar as it was written, and the source text of a list or section where it came as text.</summary>
    public string Text { get; }

    /// <summary>Items of a list.</summary>
    public IReadOnlyList<ConfigurationValue> Items { get; private init; } = [];

    /// <summary>Members of a section, with the keys as they were written.</summary>
    public IReadOnlyList<KeyValuePair<string, ConfigurationValue>> Members { get; private init; } = [];

    public static ConfigurationValue Scalar(ConfigurationValueKind kind, string text) => new(kind, text);

    public static ConfigurationValue List(IReadOnlyList<ConfigurationValue> items, string text = "") =>
        new(ConfigurationValueKind.List, text) { Items = items };

    public static ConfigurationValue Section(IReadOnlyList<KeyValuePair<string, ConfigurationValue>> members, string text = "") =>
        new(ConfigurationValueKind.Section, text) { Members = members };

    /// <summary>Wraps a value into the sections of a path: <c>["client", "insecure"]</c> gives <c>client: {insecure: value}</c>.</summary>
    public static ConfigurationValue AtPath(ReadOnlySpan<string> path, ConfigurationValue value)
    {
        for (var i = path.Length - 1; i >= 0; i--)
        {
            value = Section([KeyValuePair.Create(path[i], value)]);
        }
        return value;
    }

    /// <summary>The value as a message shows it: short, on one line, and printable whatever is in it.</summary>
    public string Shown() => Kind switch
    {
        ConfigurationValueKind.Null => "null",
        ConfigurationValueKind.List => "a list",
        ConfigurationValueKind.Section => "a section",
        ConfigurationValueKind.Text or ConfigurationValueKind.Loose => $"'{Printable(Text)}'",
        _ => Printable(Text),
    };

    /// <summary>Text for a message: at most 80 characters, control characters replaced.</summary>
    internal static string Printable(string text)
    {
        const int shownMax = 80;
        var shown = new StringBuilder();
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, shownMax)))
        {
            shown.Append(char.IsControl(c) ? ' ' : c);
        }
        return (text.Length > shownMax ? shown.Append('…') : shown).ToString();
    }
}
