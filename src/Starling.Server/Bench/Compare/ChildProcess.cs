using System.Diagnostics;
using System.Net.Sockets;
using System.Net;

namespace Starling.Server.Bench.Compare;

/// <summary>A process this comparison starts and ends, by its id alone.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _errors;

    private ChildProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a command, bound to one core where the system can do that.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="core">The core it may run on; none for all.</param>
    /// <param name="folder">Where it runs.</param>
    public static ChildProcess Start(string[] command, int? core, string folder)
    {
        // taskset replaces itself with the program: the id stays.
        string[] words = core is { } number && Cores.CanPin ? ["taskset", "-c", $"{number}", .. command] : command;
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What this process sets for itself must not reach the others (see RuntimeSettings).
        start.Environment.Remove("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS");
        return new ChildProcess(Process.Start(start) ?? throw new InvalidOperationException($"{words[0]} did not start."));
    }

    /// <summary>A port nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code and everything written; null, and the process is ended, when the time is over.</returns>
    public async Task<(int Code, string Text)?> WaitAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            return (_process.ExitCode, await _output + await _errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            End();
        }
    }

    /// <summary>Waits until the process accepts connections.</summary>
    /// <returns><see langword="false"/> when it ended or the time is over.</returns>
    public async Task<bool> ListensAsync(int port, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!HasExited && Stopwatch.GetElapsedTime(started) < patience)
        {
            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(50, cancellationToken);   // not yet
            }
        }
        return false;
    }

    /// <summary>Ends the process if it still runs.</summary>
    public void End()
    {
        if (!_process.HasExited) _process.Kill();
    }

    public void Dispose()
    {
        End();
        _process.Dispose();
    }
}
