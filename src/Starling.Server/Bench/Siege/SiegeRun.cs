using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Starling.Server.Bench.Compare;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Siege;

/// <param name="Port">Of the server on the loopback address, as <c>bench target --guarded --siege --history</c> is one.</param>
/// <param name="Healthy">Clients that behave.</param>
/// <param name="Hostile">Peers that attack.</param>
/// <param name="Rate">Publications per second and room.</param>
/// <param name="Warmup">Load and attacks before anything is measured: code that runs for the first time takes memory that is not the attackers'.</param>
/// <param name="Before">Measured time without attacks.</param>
/// <param name="Duration">Measured time with attacks.</param>
/// <param name="After">Time after which the memory is looked at again.</param>
/// <param name="Seed">Of the order of attacks.</param>
/// <param name="Only">The numbers of the attacks that are made; none: all of them.</param>
/// <param name="ServerPid">The server's process.</param>
internal sealed record SiegeSettings(
    int Port, int Healthy, int Hostile, int Rate, TimeSpan Warmup, TimeSpan Before, TimeSpan Duration, TimeSpan After, int Seed, string[] Only, int ServerPid);

/// <summary>Clients that talk in rooms of ten, and beside them, for a time, peers that attack. Every delivery of the clients is
/// checked: that it comes, once and in order; and how long it takes before and during the attacks.</summary>
/// <remarks>The attackers are a process of their own that gets what processor time the others leave: what they cost themselves must
/// not be taken for what they do to the server.</remarks>
internal sealed class SiegeRun : IDisposable
{
    /// <summary>Of <c>bench siege</c>: the attackers alone.</summary>
    public const string CrowdCommand = "crowd";

    /// <summary>The server has the other one.</summary>
    private const int MeasuringCore = 1;

    private const int PerRoom = 10;
    private const int PayloadBytes = 128;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_sampleInterval = TimeSpan.FromMilliseconds(500);

    private readonly SiegeSettings _settings;
    private readonly Traffic _traffic = new();
    private readonly Swarm _swarm;
    private readonly ServerProbe _probe;
    private readonly List<long> _memory = [];
    private long _started;
    private TimeSpan _nextSample;

    public SiegeRun(SiegeSettings settings)
    {
        _settings = settings;
        _probe = new ServerProbe(settings.ServerPid);
        _swarm = new Swarm(new Uri($"ws://127.0.0.1:{settings.Port}"), BenchDriver.Create(BenchProtocol.JsonToken), _traffic);
    }

