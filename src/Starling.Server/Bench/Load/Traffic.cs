using System.Diagnostics;

namespace Starling.Server.Bench.Load;

/// <summary>Every publication of a run and what came back of it: the counting side of the load generator.</summary>
internal sealed class Traffic
{
    // Publications kept at a time: at 4,000 per second, 16 s of them. What is older counts as settled.
    private const int RingSize = 1 << 16;

    private readonly Publication[] _ring = new Publication[RingSize];
    private readonly double _nanosecondsPerTick = 1e9 / Stopwatch.Frequency;
    private uint _next = 1;

    /// <summary>Told of every publication whose last copy has come, with the connection that got it.</summary>
    public Action<BenchConnection>? Completed { get; set; }

    /// <summary>Publications begun from now on count in the result.</summary>
    public bool IsMeasuring { get; set; }

    /// <summary>Copies received since the start, of whatever publication.</summary>
    public long Arrivals { get; private set; }

    /// <summary>Publications whose copies have not all come.</summary>
    public int InFlight { get; private set; }

    public long MeasuredPublications { get; private set; }

    public long MeasuredExpected { get; private set; }

    public long MeasuredCopies { get; private set; }

    public long Duplicates { get; private set; }

    public long OrderErrors { get; private set; }

    /// <summary>From the publisher's send to each copy.</summary>
    public LatencyHistogram Latency { get; private set; } = new();

    /// <summary>From the publisher's send to the last copy of the publication.</summary>
    public LatencyHistogram LastCopy { get; } = new();

    /// <summary>Notes a publication that is being sent now.</summary>
    /// <param name="member">Which of its room's publishers sends it.</param>
    /// <param name="sequence">How many this publisher has sent, this one included.</param>
    /// <param name="expected">Copies that will come back when nothing is lost.</param>
    /// <returns>The number to put into the payload.</returns>
    public uint Begin(int member, uint sequence, int expected)
    {
        var number = _next++;
        ref var publication = ref _ring[number % RingSize];
        if (publication.Copies < publication.Expected) InFlight--;   // given up: it shows as lost
        publication = new Publication
        {
            Number = number,
            Member = member,
            Sequence = sequence,
            Expected = expected,
            IsMeasured = IsMeasuring,
            SentAt = Stopwatch.GetTimestamp(),
        };
        InFlight++;
        if (!IsMeasuring) return number;
        MeasuredPublications++;
        MeasuredExpected += expected;
        return number;
    }

    /// <summary>Begins a new part of the run: what was recorded of latencies is the part before.</summary>
    public LatencyHistogram TakeLatency()
    {
        var taken = Latency;
        Latency = new LatencyHistogram();
        return taken;
    }

    /// <summary>A connection has received a copy.</summary>
    public void OnCopy(BenchConnection connection, uint number)
    {
        Arrivals++;
        ref var publication = ref _ring[number % RingSize];
        if (publication.Number != number)
        {
            Duplicates++;   // nothing of that number is expected (any more)
            return;
        }
        if (publication.Member < connection.Seen.Length && IsRepeated(connection, ref publication)) return;
        var latency = (long)((connection.ReceivedAt - publication.SentAt) * _nanosecondsPerTick);
        publication.Copies++;
        if (publication.IsMeasured && publication.Copies <= publication.Expected)
        {
            MeasuredCopies++;
            Latency.Record(latency);
            if (publication.Copies == publication.Expected) LastCopy.Record(latency);
        }
        if (publication.Copies < publication.Expected) return;
        if (publication.Copies > publication.Expected)
        {
            Duplicates++;
            return;
        }
        InFlight--;
        Completed?.Invoke(connection);
    }

    private bool IsRepeated(BenchConnection connection, ref Publication publication)
    {
        ref var seen = ref connection.Seen[publication.Member];
        if (publication.Sequence == seen)
        {
            Duplicates++;
            return true;
        }
        // A gap alone is a loss and shows in the counts; what comes after its successor came out of order.
        if (publication.Sequence < seen) OrderErrors++;
        else seen = publication.Sequence;
        return false;
    }

    private struct Publication
    {
        public uint Number;
        public uint Sequence;
        public int Member;
        public int Expected;
        public int Copies;
        public bool IsMeasured;
        public long SentAt;
    }
}
