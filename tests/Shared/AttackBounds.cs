using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Xunit.v3;

[assembly: Starling.Tests.Shared.AttackBounds]

namespace Starling.Tests.Shared;

/// <summary>Bounds every test that carries the number of an attack: an answer that is right but took a minute, or half a gigabyte, is the
/// attacker's success.</summary>
/// <remarks>The memory is that of the whole process, in which other tests run at the same time: the bounds leave room for these. Tests with
/// closer ones assert them themselves.</remarks>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed partial class AttackBoundsAttribute : BeforeAfterTestAttribute
{
    private const long MiB = 1024 * 1024;

    /// <summary>What may still be in use after the test, beyond what was before it.</summary>
    private const long KeptMax = 128 * MiB;

    /// <summary>How far the test may drive the memory of the process beyond all there was before.</summary>
    private const long PeakMax = 512 * MiB;

    /// <summary>With a busy machine in mind, and attacks that last ten seconds by their nature.</summary>
    private static readonly TimeSpan s_timeMax = TimeSpan.FromSeconds(90);

    private static readonly ConcurrentDictionary<string, Measured> s_before = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (AttackName().IsMatch(methodUnderTest.Name)) s_before[test.UniqueID] = new Measured(Stopwatch.GetTimestamp(), GC.GetTotalMemory(forceFullCollection: false), Peak());
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!s_before.TryRemove(test.UniqueID, out var before)) return;
        var time = Stopwatch.GetElapsedTime(before.Timestamp);
        var kept = GC.GetTotalMemory(forceFullCollection: false) - before.InUse;
        if (kept > KeptMax) kept = GC.GetTotalMemory(forceFullCollection: true) - before.InUse;
        if (Excess(time, kept, Peak() - before.Peak) is { } excess) throw new InvalidOperationException($"{methodUnderTest.Name} {excess}");
    }

    /// <summary>What is too much, in words.</summary>
    /// <param name="time">The test's.</param>
    /// <param name="kept">Bytes in use after it that were not before.</param>
    /// <param name="peak">Bytes by which it raised the most the process has ever had.</param>
    /// <returns><see langword="null"/> when nothing is.</returns>
    public static string? Excess(TimeSpan time, long kept, long peak) =>
        time > s_timeMax ? string.Create(CultureInfo.InvariantCulture, $"took {time.TotalSeconds:N0} s, at most {s_timeMax.TotalSeconds:N0} s are allowed.")
        : kept > KeptMax ? $"left {kept / MiB} MiB in use, at most {KeptMax / MiB} MiB are allowed."
        : peak > PeakMax ? $"needed {peak / MiB} MiB more than there was ever before, at most {PeakMax / MiB} MiB are allowed."
        : null;

    /// <returns>The most physical memory this process has ever had, in bytes; 0 where the system does not tell.</returns>
    private static long Peak()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    [GeneratedRegex(@"^A\d\d_", RegexOptions.NonBacktracking)]
    private static partial Regex AttackName();

    private sealed record Measured(long Timestamp, long InUse, long Peak);
}
