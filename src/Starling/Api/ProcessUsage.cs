namespace Starling.Api;

/// <summary>What the process uses of the machine.</summary>
/// <remarks>Thread-safe. The processor's share is an average over the time between two looks at least a second apart, so that
/// callers who ask in quick succession see figures that mean something.</remarks>
internal sealed class ProcessUsage(TimeProvider time)
{
    private static readonly TimeSpan s_spanMin = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long _since = time.GetTimestamp();
    private TimeSpan _usedBefore = Environment.CpuUsage.TotalTime;
    private double _percent;

    /// <returns>Processor time in percent of one core, and bytes of memory in use.</returns>
    public (double CpuPercent, long ResidentBytes) Read()
    {
        lock (_gate)
        {
            var span = time.GetElapsedTime(_since);
            if (span >= s_spanMin)
            {
                var used = Environment.CpuUsage.TotalTime;
                _percent = (used - _usedBefore) / span * 100;
                _usedBefore = used;
                _since = time.GetTimestamp();
            }
            return (_percent, Environment.WorkingSet);
        }
    }
}
