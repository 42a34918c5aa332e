using System.Diagnostics;
using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Scenarios;

/// <param name="Url">The server, with a namespace <c>keyed</c> of persistent keyed channels.</param>
/// <param name="Subscriptions">Subscribers of the one channel.</param>
/// <param name="Keys">Its keys.</param>
/// <param name="ChangesPerSecond">Writes per second, over all keys in turn.</param>
/// <param name="Rate">Pulls per second each subscriber asks for; 0 for none.</param>
/// <param name="Stopped">Of them this many stop reading for the whole measured time.</param>
/// <param name="PayloadBytes">Data of a value, a JSON string.</param>
/// <param name="Warmup">Load before the measurement.</param>
/// <param name="Duration">Measured time.</param>
/// <param name="ServerPid">The server's process.</param>
internal sealed record ConflateSettings(
    Uri Url, int Subscriptions, int Keys, int ChangesPerSecond, int Rate, int Stopped, int PayloadBytes, TimeSpan Warmup, TimeSpan Duration, int? ServerPid);

/// <summary>A keyed channel that changes faster than its subscribers want to know; some of them stop reading.</summary>
internal sealed class ConflateRun : IDisposable
{
    private const string Channel = "keyed:board";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ConflateSettings _settings;
    private readonly KeyedViews _views;
    private readonly Swarm _swarm;
    private readonly Swarm _writers;
    private readonly ServerProbe _probe;
    private readonly byte[] _payload;
    private readonly uint[] _latest;
    private uint _written;
    private long _memoryMax;

    public ConflateRun(ConflateSettings settings)
    {
        _settings = settings;
        _views = new KeyedViews(settings.Subscriptions, settings.Keys);
        _latest = new uint[settings.Keys];
        _swarm = new Swarm(settings.Url, new ConflatingDriver(_views, settings.Rate), new Traffic());
        _writers = new Swarm(settings.Url, new ConflatingDriver(new KeyedViews(1, settings.Keys), 0), new Traffic());
        _probe = new ServerProbe(settings.ServerPid);
        _payload = Payload.Create(settings.PayloadBytes);
    }

    public ConflateReport Execute(CancellationToken cancellationToken)
    {
        var writer = _writers.Connect([null], s_patience)[0];
        var subscribers = _swarm.Connect([.. Enumerable.Repeat(new Room(Channel), _settings.Subscriptions)], s_patience);
        var idle = _probe.Memory();
        Change(writer, _settings.Warmup, cancellationToken);

        foreach (var stopped in subscribers.Take(_settings.Stopped)) _swarm.StopReading(stopped);
        var (cpu, own, received, written, memory) = (_probe.Cpu(), CpuTime.OfThisProcess(), _views.Received, _written, _probe.Memory());
        _memoryMax = memory ?? 0;
        var seconds = Change(writer, _settings.Duration, cancellationToken);
        var report = new ConflateReport
        {
            Subscriptions = _settings.Subscriptions,
            Keys = _settings.Keys,
            Rate = _settings.Rate,
            Stopped = _settings.Stopped,
            PayloadBytes = _settings.PayloadBytes,
            Seconds = seconds,
            Changes = _written - written,
            Received = _views.Received - received,
            ServerCpuSeconds = (_probe.Cpu() - cpu)?.Total.TotalSeconds,
            GeneratorCpuSeconds = (CpuTime.OfThisProcess() - own).Total.TotalSeconds,
            MemoryIdleBytes = idle,
            MemoryBeforeBytes = memory,
            MemoryMaxBytes = memory is null ? null : _memoryMax,
        };
        foreach (var stopped in subscribers.Take(_settings.Stopped)) _swarm.ReadAgain(stopped);
        var latest = AwaitLatest(cancellationToken);
        return report with
        {
            WithLatest = latest,
            OutOfOrder = _views.OutOfOrder,
            Errors = _swarm.Errors.Count + _writers.Errors.Count,
            ErrorTexts = [.. _swarm.Errors.Texts, .. _writers.Errors.Texts],
        };
    }

    public void Dispose()
    {
        _swarm.Dispose();
        _writers.Dispose();
        _probe.Dispose();
    }

    /// <summary>Writes at the rate for a time; an open loop.</summary>
    private double Change(BenchConnection writer, TimeSpan time, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var (begun, sampled) = (_written, 0L);
        while (Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < time)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var due = begun + (uint)(elapsed.TotalSeconds * _settings.ChangesPerSecond); _written < due;) Write(writer);
            writer.Flush();
            _swarm.Poll(1);
            _writers.Poll(0);
            if (sampled++ % 256 == 0) _memoryMax = Math.Max(_memoryMax, _probe.Memory() ?? 0);
        }
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private void Write(BenchConnection writer)
    {
        var key = (int)(_written % (uint)_settings.Keys);
        _latest[key] = ++_written;
        Payload.Stamp(_payload, _written);
        ConflatingDriver.Write(writer, Channel, key, _payload);
    }

    /// <returns>How many clients hold the latest value of every key.</returns>
    private int AwaitLatest(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < 500; i++)
            {
                _swarm.Poll(1);
                _writers.Poll(0);
            }
            var latest = Enumerable.Range(0, _views.Clients).Count(client => _views.Holds(client, _latest));
            if (latest == _views.Clients || Stopwatch.GetElapsedTime(started) > s_patience) return latest;
        }
    }
}
