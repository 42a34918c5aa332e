using System.Runtime.InteropServices;

namespace Starling.Limits;

/// <summary>How long one connection may be worked for in a thread that others need too, before it has to give way.</summary>
/// <remarks>Counts the time in which it is worked for. How much time passes says nothing: expensive work takes long and leaves nobody room. Not for
/// several threads at once.</remarks>
/// <param name="stepsMax">Steps in a row, however short they are.</param>
/// <param name="frequency">Timestamps per second.</param>
[StructLayout(LayoutKind.Auto)]
internal struct TurnBudget(int stepsMax, long frequency)
{
    /// <summary>The work of one turn, except that a step is not divided: a millisecond.</summary>
    private readonly long _ranMax = frequency / 1000;

    /// <summary>Whoever needs so much time and leaves three quarters of it to others need not give way: five milliseconds.</summary>
    private readonly long _span = frequency / 200;

    private int _steps;
    private long _ran;
    private long _turn;   // when it began
    private long _step;

    public void Begin(long timestamp)
    {
        if (_steps++ == 0) _turn = timestamp;
        _step = timestamp;
    }

    /// <summary>Without effect when no step has begun.</summary>
    public void End(long timestamp)
    {
        if (_steps > 0) _ran += timestamp - _step;
    }

    /// <summary>Whether the next step may follow at once. Otherwise others go first, and a new turn begins then.</summary>
    public bool TryGoOn(long timestamp)
    {
        if (_steps < stepsMax && _ran < _ranMax) return true;
        var time = timestamp - _turn;
        var leavesRoom = time >= _span && _ran <= time / 4;
        (_steps, _ran) = (0, 0);
        return leavesRoom;
    }
}
