using System.Text.Json;
using Microsoft.Extensions.Logging;
using Starling.Server.Configuration;
using Starling.Server.Logging;
using Starling.TestKit;

namespace Starling.Server.Tests.Processes;

public sealed partial class LogTests
{
    [Fact]
    public void A54_A_message_with_line_feeds_and_terminal_sequences_stays_on_its_line()
    {
        var text = Write(LogFormat.Text, logger => Said(logger, "x\n2026-01-01T00:00:00.000Z ERROR forged\u001b[31m\u2028"));

        Assert.Equal("2026-01-01T00:00:00.000Z INFO  Test[7]: Said x\\u000a2026-01-01T00:00:00.000Z ERROR forged\\u001b[31m\\u2028\n", text);
    }

    [Fact]
    public void An_exception_is_indented_below_its_message()
    {
        var text = Write(LogFormat.Text, logger => Failed(logger, new InvalidOperationException("a\nb")));

        Assert.Equal(["2026-01-01T00:00:00.000Z ERROR Test[8]: Failed", "      System.InvalidOperationException: a", "      b", ""], text.Split('\n'));
    }

    [Fact]
    public void Json_lines_hold_the_message_and_its_parts()
    {
        using var line = JsonDocument.Parse(Write(LogFormat.Json, logger => Said(logger, "x\n\"y\"")));

        var root = line.RootElement;
        Assert.Equal("2026-01-01T00:00:00.000Z", root.GetProperty("time").GetString());
        Assert.Equal("info", root.GetProperty("level").GetString());
        Assert.Equal("Test", root.GetProperty("logger").GetString());
        Assert.Equal(7, root.GetProperty("event").GetInt32());
        Assert.Equal("Said x\n\"y\"", root.GetProperty("message").GetString());
        Assert.Equal("x\n\"y\"", root.GetProperty("fields").GetProperty("What").GetString());
    }

    [Fact]
    public void A_log_file_is_appended_to()
    {
        var file = Path.GetTempFileName();
        try
        {
            for (var i = 0; i < 2; i++)
            {
                using var provider = LineLoggerProvider.Open(new LogOptions { File = file }, new ManualTime());
                Said(provider.CreateLogger("Test"), "x");
            }
            Assert.Equal(2, File.ReadAllLines(file).Length);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A89_A_log_that_cannot_be_written_holds_up_nobody_and_counts_what_it_drops()
    {
        using var output = new BlockedWriter();
        using var writer = new LogWriter(output);
        for (var i = 0; i < 20_000; i++) writer.Write("line\n");   // returns although nothing is written

        output.Unblock();
        var dropped = await output.DroppedLine.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Matches(@"^\d+ log lines were dropped", dropped);
    }

    [Fact]
    public void A89_A_flood_of_one_message_is_fifty_lines_then_five_a_second_and_a_count_and_hides_no_other()
    {
        var time = new ManualTime();
        using var output = new StringWriter();
        using (var provider = new LineLoggerProvider(new LogWriter(output), LogFormat.Text, time))
        {
            var logger = provider.CreateLogger("Test");
            for (var i = 0; i < 100_000; i++) Said(logger, "x");
            Failed(logger, new InvalidOperationException("a"));
            time.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 100_000; i++) Said(logger, "x");
        }
        var lines = output.ToString().Split('\n');
        Assert.Equal(50 + 5, lines.Count(static line => line.Contains("Said x", StringComparison.Ordinal)));
        Assert.Single(lines, static line => line.EndsWith("ERROR Test[8]: Failed", StringComparison.Ordinal));
        Assert.Single(lines, static line => line.EndsWith(": 99950 lines like the next one were left out", StringComparison.Ordinal));
        Assert.Equal(2, lines.Count(static line => line.Contains("More lines like the last one are left out", StringComparison.Ordinal)));
    }

    private static string Write(LogFormat format, Action<ILogger> log)
    {
        using var output = new StringWriter();
        using (var provider = new LineLoggerProvider(new LogWriter(output), format, new ManualTime())) log(provider.CreateLogger("Test"));
        return output.ToString();
    }

    [LoggerMessage(7, LogLevel.Information, "Said {What}")]
    private static partial void Said(ILogger logger, string what);

    [LoggerMessage(8, LogLevel.Error, "Failed")]
    private static partial void Failed(ILogger logger, Exception error);

    /// <summary>A terminal nobody reads from, until it is unblocked.</summary>
    private sealed class BlockedWriter : StringWriter
    {
        private readonly ManualResetEventSlim _open = new();

        public TaskCompletionSource<string> DroppedLine { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Unblock() => _open.Set();

        public override void Write(string? value)
        {
            _open.Wait();
            if (value?.Contains("dropped", StringComparison.Ordinal) == true) DroppedLine.TrySetResult(value);
        }

        protected override void Dispose(bool disposing)
        {
            _open.Set();
            base.Dispose(disposing);
        }
    }
}
