using System.Diagnostics;
using System.Globalization;
using Starling.Server.Bench.Drivers;
using Starling.Server.Bench.Load;

namespace Starling.Server.Bench.Scenarios;

/// <param name="Url">The server, as <c>bench target --guarded</c> is one.</param>
/// <param name="Revoke">Its method that revokes.</param>
/// <param name="Users">Users.</param>
/// <param name="Each">Connections of each.</param>
/// <param name="AtOnce">Calls on their way at a time.</param>
/// <param name="ServerPid">The server's process.</param>
internal sealed record RevokeSettings(Uri Url, Uri Revoke, int Users, int Each, int AtOnce, int? ServerPid);

/// <summary>All users are revoked one after the other; of every connection the time is taken from the call to its end.</summary>
internal sealed class RevokeRun : IDisposable
{
    private const string Revoked = "closed by the server: 3500 ";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly RevokeSettings _settings;
    private readonly Swarm _swarm;
    private readonly ServerProbe _probe;
    private readonly long[] _called;
    private readonly long[] _ended;
    private int _revoked;

    public RevokeRun(RevokeSettings settings)
    {
        _settings = settings;
        _called = new long[settings.Users];
        _ended = new long[settings.Users * settings.Each];
        _swarm = new Swarm(settings.Url, new CentrifugeJsonDriver(index => GuardedServer.TokenOf(UserOf(index))), new Traffic()) { Ended = OnEnded };
        _probe = new ServerProbe(settings.ServerPid);
    }

    public async Task<RevokeReport> ExecuteAsync(CancellationToken cancellationToken)
    {
        _swarm.Connect(new Room?[_ended.Length], s_patience);
        var (cpu, started) = (_probe.Cpu(), Stopwatch.GetTimestamp());
        var calling = CallAsync(cancellationToken);
        var seconds = await Task.Run(() => AwaitEnds(calling, started, cancellationToken), cancellationToken);
        var refused = await calling;
        double[] ms = [.. _ended.Select((end, i) => end == 0 ? double.PositiveInfinity : Stopwatch.GetElapsedTime(_called[i / _settings.Each], end).TotalMilliseconds).Order()];
        return new RevokeReport
        {
            Users = _settings.Users,
            Connections = _ended.Length,
            Revoked = _revoked,
            Seconds = seconds,
            P50Ms = ms[ms.Length / 2],
            P99Ms = ms[(int)(ms.Length * 0.99)],
            MaxMs = ms[^1],
            ServerCpuSeconds = (_probe.Cpu() - cpu)?.Total.TotalSeconds,
            Errors = _swarm.Errors.Count + refused,
            ErrorTexts = _swarm.Errors.Texts,
        };
    }

    public void Dispose()
    {
        _swarm.Dispose();
        _probe.Dispose();
    }

    private string UserOf(int index) => string.Create(CultureInfo.InvariantCulture, $"user-{index / _settings.Each}");

    private void OnEnded(BenchConnection connection, string reason)
    {
        _ended[connection.Index] = connection.ReceivedAt;
        if (reason.StartsWith(Revoked, StringComparison.Ordinal)) _revoked++;
        else _swarm.Errors.Add(reason);
    }

    /// <returns>Calls that were not answered as they should.</returns>
    private async Task<long> CallAsync(CancellationToken cancellationToken)
    {
        using var api = new HttpClient();
        api.DefaultRequestHeaders.Add("X-API-Key", GuardedServer.ApiKey);
        var refused = 0L;
        await Parallel.ForAsync(0, _settings.Users, new ParallelOptions { MaxDegreeOfParallelism = _settings.AtOnce, CancellationToken = cancellationToken }, async (user, token) =>
        {
            using var body = new StringContent($$"""{"user":"{{UserOf(user * _settings.Each)}}"}""");
            _called[user] = Stopwatch.GetTimestamp();
            using var response = await api.PostAsync(_settings.Revoke, body, token);
            if (await response.Content.ReadAsStringAsync(token) is not """{"result":{}}""") Interlocked.Increment(ref refused);
        });
        return refused;
    }

    /// <returns>Seconds until all had ended, or until the patience was at its end.</returns>
    private double AwaitEnds(Task calling, long started, CancellationToken cancellationToken)
    {
        var since = started;
        while (_swarm.Ready > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _swarm.Poll(1);
            if (!calling.IsCompleted) since = Stopwatch.GetTimestamp();
            else if (Stopwatch.GetElapsedTime(since) > s_patience) break;
        }
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
