using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Starling.Server.Hosting;
using static Starling.Server.Tests.Configuration.Configurations;

namespace Starling.Server.Tests.Processes;

/// <summary>What peers are taken for, and how long they may keep the server waiting.</summary>
public sealed class PeerTests
{
    private static readonly HttpClient s_http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A77_Forged_addresses_count_as_the_peers_own()
    {
        await using var server = await StartAsync();
        Assert.Equal(HttpStatusCode.OK, await PollAsync(server, "192.0.2.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await PollAsync(server, "192.0.2.2"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await PollAsync(server, "127.0.0.1, 192.0.2.3"));
    }

    [Fact]
    public async Task A77_Behind_a_trusted_proxy_the_last_untrusted_address_counts_whatever_stands_before_it()
    {
        await using var server = await StartAsync(Set("http_server.trusted_proxies", """["127.0.0.0/8", "10.1.2.3"]"""));
        Assert.Equal(HttpStatusCode.OK, await PollAsync(server, "192.0.2.1"));
        Assert.Equal(HttpStatusCode.OK, await PollAsync(server, "192.0.2.2"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await PollAsync(server, "192.0.2.77, 192.0.2.1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await PollAsync(server, "192.0.2.78, 192.0.2.1, 10.1.2.3"));
        Assert.Equal(HttpStatusCode.OK, await PollAsync(server, "192.0.2.1, 10.1.2.4"));
    }

    [Fact]
    public async Task A77_Addresses_of_one_IPv6_network_count_as_one()
    {
        await using var server = await StartAsync(Set("http_server.trusted_proxies", """["127.0.0.1"]"""));
        Assert.Equal(HttpStatusCode.OK, await PollAsync(server, "2001:db8:1:2::1"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await PollAsync(server, "2001:db8:1:2:3::4"));
        Assert.Equal(HttpStatusCode.OK, await PollAsync(server, "2001:db8:1:3::1"));
    }

    [Fact]
    public void A_proxy_is_an_address_or_a_network() =>
        Assert.Contains(
            "http_server.trusted_proxies[1]: 'proxy.example.com' is not allowed; allowed: an IP address, or a network such as 10.0.0.0/8",
            Load("""{"http_server": {"trusted_proxies": ["::1", "proxy.example.com"]}}""").TheError(), StringComparison.Ordinal);

    /// <summary>Five thousand at once, or as many as there are files for both of their ends: headers that never end, requests that never
    /// begin. All are gone in ten seconds, and others are served meanwhile as ever.</summary>
    [Fact]
    public async Task A09_Slow_and_silent_peers_are_closed_in_ten_seconds_and_keep_nobody_waiting()
    {
        var files = FileLimit.Read();
        var count = files == 0 ? 5_000 : Math.Min(5_000, (files - 1_000) / 2);
        await using var server = await RunningServer.StartAsync();
        var started = Stopwatch.StartNew();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var slow = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            slow.Add(socket);
            await socket.ConnectAsync(IPAddress.Loopback, server.Addresses[0].Port, Cancelled);
            if (i % 2 == 0) await socket.SendAsync(Encoding.ASCII.GetBytes("GET /connection/websocket HTTP/1.1\r\nHost: localhost\r\nX-A: "), Cancelled);
        }
        var connected = started.Elapsed;
        var ends = slow.ConvertAll(EndAsync);
        var times = new List<TimeSpan>();
        for (var i = 0; i < 51; i++) times.Add(await AnswerTimeAsync(server.Addresses[0]));
        Assert.Contains(ends, static end => !end.IsCompleted);   // they were there all the time
        times.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} peers in {connected}; others wait {times[25]}, at most {times[^1]}");
        Assert.InRange(times[25], TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: false) - before, long.MinValue, 64 * 1024 * 1024);   // both ends
        await Task.WhenAll(ends).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.InRange((started.Elapsed - connected).TotalSeconds, 0, 16);   // a busy machine is a little late
        Assert.InRange(started.Elapsed.TotalSeconds, 8, double.MaxValue);
        slow.ForEach(static socket => socket.Dispose());
    }

    /// <summary>A thousand at once whose headers are too long: each is told so, and the process does not grow by what they send.</summary>
    [Fact]
    public async Task A07_A_thousand_connections_with_headers_beyond_the_limits_cost_little_memory()
    {
        await using var server = ServerProcess.Start(["serve", "--address", "127.0.0.1", "--port", "0"]);
        var address = await server.AddressAsync();
        var many = string.Concat(Enumerable.Range(0, 2000).Select(i => $"X{i}: 1\r\n"));
        string[] requests =
        [
            $"GET /health HTTP/1.1\r\nHost: a\r\n{many}\r\n", $"GET /health HTTP/1.1\r\nHost: a\r\nX: {new string('x', 40_000)}\r\n\r\n",
            $"GET /{new string('x', 10_000)} HTTP/1.1\r\nHost: a\r\n\r\n",
        ];
        await FloodAsync(30);   // code is compiled, pools are filled
        var before = server.ResidentBytes;
        await FloodAsync(1_000);
        Assert.InRange(server.ResidentBytes - before, long.MinValue, 50 * 1024 * 1024);

        async Task FloodAsync(int count)
        {
            var peers = new List<TcpClient>();
            foreach (var _ in Enumerable.Range(0, count))
            {
                peers.Add(new TcpClient());
                await peers[^1].ConnectAsync(address.Host, address.Port, Cancelled);
            }
            var answers = await Task.WhenAll(peers.Select((peer, i) => RefusalAsync(peer.GetStream(), requests[i % requests.Length])));
            for (var i = 0; i < count; i++) Assert.Equal(i % requests.Length == 2 ? "HTTP/1.1 414" : "HTTP/1.1 431", answers[i]);
            peers.ForEach(static peer => peer.Dispose());
        }
    }

    /// <summary>The start of the answer. The server may close before it has taken the whole request.</summary>
    private static async Task<string> RefusalAsync(NetworkStream stream, string request)
    {
        var sending = SendAsync(stream, request);
        var buffer = new byte[12];
        await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        await sending;
        return Encoding.ASCII.GetString(buffer);
    }

    private static async Task SendAsync(NetworkStream stream, string request)
    {
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request), Cancelled);
        }
        catch (IOException)
        {
            // Refused before its end.
        }
    }

