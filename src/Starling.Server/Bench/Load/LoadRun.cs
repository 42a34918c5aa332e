using System.Diagnostics;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Frames;

namespace Starling.Server.Bench.Load;

/// <summary>One run: connect, warm up, measure, wait for what is still on its way.</summary>
internal sealed class LoadRun : IDisposable
{
    private const int WarmupConnections = 200;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(1);

    private readonly RunSettings _settings;
    private readonly Action<string> _progress;
    private readonly Traffic _traffic = new();
    private readonly ServerProbe _probe;
    private readonly Swarm _swarm;
    private long _nextProgress;

    /// <param name="settings">What to do.</param>
    /// <param name="progress">Told in words what is going on, twice a second.</param>
    /// <exception cref="ArgumentException">The URL or the server's process id cannot be used.</exception>
    public LoadRun(RunSettings settings, Action<string> progress)
    {
        _settings = settings;
        _progress = progress;
        _probe = new ServerProbe(settings.ServerPid);
        _swarm = new Swarm(settings.Url, BenchDriver.Create(settings.Protocol), _traffic, settings.Transport);
    }

    /// <exception cref="System.Net.Sockets.SocketException">The server does not accept connections.</exception>
    /// <exception cref="InvalidDataException">The server does not speak WebSocket.</exception>
    public RunReport Execute()
    {
        if (_settings.Mode == LoadMode.Idle) WarmUpByConnecting();
        var before = _probe.Memory();
        var rooms = Enumerable.Range(0, _settings.Rooms).Select(i => new Room($"room{i}")).ToArray();
        var connections = _swarm.Connect(RoomPerConnection(rooms), s_patience, ready => Progress($"connecting: {ready} of {_settings.Connections}"));
        var after = Settle();
        var report = Describe() with { MemoryBeforeBytes = before, MemoryAfterBytes = after };
        if (_swarm.Errors.Count == 0 && _settings.Mode != LoadMode.Idle) report = Load(report, PaceFor(rooms, connections));
        var held = _settings.Mode == LoadMode.Idle ? Math.Max(_swarm.Ready, 1) : connections.Count;
        return report with
        {
            MemoryPerConnectionBytes = (report.MemoryAfterBytes - before) / (double?)held,
            Errors = _swarm.Errors.Count,
            ErrorTexts = _swarm.Errors.Texts,
        };
    }

    public void Dispose()
    {
        _swarm.Dispose();
        _probe.Dispose();
    }

    /// <summary>Brings the code that accepts connections to its final, compiled state, so that its memory is not counted.</summary>
    private void WarmUpByConnecting()
    {
        var started = Stopwatch.GetTimestamp();
        var none = new Room?[Math.Min(WarmupConnections, _settings.Connections)];
        while (Stopwatch.GetElapsedTime(started) < _settings.Warmup && _swarm.Errors.Count == 0)
        {
            _swarm.Connect(none, s_patience);
            _swarm.CloseAll();
            Thread.Sleep(50);   // the server notices
            Progress("warming up");
        }
        Serve(s_settle);
    }

    /// <summary>Serves the connections until the server's memory stands still; idle runs watch it for their whole duration.</summary>
    private long? Settle()
    {
        if (_settings.Mode != LoadMode.Idle)
        {
            Serve(s_settle);
            return _probe.Memory();
        }
        var started = Stopwatch.GetTimestamp();
        var samples = new List<long>();
        while (Stopwatch.GetElapsedTime(started) < _settings.Duration)
        {
            Serve(s_settle);
            if (_probe.Memory() is { } bytes) samples.Add(bytes);
            Progress($"idle: {_swarm.Ready} connections");
        }
        if (samples.Count == 0) return null;
        var late = samples.Skip(samples.Count * 2 / 3).Order().ToArray();
        return late[late.Length / 2];
    }

    private Room?[] RoomPerConnection(Room[] rooms)
    {
        var joins = rooms.Length > 0 && _settings.Mode != LoadMode.Echo;
        return [.. Enumerable.Range(0, _settings.Connections).Select(i => joins ? rooms[i % rooms.Length] : null)];
    }