    public async Task<SiegeReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        // A thread of its own: it polls without a pause, and must not wait for others.
        var (report, crowd) = await Task.Factory.StartNew(() => Execute(cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using (crowd)
        {
            if (await crowd.WaitAsync(s_patience, cancellationToken) is not { Code: 0 } end) return report;
            var attacks = JsonSerializer.Deserialize(end.Text, CrowdReportJson.Default.CrowdReport)!;
            return report with { Attacks = attacks.Attacks, Shed = attacks.Shed, WrongEnds = attacks.Wrong, AttackersEnded = true };
        }
    }

    public void Dispose()
    {
        _swarm.Dispose();
        _probe.Dispose();
    }

    private (SiegeReport Report, ChildProcess Crowd) Execute(CancellationToken cancellationToken)
    {
        Cores.GiveToThisThread(MeasuringCore);
        var pace = Join();
        _started = Stopwatch.GetTimestamp();
        Attack(pace, _settings.Warmup, cancellationToken).Dispose();
        _traffic.IsMeasuring = true;
        var (cpu, begun) = (_probe.Cpu(), _memory.Count);
        Drive(pace, _settings.Before, cancellationToken);
        var before = _traffic.TakeLatency();
        var cpuBefore = (_probe.Cpu() - cpu)!.Value.Total / _settings.Before;
        var memoryBefore = Median(_memory.Skip(begun));

        (cpu, begun) = (_probe.Cpu(), _memory.Count);
        var crowd = Attack(pace, _settings.Duration, cancellationToken);
        var during = _traffic.TakeLatency();
        var cpuDuring = (_probe.Cpu() - cpu)!.Value.Total / _settings.Duration;
        var memoryMax = _memory.Skip(begun).Append(memoryBefore).Max();

        Drive(pace, _settings.After, cancellationToken);
        _traffic.IsMeasuring = false;
        var after = _traffic.TakeLatency();
        var memoryAfter = _probe.Memory() ?? 0;
        Drain();
        var report = new SiegeReport
        {
            Healthy = _settings.Healthy,
            Hostile = _settings.Hostile,
            Seconds = _settings.Duration.TotalSeconds,
            StillOpen = _swarm.Ready,
            Expected = _traffic.MeasuredExpected,
            Received = _traffic.MeasuredCopies,
            Duplicates = _traffic.Duplicates,
            OutOfOrder = _traffic.OrderErrors,
            LatencyBefore = LatencyReport.Of(before),
            LatencyDuring = LatencyReport.Of(during),
            LatencyAfter = LatencyReport.Of(after),
            CpuBefore = cpuBefore,
            CpuDuring = cpuDuring,
            MemoryBeforeBytes = memoryBefore,
            MemoryMaxBytes = memoryMax,
            MemoryAfterBytes = memoryAfter,
            Errors = _swarm.Errors.Count,
            ErrorTexts = _swarm.Errors.Texts,
        };
        return (report, crowd);
    }

    private SteadyPace Join()
    {
        var rooms = Enumerable.Range(0, (_settings.Healthy + PerRoom - 1) / PerRoom).Select(static i => new Room($"room{i}")).ToArray();
        var clients = _swarm.Connect([.. Enumerable.Range(0, _settings.Healthy).Select(i => rooms[i % rooms.Length])], s_patience);
        var payload = Payload.Create(PayloadBytes);
        // The first clients of each room publish, and get what they publish.
        Publisher[] publishers = [.. clients.Take(rooms.Length).Select(client => new Publisher(_swarm, client, client.Room, payload))];
        foreach (var client in clients) client.Seen = new uint[client.Room!.Publishers];
        return new SteadyPace(publishers, _settings.Rate * publishers.Length);
    }

    /// <summary>Lets them attack for a time, and end what they have begun.</summary>
    private ChildProcess Attack(SteadyPace pace, TimeSpan time, CancellationToken cancellationToken)
    {
        string[] crowd =
        [
            "bench", "siege", CrowdCommand, "--port", Invariant(_settings.Port), "--hostile", Invariant(_settings.Hostile), "--seed", Invariant(_settings.Seed),
            "--duration", string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalMilliseconds}ms"),
            .. _settings.Only.SelectMany(static number => (string[])["--only", number]),
        ];
        string[] patient = Cores.CanPin ? ["chrt", "--idle", "0"] : [];
        var child = ChildProcess.Start([.. patient, .. Peer.Self(crowd)], MeasuringCore, Environment.CurrentDirectory);
        Drive(pace, time, cancellationToken);
        for (var waited = TimeSpan.Zero; !child.HasExited && waited < s_patience; waited += s_sampleInterval) Drive(pace, s_sampleInterval, cancellationToken);
        return child;
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Drive(SteadyPace pace, TimeSpan time, CancellationToken cancellationToken)
    {
        var until = Stopwatch.GetElapsedTime(_started) + time;
        while (Stopwatch.GetElapsedTime(_started) is var elapsed && elapsed < until)
        {
            cancellationToken.ThrowIfCancellationRequested();
            pace.Step(elapsed);
            _swarm.Poll(1);
            if (elapsed < _nextSample) continue;
            _nextSample = elapsed + s_sampleInterval;
            _memory.Add(_probe.Memory() ?? 0);
        }
    }

    private void Drain()
    {
        var started = Stopwatch.GetTimestamp();
        while (_traffic.InFlight > 0 && Stopwatch.GetElapsedTime(started) < s_patience) _swarm.Poll(1);
        started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < s_sampleInterval) _swarm.Poll(5);   // duplicates would come now
    }

    private static long Median(IEnumerable<long> samples)
    {
        var sorted = samples.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[sorted.Length / 2];
    }
}