    /// <summary>How long a good request takes over a connection of its own.</summary>
    private static async Task<TimeSpan> AnswerTimeAsync(Uri server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/health")) { Headers = { ConnectionClose = true } };
        var start = Stopwatch.GetTimestamp();
        using var answer = await s_http.SendAsync(request, Cancelled).WaitAsync(TimeSpan.FromSeconds(5), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Six hundred peers at a process with 320 files: it neither spins nor ends, and serves again when they are gone.</summary>
    [Fact]
    public async Task A78_Out_of_files_the_server_neither_spins_nor_dies_and_recovers_when_peers_are_gone()
    {
        await using var server = ServerProcess.StartWithFiles(320, "serve", "--port", "0", "--address", "127.0.0.1");
        var address = await server.AddressAsync();
        var peers = new List<Socket>();
        for (var i = 0; i < 600; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            peers.Add(socket);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, address.Port, Cancelled);
            }
            catch (SocketException)
            {
                // Accepted and closed before this side looked.
            }
        }
        var before = server.ProcessorTime;
        // Those beyond the limit are closed at once, the others, which say nothing, after ten seconds.
        await Task.WhenAll(peers.ConvertAll(EndAsync)).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.InRange((server.ProcessorTime - before).TotalSeconds, 0, 4);
        peers.ForEach(static socket => socket.Dispose());
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(address, "/health"), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain("ERROR", server.Output, StringComparison.Ordinal);
    }

    /// <summary>An answered request followed by silence is no client, but holds a connection for more than a minute.</summary>
    [Fact]
    public async Task A77_One_address_cannot_take_all_connections_with_answered_requests_and_gets_in_again_when_they_are_gone()
    {
        await using var server = await RunningServer.StartAsync(Set("client.address_connection_limit", "2"));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var peers = new List<Socket>();
        for (var i = 0; i < 16; i++)
        {
            peers.Add(await AskAsync(server));
            Assert.True(await ReceivesAsync(peers[i]));
        }
        using (var refused = await AskAsync(server)) await EndAsync(refused).WaitAsync(TimeSpan.FromSeconds(5), Cancelled);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: false) - before, long.MinValue, 16 * 1024 * 1024);

        peers.ForEach(static peer => peer.Dispose());
        var started = Stopwatch.StartNew();
        while (true)   // the server notices the closing a moment later
        {
            using var again = await AskAsync(server);
            if (await ReceivesAsync(again)) break;
            Assert.InRange(started.Elapsed.TotalSeconds, 0, 10);
        }
    }

    [Fact]
    public async Task A77_Connections_of_a_trusted_proxy_are_not_counted_as_those_of_one_address()
    {
        await using var server = await RunningServer.StartAsync(
            Set("client.address_connection_limit", "2"), Set("http_server.trusted_proxies", """["127.0.0.1"]"""));
        var peers = new List<Socket>();
        for (var i = 0; i < 40; i++)
        {
            peers.Add(await AskAsync(server));
            Assert.True(await ReceivesAsync(peers[i]));
        }
        peers.ForEach(static peer => peer.Dispose());
    }

    private static async Task<Socket> AskAsync(RunningServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Addresses[0].Port, Cancelled);
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"), Cancelled);
        }
        catch (SocketException)
        {
            // Closed before it could speak.
        }
        return socket;
    }

    private static async Task<bool> ReceivesAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[512], Cancelled) > 0;
        }
        catch (SocketException)
        {
            return false;   // reset
        }
    }

    private static async Task EndAsync(Socket socket)
    {
        var buffer = new byte[512];
        try
        {
            while (await socket.ReceiveAsync(buffer, Cancelled) > 0)
            {
                // The answer to slow headers (408).
            }
        }
        catch (SocketException)
        {
            // Reset: also an end.
        }
    }

    private static Task<RunningServer> StartAsync(params KeyValuePair<string, string>[] flags) => RunningServer.StartAsync(
    [
        Set("client.insecure", "true"),
        Set("long_poll.enabled", "true"),
        Set("long_poll.wait", "1s"),
        Set("channel.without_namespace.history_size", "10"),
        Set("channel.without_namespace.history_ttl", "1m"),
        Set("channel.without_namespace.force_recovery", "true"),
        Set("client.rate_limit.address.connect.rate", "1"),
        Set("client.rate_limit.address.connect.interval", "1h"),
        .. flags,
    ]);

    private static async Task<HttpStatusCode> PollAsync(RunningServer server, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Addresses[0], "/connection/long_poll?channel=news"));
        request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var answer = await s_http.SendAsync(request, Cancelled);
        return answer.StatusCode;
    }
}
