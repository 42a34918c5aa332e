using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Starling.Server.Configuration;

namespace Starling.Server.Logging;

/// <summary>One log entry as a line. Whatever a message holds, it stays on its line and prints as text: a name with line feeds
/// or terminal sequences cannot forge an entry (attack A54).</summary>
internal static class LogLine
{
    public static string Format(LogFormat format, LogEntry entry) => format == LogFormat.Json ? Json(entry) : Text(entry);

    private static string Text(LogEntry entry)
    {
        var line = new StringBuilder();
        line.Append(Time(entry.Time)).Append(' ').Append(LevelName(entry.Level).ToUpperInvariant().PadRight(5)).Append(' ');
        line.Append(entry.Category);
        if (entry.EventId != 0) line.Append(CultureInfo.InvariantCulture, $"[{entry.EventId}]");
        line.Append(": ");
        AppendPrintable(line, entry.Message);
        line.Append('\n');
        if (entry.Exception is not null)
        {
            // Indented, so that no line of it looks like an entry.
            foreach (var part in entry.Exception.ToString().Split('\n'))
            {
                line.Append("      ");
                AppendPrintable(line, part.TrimEnd('\r'));
                line.Append('\n');
            }
        }
        return line.ToString();
    }

    private static string Json(LogEntry entry)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, Time(entry.Time));
            json.WriteString("level"u8, LevelName(entry.Level));
            json.WriteString("logger"u8, entry.Category);
            if (entry.EventId != 0) json.WriteNumber("event"u8, entry.EventId);
            json.WriteString("message"u8, entry.Message);
            if (entry.Fields.Count > 0)
            {
                json.WriteStartObject("fields"u8);
                foreach (var (name, value) in entry.Fields) json.WriteString(name, value);
                json.WriteEndObject();
            }
            if (entry.Exception is not null) json.WriteString("exception"u8, entry.Exception.ToString());
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void AppendPrintable(StringBuilder line, string text)
    {
        foreach (var c in text)
        {
            // Line and paragraph separators end a line for some viewers without being control characters.
            if (char.IsControl(c) || c is '\u2028' or '\u2029') line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else line.Append(c);
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}

/// <summary>What one log call said.</summary>
internal sealed record LogEntry(
    DateTimeOffset Time,
    LogLevel Level,
    string Category,
    int EventId,
    string Message,
    IReadOnlyList<KeyValuePair<string, string>> Fields,
    Exception? Exception);
