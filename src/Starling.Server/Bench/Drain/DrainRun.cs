using System.Diagnostics;
using System.Globalization;
using System.Net;
using Starling.Server.Bench.Compare;

namespace Starling.Server.Bench.Drain;

/// <summary>The scenario of <c>bench drain</c>: two servers, all clients on the first, which is told to end while they publish.</summary>
internal sealed class DrainRun(int connections, int publishesPerSecond, TextWriter output)
{
    private const int MembersPerRoom = 10;
    private const int ConnectingAtOnce = 64;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_before = TimeSpan.FromSeconds(2);

    public async Task<DrainReport> RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (first, firstUrl) = await StartAsync(cancellationToken);
        using var firstProcess = first;
        var (second, secondUrl) = await StartAsync(cancellationToken);
        using var secondProcess = second;
        var seeds = new Random(1);
        DrainClient[] clients = [.. Enumerable.Range(0, connections).Select(i => new DrainClient(i, $"room{i / MembersPerRoom}", new Random(seeds.Next())))];
        await Parallel.ForEachAsync(
            clients,
            new ParallelOptions { MaxDegreeOfParallelism = ConnectingAtOnce, CancellationToken = cancellationToken },
            async (client, token) => await client.ConnectAsync(Socket(firstUrl), token));
        await output.WriteLineAsync($"{connections} clients are connected");
        var staying = Array.ConvertAll(clients, client => client.StayAsync(Socket(secondUrl), ending.Token));
        var publishing = PublishAsync(clients, ending.Token);
        await Task.Delay(s_before, cancellationToken);

        var signalledAt = Stopwatch.GetTimestamp();
        await SignalAsync(first.Id, cancellationToken);
        var door = AskDoorAsync(firstUrl, cancellationToken);
        var exit = await first.WaitAsync(s_patience, cancellationToken);
        var exitAfter = Stopwatch.GetElapsedTime(signalledAt);
        var allBack = Task.WhenAll(staying);
        await Task.WhenAny(allBack, Task.Delay(s_patience, cancellationToken));
        await ending.CancelAsync();
        await Task.WhenAll(allBack, publishing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var client in clients) client.Dispose();
        return new DrainReport(clients, signalledAt, exit?.Code, exitAfter, await door);
    }

    private static async Task<(ChildProcess Process, Uri Url)> StartAsync(CancellationToken cancellationToken)
    {
        var port = ChildProcess.FreePort();
        var process = ChildProcess.Start(
            Peer.Self(["serve", "--address", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--client.insecure", "--log.level", "error"]),
            core: null,
            Environment.CurrentDirectory);
        if (await process.ListensAsync(port, s_patience, cancellationToken)) return (process, new Uri($"http://127.0.0.1:{port}"));
        var said = await process.WaitAsync(TimeSpan.Zero, cancellationToken);
        process.Dispose();
        throw new InvalidOperationException($"The server did not start: {said?.Text}");
    }

    private static Uri Socket(Uri server) => new($"ws://{server.Authority}/connection/websocket");

    private static async Task SignalAsync(int process, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-TERM", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Every client in turn publishes a number into its room, evenly over time.</summary>
    private async Task PublishAsync(DrainClient[] clients, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0L; ; i++)
        {
            while (Stopwatch.GetElapsedTime(started).TotalSeconds * publishesPerSecond < i) await Task.Delay(1, cancellationToken);
            await clients[i * 7919 % clients.Length].PublishAsync(cancellationToken);   // a prime: room after room, not member after member
        }
    }

    /// <summary>What the server answers right after the signal: to a balancer, to whoever watches the process, to a new client.</summary>
    private static async Task<DoorAnswers> AskDoorAsync(Uri server, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = server };
        try
        {
            HttpResponseMessage health;
            do health = await http.GetAsync("/health", cancellationToken);
            while (health.StatusCode == HttpStatusCode.OK);   // the signal has not arrived yet
            var live = await http.GetAsync("/health/live", cancellationToken);
            using var upgrade = new HttpRequestMessage(HttpMethod.Get, "/connection/websocket");
            upgrade.Headers.Connection.Add("Upgrade");
            upgrade.Headers.Add("Upgrade", "websocket");
            upgrade.Headers.Add("Sec-WebSocket-Version", "13");
            upgrade.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
            var refused = await http.SendAsync(upgrade, cancellationToken);
            return new DoorAnswers((int)health.StatusCode, (int)live.StatusCode, (int)refused.StatusCode, refused.Headers.RetryAfter?.Delta);
        }
        catch (HttpRequestException)
        {
            return new DoorAnswers(0, 0, 0, null);   // it has ended already
        }
    }
}

/// <summary>Statuses a server in its drain answers with; zeros when it answered nothing.</summary>
internal sealed record DoorAnswers(int Health, int Live, int Upgrade, TimeSpan? RetryAfter);
