namespace Starling.WebSockets;

/// <summary>Points in time as timestamps of a <see cref="TimeProvider"/>, which never go back.</summary>
internal static class Deadline
{
    public const long None = long.MaxValue;

    public static long After(this TimeProvider time, TimeSpan span) =>
        time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency);
}
