using System.Runtime.InteropServices;

namespace Starling.Server.Bench.Compare;

/// <summary>Which processor core runs what, so that those who are measured and those who measure are not in each other's way.</summary>
internal static partial class Cores
{
    private const int Fifo = 1;   // SCHED_FIFO of sched(7)

    /// <summary>There are two, and the system's tools to give them away.</summary>
    public static bool CanPin { get; } = OperatingSystem.IsLinux() && Environment.ProcessorCount >= 2 && File.Exists("/usr/bin/taskset");

    /// <summary>The calling thread stays on one core from now on and, where it may, has it before all others: when a message comes for
    /// it, the time at which it looks is the time at which the message came. Not for a thread that never waits.</summary>
    public static void GiveToThisThread(int core)
    {
        if (!CanPin) return;
        var mask = 1UL << core;
        _ = SetAffinity(0, sizeof(ulong), in mask);   // refused: it runs on all of them, as it did
        _ = SetScheduler(0, Fifo, priority: 1);   // refused to all but root: it waits its turn, a tick of the system's clock at worst
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint maskBytes, in ulong mask);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, in int priority);
}
