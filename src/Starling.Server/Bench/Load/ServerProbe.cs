using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Starling.Server.Bench.Load;

/// <summary>Reads CPU time and memory of the measured server from the operating system.</summary>
internal sealed class ServerProbe : IDisposable
{
    private readonly Process? _process;

    /// <param name="pid">The server's process; none when it cannot be seen from here.</param>
    /// <exception cref="ArgumentException">No process has this id.</exception>
    public ServerProbe(int? pid)
    {
        if (pid is { } id) _process = Process.GetProcessById(id);
    }

    /// <summary>CPU time since its start, all threads, the ones that have ended included; null without a process.</summary>
    public CpuTime? Cpu()
    {
        if (_process is null) return null;
        _process.Refresh();
        return new CpuTime(_process.UserProcessorTime, _process.PrivilegedProcessorTime);
    }

    /// <summary>Bytes of physical memory in use; null without a process.</summary>
    public long? Memory()
    {
        if (_process is null) return null;
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public void Dispose() => _process?.Dispose();
}

/// <summary>CPU time of a process.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CpuTime(TimeSpan User, TimeSpan System)
{
    public TimeSpan Total => User + System;

    public static CpuTime OfThisProcess()
    {
        var usage = Environment.CpuUsage;
        return new CpuTime(usage.UserTime, usage.PrivilegedTime);
    }

    public static CpuTime operator -(CpuTime later, CpuTime earlier) => new(later.User - earlier.User, later.System - earlier.System);
}
