using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace Starling.Operations;

/// <summary>Figures of this process and its runtime, under the names other exporters use.</summary>
internal static class ProcessFigures
{
    private static readonly double s_startTime = StartTime();

    private static readonly string s_version =
        typeof(ProcessFigures).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public static void Append(StringBuilder text)
    {
        Gauge("process_start_time_seconds", "Start of the process, seconds since 1970.", s_startTime);
        if (!OperatingSystem.IsBrowser() && !OperatingSystem.IsIOS() && !OperatingSystem.IsTvOS())
        {
            Counter("process_cpu_seconds_total", "Processor time of the process, user and system.", Environment.CpuUsage.TotalTime.TotalSeconds);
        }
        Gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.", Environment.WorkingSet);
        if (OperatingSystem.IsLinux())
        {
            Gauge("process_threads", "Threads of the process.", CountOf("/proc/self/task"));
            Gauge("process_open_fds", "Open file descriptors, sockets among them.", CountOf("/proc/self/fd"));
            if (OpenFilesMax() is { } max) Gauge("process_max_fds", "File descriptors the process may open.", max);
        }
        Gauge("dotnet_gc_heap_bytes", "Managed memory in use.", GC.GetTotalMemory(forceFullCollection: false));
        Gauge("dotnet_gc_committed_bytes", "Memory the garbage collector holds.", GC.GetGCMemoryInfo().TotalCommittedBytes);
        Counter("dotnet_gc_allocated_bytes_total", "Managed memory allocated since the start.", GC.GetTotalAllocatedBytes());
        Counter("dotnet_gc_pause_seconds_total", "Time all threads stood still for the garbage collector.", GC.GetTotalPauseDuration().TotalSeconds);
        PrometheusText.AppendHeader(text, "dotnet_gc_collections_total", PrometheusKind.Counter,
            "Garbage collections of a generation; those of older ones are counted in the younger too.");
        for (var generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            PrometheusText.AppendSample(text, "dotnet_gc_collections_total",
                string.Create(CultureInfo.InvariantCulture, $"{{generation=\"{generation}\"}}"), GC.CollectionCount(generation));
        }
        Gauge("dotnet_thread_pool_threads", "Threads of the thread pool.", ThreadPool.ThreadCount);
        Gauge("dotnet_thread_pool_waiting", "Work that waits for a thread of the pool.", ThreadPool.PendingWorkItemCount);
        Counter("dotnet_lock_contentions_total", "Times a thread had to wait for a lock.", Monitor.LockContentionCount);
        PrometheusText.AppendHeader(text, "starling_build_info", PrometheusKind.Gauge, "The version that runs; the value is always 1.");
        PrometheusText.AppendSample(text, "starling_build_info", PrometheusText.LabelsOf([new("version", s_version)]), 1);

        void Gauge(string name, string help, double value) => One(name, PrometheusKind.Gauge, help, value);
        void Counter(string name, string help, double value) => One(name, PrometheusKind.Counter, help, value);
        void One(string name, PrometheusKind kind, string help, double value)
        {
            PrometheusText.AppendHeader(text, name, kind, help);
            PrometheusText.AppendSample(text, name, "", value);
        }
    }

    private static int CountOf(string folder)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(folder).Count();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;   // no descriptor left to look with
        }
    }

    private static double? OpenFilesMax()
    {
        try
        {
            var line = File.ReadLines("/proc/self/limits").FirstOrDefault(one => one.StartsWith("Max open files", StringComparison.Ordinal));
            var columns = line?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns is not { Length: > 0 }) return null;
            return double.TryParse(columns[0], CultureInfo.InvariantCulture, out var max) ? max : double.PositiveInfinity;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static double StartTime()
    {
        using var process = Process.GetCurrentProcess();
        return (process.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }
}
