using System.Runtime.InteropServices;

namespace Starling.WebSockets;

/// <summary>Counts the pings and pongs of a peer within windows of one second.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct ControlFrameLimit(int framesPerSecondMax)
{
    private long _windowStart = long.MinValue;
    private int _count;

    /// <summary>Counts one frame.</summary>
    /// <returns><see langword="false"/> when it is one too many.</returns>
    public bool TryTake(TimeProvider time)
    {
        var now = time.GetTimestamp();
        if (_windowStart == long.MinValue || now - _windowStart >= time.TimestampFrequency)
        {
            _windowStart = now;
            _count = 0;
        }
        return ++_count <= framesPerSecondMax;
    }
}
