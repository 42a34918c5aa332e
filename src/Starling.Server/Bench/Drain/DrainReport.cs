using System.Diagnostics;
using System.Globalization;

namespace Starling.Server.Bench.Drain;

/// <summary>What became of the clients of a drain, and whether it was as it should be.</summary>
internal sealed class DrainReport
{
    private const int Shutdown = 3001;

    /// <summary>The process ends within this time, however many clients it has (up to ten thousand).</summary>
    private static readonly TimeSpan s_exitMax = TimeSpan.FromSeconds(15);

    private readonly List<string> _failures = [];
    private readonly int _connections;

    public DrainReport(DrainClient[] clients, long signalledAt, int? exitCode, TimeSpan exitAfter, DoorAnswers door)
    {
        _connections = clients.Length;
        ExitCode = exitCode;
        ExitAfter = exitAfter;
        Door = door;
        Told = clients.Count(static client => client.CloseCode == Shutdown);
        Advised = clients.Count(static client => client.AsksForAdvice && client.CloseReason.StartsWith("shutdown retry=", StringComparison.Ordinal));
        Acknowledged = clients.Sum(static client => client.Acknowledged);
        Lost = clients.Sum(static client => client.Lost);
        double[] returns = [.. clients.Where(static client => client.ReturnedAt != 0).Select(client => Stopwatch.GetElapsedTime(signalledAt, client.ReturnedAt).TotalSeconds)];
        Returned = returns.Length;
        Buckets = ToBuckets(returns);
        LastClose = clients.Where(static client => client.ClosedAt != 0).Select(client => Stopwatch.GetElapsedTime(signalledAt, client.ClosedAt)).DefaultIfEmpty().Max();
        Judge(clients);
    }

    public int? ExitCode { get; }

    /// <summary>From the signal to the end of the process.</summary>
    public TimeSpan ExitAfter { get; }

    public DoorAnswers Door { get; }

    /// <summary>Clients closed with 3001.</summary>
    public int Told { get; }

    /// <summary>Clients that asked for advice and got it.</summary>
    public int Advised { get; }

    /// <summary>Publications that were confirmed.</summary>
    public int Acknowledged { get; }

    /// <summary>Of these, those their publisher was not delivered before its connection was closed.</summary>
    public int Lost { get; }

    /// <summary>Clients that are connected to the other server.</summary>
    public int Returned { get; }

    /// <summary>When the last client was closed, after the signal.</summary>
    public TimeSpan LastClose { get; }

    /// <summary>Returns per second, from the first one on.</summary>
    public int[] Buckets { get; }

    /// <summary>What was not as it should be.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>The largest second over the mean.</summary>
    public double Peak => Buckets.Length == 0 ? 0 : Buckets.Max() / Buckets.Average();

    public async Task WriteAsync(TextWriter output)
    {
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"closed with 3001      {Told} of {_connections}, the last after {LastClose.TotalSeconds:F1} s"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"advised               {Advised} of {(_connections + 1) / 2} that asked"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"came back             {Returned}; a second: {string.Join(' ', Buckets)}; the largest is {Peak:F2} of the mean"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"publications          {Acknowledged} acknowledged, {Lost} lost"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
            $"after the signal      health {Door.Health}, live {Door.Live}, a new client {Door.Upgrade}, Retry-After {Door.RetryAfter?.TotalSeconds:F0} s"));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"end of the process    code {ExitCode}, after {ExitAfter.TotalSeconds:F1} s"));
        foreach (var failure in _failures) await output.WriteLineAsync($"NOT AS IT SHOULD BE: {failure}");
    }

    /// <summary>Seconds from the first return on. The last one is left out when it is not whole, as long as there are others: it
    /// would pull the mean down.</summary>
    private static int[] ToBuckets(double[] returns)
    {
        if (returns.Length == 0) return [];
        var first = returns.Min();
        var span = returns.Max() - first;
        var buckets = new int[(int)span + 1];
        foreach (var at in returns) buckets[(int)(at - first)]++;
        return buckets.Length > 1 ? buckets[..^1] : buckets;
    }

    private void Judge(DrainClient[] clients)
    {
        Expect(ExitCode == 0, $"the exit code is {ExitCode?.ToString(CultureInfo.InvariantCulture) ?? "none: it did not end"}");
        Expect(ExitAfter <= s_exitMax, $"the end took longer than {s_exitMax.TotalSeconds} s");
        Expect(Told == _connections, $"{_connections - Told} clients were not closed with 3001, for instance {clients.FirstOrDefault(static client => client.CloseCode != Shutdown)?.CloseCode}");
        Expect(Advised == (_connections + 1) / 2, "a client that asked for advice did not get it");
        Expect(clients.All(static client => client.AsksForAdvice || client.CloseReason is "shutdown"), "a client that did not ask got another reason than 'shutdown'");
        Expect(Returned == _connections, $"{_connections - Returned} clients did not come back");
        Expect(Peak <= 2, "a second has more than twice the mean of returns");
        Expect(Lost == 0, $"{Lost} acknowledged publications were lost");
        // With few clients it is over before anybody can ask.
        Expect(Door is { Health: 0 } or { Health: 503, Live: 200, Upgrade: 503, RetryAfter: not null }, $"the door answered {Door}");
    }

    private void Expect(bool isSo, string otherwise)
    {
        if (!isSo) _failures.Add(otherwise);
    }
}
