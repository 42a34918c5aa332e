namespace Starling.Server.Bench.Load;

/// <summary>Decides when the next publication is sent.</summary>
internal abstract class Pace
{
    /// <summary>Sends what is due.</summary>
    /// <param name="elapsed">Since the first call.</param>
    public abstract void Step(TimeSpan elapsed);

    /// <summary>How long the loop may wait for something to come before the next <see cref="Step"/>.</summary>
    public virtual int WaitMilliseconds => 1;
}

/// <summary>A fixed rate, the publishers in turn, spread evenly: an open loop that does not wait for a slow server.</summary>
internal sealed class SteadyPace(Publisher[] publishers, double perSecond) : Pace
{
    private long _sent;

    public override void Step(TimeSpan elapsed)
    {
        for (var due = (long)(elapsed.TotalSeconds * perSecond); _sent < due; _sent++)
        {
            var publisher = publishers[_sent % publishers.Length];
            publisher.Publish();
            publisher.Connection.Flush();
        }
    }
}

/// <summary>As fast as the server takes it: always so many publications on their way, in turn over the publishers.</summary>
internal sealed class SaturatingPace(Publisher[] publishers, Traffic traffic, int inFlightMax) : Pace
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private long _sent;
    private long _arrivals;
    private TimeSpan _arrivedAt;

    public override void Step(TimeSpan elapsed)
    {
        if (_arrivals != traffic.Arrivals) (_arrivals, _arrivedAt) = (traffic.Arrivals, elapsed);
        // Lost copies would keep the window closed for ever; open it again after a silence, the loss stays in the counts.
        var room = elapsed - _arrivedAt > s_patience ? inFlightMax : inFlightMax - traffic.InFlight;
        if (room <= 0) return;
        if (room == inFlightMax) _arrivedAt = elapsed;
        for (; room > 0; room--) publishers[_sent++ % publishers.Length].Publish();
        foreach (var publisher in publishers) publisher.Connection.Flush();
    }
}

/// <summary>A closed loop: each caller sends its next call when the answer to the last one has come.</summary>
internal sealed class EchoPace : Pace
{
    private readonly Publisher[] _callers;
    private readonly Dictionary<BenchConnection, Publisher> _byConnection;
    private bool _started;

    public EchoPace(Publisher[] callers, Traffic traffic)
    {
        _callers = callers;
        _byConnection = callers.ToDictionary(caller => caller.Connection);
        traffic.Completed = OnCompleted;
    }

    public override void Step(TimeSpan elapsed)
    {
        if (_started) return;
        _started = true;
        foreach (var caller in _callers)
        {
            caller.Publish();
            caller.Connection.Flush();
        }
    }

    // Flushed by the receive that brought the answer.
    private void OnCompleted(BenchConnection connection) => _byConnection[connection].Publish();
}
