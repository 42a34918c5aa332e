using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Starling.Hosting.Configuration;

/// <summary>One place configuration was written in: its name for messages and what it says.</summary>
internal sealed record ConfigurationSource(string Name, ConfigurationValue Value)
{
    /// <summary>Prefix of the environment's variables.</summary>
    public const string EnvironmentPrefix = "STARLING_";

    private static readonly JsonDocumentOptions s_json = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>Reads a configuration file: JSON, comments allowed.</summary>
    /// <param name="name">Its name for messages.</param>
    /// <param name="utf8">Its content, with or without byte order mark.</param>
    /// <param name="error">What is wrong and where, when the text is not JSON.</param>
    public static ConfigurationSource? FromJson(string name, ReadOnlyMemory<byte> utf8, out string error)
    {
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        try
        {
            using var document = JsonDocument.Parse(utf8, s_json);
            error = "";
            return new ConfigurationSource(name, Convert(document.RootElement, text: ""));
        }
        catch (JsonException e)
        {
            error = FormattableString.Invariant(
                $"{name} is not valid JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}. Allowed: a JSON object; comments may stand in it");
            return null;
        }
    }

    /// <summary>The variables <c>STARLING_SECTION__KEY</c>, each a source of its own, so that a message names the variable; the
    /// whole of a section comes before its parts.</summary>
    public static IEnumerable<ConfigurationSource> FromEnvironment(IEnumerable<KeyValuePair<string, string>> variables) => variables
        .Where(variable => variable.Key.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
        .OrderBy(variable => variable.Key, StringComparer.OrdinalIgnoreCase)
        .Select(variable => new ConfigurationSource(
            $"environment variable {ConfigurationValue.Printable(variable.Key)}",
            ConfigurationValue.AtPath(variable.Key[EnvironmentPrefix.Length..].Split("__"), FromText(variable.Value))));

    /// <summary>One flag <c>--section.key value</c>.</summary>
    public static ConfigurationSource FromFlag(string path, string value) => new(
        $"flag --{ConfigurationValue.Printable(path)}",
        ConfigurationValue.AtPath(path.Split('.'), FromText(value)));

    /// <summary>The configuration of the application Starling is part of, usually its section <c>Starling</c>.</summary>
    public static ConfigurationSource FromConfiguration(IConfigurationSection section) => new(
        $"configuration section {section.Path}", Convert(section));

    /// <summary>A value of a source that only knows text: lists and sections are written as JSON.</summary>
    private static ConfigurationValue FromText(string text)
    {
        if (text.AsSpan().TrimStart() is ['[' or '{', ..])
        {
            try
            {
                using var document = JsonDocument.Parse(text, s_json);
                return Convert(document.RootElement, text);
            }
            catch (JsonException)
            {
                // Not JSON after all: a pattern such as [a-z]+ begins like a list. What wants a list says what it allows.
            }
        }
        return ConfigurationValue.Scalar(ConfigurationValueKind.Loose, text);
    }

    private static ConfigurationValue Convert(JsonElement element, string text) => element.ValueKind switch
    {
        JsonValueKind.Object => ConfigurationValue.Section(
            [.. element.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, Convert(member.Value, text: "")))], text),
        JsonValueKind.Array => ConfigurationValue.List([.. element.EnumerateArray().Select(item => Convert(item, text: ""))], text),
        JsonValueKind.String => ConfigurationValue.Scalar(ConfigurationValueKind.Text, element.GetString() ?? ""),
        JsonValueKind.Number => ConfigurationValue.Scalar(ConfigurationValueKind.Number, element.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => ConfigurationValue.Scalar(ConfigurationValueKind.Flag, element.GetRawText()),
        _ => ConfigurationValue.Scalar(ConfigurationValueKind.Null, "null"),
    };

    private static ConfigurationValue Convert(IConfigurationSection section)
    {
        var children = section.GetChildren().Select(child => KeyValuePair.Create(child.Key, Convert(child))).ToList();
        if (children.Count > 0) return ConfigurationValue.Section(children);
        return section.Value is { } value
            ? FromText(value)
            : ConfigurationValue.Scalar(ConfigurationValueKind.Null, "null");
    }
}
