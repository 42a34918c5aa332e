using System.Collections.Concurrent;
using System.Globalization;

namespace Starling.Server.Logging;

/// <summary>Writes log lines on a thread of its own, so that a slow terminal, pipe or disk never holds up the engine.</summary>
/// <remarks>At most <see cref="LinesWaitingMax"/> lines wait; more are dropped and counted, and the count is logged as soon as
/// there is room.</remarks>
internal sealed class LogWriter : IDisposable
{
    private const int LinesWaitingMax = 8192;

    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<string> _lines = new(LinesWaitingMax);
    private readonly TextWriter _output;
    private readonly Thread _thread;
    private long _dropped;
    private int _disposed;

    public LogWriter(TextWriter output)
    {
        _output = output;
        _thread = new Thread(WriteLines) { IsBackground = true, Name = "Starling log" };
        _thread.Start();
    }

    /// <summary>Takes a line without ever waiting.</summary>
    public void Write(string line)
    {
        if (_lines.IsAddingCompleted) return;
        try
        {
            if (!_lines.TryAdd(line)) Interlocked.Increment(ref _dropped);
        }
        catch (InvalidOperationException)
        {
            // Completed between the check and the addition: the process ends and nobody reads on.
        }
    }

    /// <summary>Writes what waits, for two seconds at most.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _lines.CompleteAdding();
        if (!_thread.Join(s_drainTimeout)) return;   // the writer hangs; the process must end nevertheless
        _lines.Dispose();
        _output.Dispose();
    }

    private void WriteLines()
    {
        try
        {
            foreach (var line in _lines.GetConsumingEnumerable())
            {
                _output.Write(line);
                var dropped = Interlocked.Exchange(ref _dropped, 0);
                if (dropped > 0) _output.Write(string.Create(CultureInfo.InvariantCulture, $"{dropped} log lines were dropped: they came faster than they could be written\n"));
                if (_lines.Count == 0) _output.Flush();
            }
        }
        catch (IOException)
        {
            // The disk is full or the reader of the pipe is gone: there is no place left to say so. Lines are dropped from here
            // on, and the server goes on.
        }
    }
}
