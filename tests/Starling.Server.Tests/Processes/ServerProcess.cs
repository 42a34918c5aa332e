using System.Collections.Concurrent;
using System.Diagnostics;

namespace Starling.Server.Tests.Processes;

/// <summary>The real executable as a process of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly SemaphoreSlim _arrived = new(0);

    private ServerProcess(Process process) => _process = process;

    /// <summary>What it has cost so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Memory it has in use.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>All that was printed so far, standard output and standard error.</summary>
    public string Output => string.Join('\n', _lines);

    public static ServerProcess Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "Starling.Server.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Start(start);
    }

    /// <summary>The same with a limit of open files.</summary>
    public static ServerProcess StartWithFiles(int limit, params ReadOnlySpan<string> arguments)
    {
        var start = new ProcessStartInfo("bash")
        {
            ArgumentList = { "-c", $"ulimit -n {limit}; exec dotnet exec \"$0\" \"$@\"", Path.Combine(AppContext.BaseDirectory, "Starling.Server.dll") },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Start(start);
    }

    private static ServerProcess Start(ProcessStartInfo start)
    {
        var server = new ServerProcess(new Process { StartInfo = start });
        server._process.OutputDataReceived += (_, line) => server.OnLine(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.OnLine(line.Data);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using var server = Start(arguments);
        return (await server.ExitAsync(), server.Output);
    }

    /// <summary>Waits for a line that holds a text.</summary>
    public async Task<string> LineAsync(string holding)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        for (var read = 0; ;)
        {
            var line = _lines.ElementAtOrDefault(read);
            if (line is null)
            {
                try
                {
                    await _arrived.WaitAsync(deadline.Token);
                }
                catch (OperationCanceledException)
                {
                    Assert.Fail($"waited {s_deadline} for a line with '{holding}'; the output is:\n{Output}");
                }
                continue;
            }
            if (line.Contains(holding, StringComparison.Ordinal)) return line;
            read++;
        }
    }

    /// <summary>Waits until the server listens.</summary>
    /// <returns>The first of its addresses.</returns>
    public async Task<Uri> AddressAsync()
    {
        var line = await LineAsync("Listening on ");
        var addresses = line[(line.IndexOf("Listening on ", StringComparison.Ordinal) + "Listening on ".Length)..];
        return new Uri(addresses.Split(',')[0]);
    }

    /// <summary>Sends a signal, such as <c>TERM</c>.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for the end of the process and of its output.</summary>
    public async Task<int> ExitAsync()
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"waited {s_deadline} for the end of the process; the output is:\n{Output}");
        }
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        _arrived.Dispose();
    }

    private void OnLine(string? line)
    {
        if (line is null) return;
        _lines.Enqueue(line);
        try
        {
            _arrived.Release();
        }
        catch (ObjectDisposedException)
        {
            // The test is over; the last lines interest nobody.
        }
    }
}
