using System.Globalization;
using Starling.Server.Configuration;

namespace Starling.Server.Logging;

/// <summary>The server's log: text or JSON lines on standard error or in a file.</summary>
internal sealed class LineLoggerProvider(LogWriter writer, LogFormat format, TimeProvider time) : ILoggerProvider
{
    private readonly LineLimit _limit = new(time);

    /// <summary>Opens the log the options name.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static LineLoggerProvider Open(LogOptions options, TimeProvider time)
    {
        var stream = options.File.Length > 0
            ? new FileStream(options.File, FileMode.Append, FileAccess.Write, FileShare.Read)
            : Console.OpenStandardError();
        return new LineLoggerProvider(new LogWriter(new StreamWriter(stream)), options.Format, time);
    }

    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void Dispose() => writer.Dispose();

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;   // the level is the factory's filter

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel) || !provider.Takes(logLevel, category, eventId.Id)) return;
            provider.Write(new LogEntry(
                provider.Now, logLevel, category, eventId.Id, formatter(state, exception), provider.FieldsOf(state), exception));
        }
    }

    /// <summary>Whether there is room for a line of this kind. Whoever asked for details gets all of them.</summary>
    private bool Takes(LogLevel level, string category, int eventId)
    {
        if (level < LogLevel.Information) return true;
        var takes = _limit.TryTake(category, eventId, out var leftOut);
        if (takes ? leftOut > 0 : leftOut == 1)
        {
            var message = takes
                ? string.Create(CultureInfo.InvariantCulture, $"{leftOut} lines like the next one were left out")
                : "More lines like the last one are left out; their number follows";
            Write(new LogEntry(Now, level, category, eventId, message, [], Exception: null));
        }
        return takes;
    }

    private DateTimeOffset Now => time.GetUtcNow();

    private void Write(LogEntry entry) => writer.Write(LogLine.Format(format, entry));

    private List<KeyValuePair<string, string>> FieldsOf<TState>(TState state)
    {
        var fields = new List<KeyValuePair<string, string>>();
        if (format != LogFormat.Json || state is not IReadOnlyList<KeyValuePair<string, object?>> values) return fields;
        foreach (var (name, value) in values)
        {
            if (name is not "{OriginalFormat}") fields.Add(KeyValuePair.Create(name, System.Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
        }
        return fields;
    }
}