    private Pace PaceFor(Room[] rooms, List<BenchConnection> connections)
    {
        var payload = Payload.Create(_settings.PayloadBytes);
        Publisher From(BenchConnection connection, Room? room) => new(_swarm, connection, room, payload);

        Publisher[] publishers;
        switch (_settings.Mode)
        {
            case LoadMode.Echo:
                return new EchoPace([.. connections.Select(connection => From(connection, null))], _traffic);
            case LoadMode.Members:
                publishers = [.. connections.Select(connection => From(connection, connection.Room))];
                break;
            default:
                var own = _swarm.ConnectPublishers(Math.Min(_settings.Publishers, rooms.Length), s_patience);
                publishers = [.. rooms.Select((room, i) => From(own[i % own.Count], room))];
                break;
        }
        foreach (var connection in connections) connection.Seen = new uint[connection.Room?.Publishers ?? 0];
        return _settings.Saturate
            ? new SaturatingPace(publishers, _traffic, _settings.InFlight)
            : new SteadyPace(publishers, _settings.Rate * publishers.Length);
    }

    private RunReport Load(RunReport report, Pace pace)
    {
        var started = Stopwatch.GetTimestamp();
        Drive(pace, started, _settings.Warmup, "warming up");

        var (cpu, own, arrivals) = (_probe.Cpu(), CpuTime.OfThisProcess(), _traffic.Arrivals);
        var measured = Stopwatch.GetTimestamp();
        _traffic.IsMeasuring = true;
        Drive(pace, started, _settings.Warmup + _settings.Duration, "measuring");
        _traffic.IsMeasuring = false;
        var wall = Stopwatch.GetElapsedTime(measured);
        arrivals = _traffic.Arrivals - arrivals;
        report = report with
        {
            Seconds = wall.TotalSeconds,
            DeliveriesPerSecond = arrivals / wall.TotalSeconds,
            ServerCpu = CpuReport.Of(_probe.Cpu() - cpu, arrivals, wall),
            GeneratorCpu = CpuReport.Of(CpuTime.OfThisProcess() - own, arrivals, wall),
        };

        Drain();
        return report with
        {
            Publications = _traffic.MeasuredPublications,
            Expected = _traffic.MeasuredExpected,
            Received = _traffic.MeasuredCopies,
            Duplicates = _traffic.Duplicates,
            OrderErrors = _traffic.OrderErrors,
            Latency = LatencyReport.Of(_traffic.Latency),
            LastCopy = LatencyReport.Of(_traffic.LastCopy),
        };
    }

    private void Drive(Pace pace, long started, TimeSpan until, string doing)
    {
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < until)
        {
            pace.Step(elapsed);
            _swarm.Poll(1);
            Progress($"{doing}: {_traffic.Arrivals:N0} deliveries, {_traffic.InFlight} publications on their way");
        }
    }

    private void Drain()
    {
        _traffic.Completed = null;
        var started = Stopwatch.GetTimestamp();
        while (_traffic.InFlight > 0 && Stopwatch.GetElapsedTime(started) < s_drain) _swarm.Poll(1);
        Serve(TimeSpan.FromMilliseconds(200));   // duplicates would come now
    }

    private void Serve(TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < time) _swarm.Poll(5);
    }

    private void Progress(string text)
    {
        var now = Environment.TickCount64;
        if (now < _nextProgress) return;
        _nextProgress = now + 500;
        _progress(text);
    }

    private RunReport Describe() => new()
    {
        Url = _settings.Url.ToString(),
        Protocol = _settings.Protocol.ToString().ToLowerInvariant(),
        Transport = _settings.Transport.ToString().ToLowerInvariant(),
        Mode = _settings.Mode.ToString().ToLowerInvariant(),
        Connections = _settings.Connections,
        Rooms = _settings.Rooms,
        PayloadBytes = _settings.PayloadBytes,
        Saturated = _settings.Saturate,
        WarmupSeconds = _settings.Warmup.TotalSeconds,
        Seconds = _settings.Duration.TotalSeconds,
    };
}
