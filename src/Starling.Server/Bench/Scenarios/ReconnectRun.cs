using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Frames;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Scenarios;

/// <param name="Url">The server; its channels keep history and their subscribers recover.</param>
/// <param name="Metrics">Its metrics.</param>
/// <param name="Clients">Clients of the one channel.</param>
/// <param name="Missed">Publications while they are away; not more than the channel keeps.</param>
/// <param name="Rounds">How often all are cut; the first rounds warm the server up, the last one is reported.</param>
/// <param name="PayloadBytes">Data of a publication, a JSON string.</param>
/// <param name="ServerPid">The server's process.</param>
internal sealed record ReconnectSettings(
    Uri Url, Uri Metrics, int Clients, int Missed, int Rounds, int PayloadBytes, int? ServerPid);

/// <summary>All clients of a channel are cut at once, miss some publications, and come back at once, each from its own position.</summary>
internal sealed class ReconnectRun : IDisposable
{
    private const string Channel = "room";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly Room s_room = new(Channel);

    private readonly ReconnectSettings _settings;
    private readonly RecoveringClient[] _clients;
    private readonly Swarm _swarm;
    private readonly Swarm _publishers;
    private readonly ServerProbe _probe;
    private readonly byte[] _payload;
    private ulong _published;

    public ReconnectRun(ReconnectSettings settings)
    {
        _settings = settings;
        _clients = [.. Enumerable.Range(0, settings.Clients).Select(static _ => new RecoveringClient())];
        _swarm = new Swarm(settings.Url, new RecoveringDriver(_clients), new Traffic());
        _publishers = new Swarm(settings.Url, new CentrifugeJsonDriver(), new Traffic());
        _probe = new ServerProbe(settings.ServerPid);
        _payload = Payload.Create(settings.PayloadBytes);
    }

    public async Task<ReconnectReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        var publisher = _publishers.Connect([null], s_patience)[0];
        Join();
        var report = new ReconnectReport { Clients = _settings.Clients, Missed = _settings.Missed, PayloadBytes = _settings.PayloadBytes };
        for (var round = 1; round <= _settings.Rounds; round++)
        {
            Publish(publisher, 10);
            await AwaitTopAsync("the publications before the cut", cancellationToken);
            CutAll();
            Publish(publisher, _settings.Missed);
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);   // the server has noticed the cuts
            var readsBefore = await HistoryReadsAsync(cancellationToken);
            var (cpu, own, started) = (_probe.Cpu(), CpuTime.OfThisProcess(), Stopwatch.GetTimestamp());
            Join();
            var back = Stopwatch.GetElapsedTime(started);
            report = report with
            {
                AllBackSeconds = back.TotalSeconds,
                HalfBackSeconds = Median(started),
                ServerCpuSeconds = (_probe.Cpu() - cpu)?.Total.TotalSeconds,
                GeneratorCpuSeconds = (CpuTime.OfThisProcess() - own).Total.TotalSeconds,
                HistoryReads = await HistoryReadsAsync(cancellationToken) - readsBefore,
            };
            Publish(publisher, 5);
            await AwaitTopAsync("the publications after the recovery", cancellationToken);
        }
        return report with
        {
            Rounds = _settings.Rounds,
            Recovered = _clients.Sum(static client => client.Recovered),
            NotRecovered = _clients.Sum(static client => client.NotRecovered),
            Breaks = _clients.Sum(static client => client.Breaks),
            AtExactPosition = _clients.Count(client => client.Offset == _published),
            RecoveredPublications = _clients.Sum(static client => client.RecoveredPublications),
            MemoryBytes = _probe.Memory(),
            Errors = _swarm.Errors.Count + _publishers.Errors.Count,
            ErrorTexts = [.. _swarm.Errors.Texts, .. _publishers.Errors.Texts],
        };
    }

    public void Dispose()
    {
        _swarm.Dispose();
        _publishers.Dispose();
        _probe.Dispose();
    }

    private void Join() => _swarm.Connect([.. Enumerable.Repeat(s_room, _settings.Clients)], s_patience);

    /// <summary>Without a farewell: each connection ends with a reset.</summary>
    private void CutAll() => _swarm.CloseAll(static socket => socket.LingerState = new LingerOption(enable: true, seconds: 0));

    private void Publish(BenchConnection publisher, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Payload.Stamp(_payload, (uint)++_published);
            _publishers.Driver.Publish(publisher, Channel, _payload);
            publisher.Flush();
            _publishers.Poll(0);
        }
    }

    private async Task AwaitTopAsync(string what, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (_clients.Any(client => client.Offset != _published))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _swarm.Poll(1);
            _publishers.Poll(0);
            if (Stopwatch.GetElapsedTime(started) < s_patience) continue;
            _swarm.Errors.Add($"{_clients.Count(client => client.Offset != _published)} clients did not get {what}");
            return;
        }
        await Task.Yield();
    }

    private double Median(long started)
    {
        var times = _clients.Select(client => Stopwatch.GetElapsedTime(started, client.BackAt).TotalSeconds).Order().ToArray();
        return times[times.Length / 2];
    }

    /// <summary>How often the server has read its broker's history.</summary>
    private async Task<long> HistoryReadsAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync(_settings.Metrics, cancellationToken);
        var line = text.Split('\n').FirstOrDefault(static line => line.StartsWith("starling_history_reads_total", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
