using System.Diagnostics;

namespace Starling.TestKit;

/// <summary>Waits for what other threads bring about.</summary>
public static class Eventually
{
    /// <summary>Time after which a wait is given up, and says what it waited for.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Looks again and again, in short steps of real time, until the condition holds.</summary>
    /// <exception cref="TimeoutException">It did not hold within <see cref="Deadline"/>.</exception>
    public static async Task IsTrueAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Deadline) throw new TimeoutException("Waited in vain for " + what + ".");
            await Task.Delay(1);
        }
    }
}
