using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Starling.Server.Tests.Scenarios;

/// <summary>Five connections each of a thousand users on real sockets: the time from the call of the API to the closed socket.</summary>
public sealed class RevocationScenarioTests(ITestOutputHelper output)
{
    private const string Secret = "a secret that only this test knows, long enough";
    private const int Users = 1_000;
    private const int ConnectionsEach = 5;
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A65_Of_5000_connections_of_1000_users_99_in_100_are_closed_within_a_second_of_the_call()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_deadline);
        await using var server = await StartAsync(deadline.Token);
        var address = new Uri(server.Urls.First());
        var clients = new RawClient[Users * ConnectionsEach];
        await Parallel.ForAsync(0, clients.Length, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = deadline.Token }, async (i, token) =>
            clients[i] = await RawClient.ConnectAsync(address, $"user-{i % Users}", token));
        var closings = clients.Select(client => client.ReadToEndAsync(deadline.Token)).ToArray();

        using var api = new HttpClient { BaseAddress = address };
        api.DefaultRequestHeaders.Add("X-API-Key", "key");
        var called = new long[Users];
        var watch = Stopwatch.StartNew();
        await Parallel.ForAsync(0, Users, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = deadline.Token }, async (user, token) =>
        {
            called[user] = Stopwatch.GetTimestamp();
            using var body = new StringContent($$"""{"user":"user-{{user}}"}""");
            using var response = await api.PostAsync("/api/revoke", body, token);
            Assert.Equal("""{"result":{}}""", await response.Content.ReadAsStringAsync(token));
        });
        var ends = await Task.WhenAll(closings);
        var ms = ends.Select((end, i) => Stopwatch.GetElapsedTime(called[i % Users], end).TotalMilliseconds).Order().ToArray();
        var p99 = ms[(int)(ms.Length * 0.99)];
        output.WriteLine($"{ms.Length} connections of {Users} users closed in {watch.Elapsed.TotalSeconds:F1} s; from call to closed socket: "
            + $"p50 {ms[ms.Length / 2]:F1} ms, p99 {p99:F1} ms, longest {ms[^1]:F1} ms");
        Assert.All(clients, static client => Assert.Equal(3500, client.CloseCode));
        Assert.InRange(p99, 0, 1_000);
    }

    private static async Task<WebApplication> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1));
        builder.Services.AddStarling(static options =>
        {
            options.Client.Token.HmacSecretKey = Secret;
            options.HttpApi.Key = "key";
        });
        var server = builder.Build();
        server.MapStarling();
        await server.StartAsync(cancellationToken);
        return server;
    }

    private static string Token(string claims)
    {
        var signed = Base64Url.EncodeToString("""{"alg":"HS256"}"""u8) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims));
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.ASCII.GetBytes(signed)));
    }

    /// <summary>The least a client can be: an upgrade, a connect command, and then it waits for the end.</summary>
    private sealed class RawClient(Socket socket)
    {
        public int CloseCode { get; private set; }

        public static async Task<RawClient> ConnectAsync(Uri address, string user, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, address.Port, cancellationToken);
            var token = Token($$"""{"sub":"{{user}}","iat":1}""");
            var upgrade = "GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
            var command = Encoding.UTF8.GetBytes($$"""{"id":1,"connect":{"token":"{{token}}"} }""");
            await socket.SendAsync(Encoding.ASCII.GetBytes(upgrade), cancellationToken);
            var buffer = new byte[1024];
            var answer = "";
            while (!answer.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                answer += Encoding.ASCII.GetString(buffer, 0, await ReceiveAsync(socket, buffer, cancellationToken));
            }
            await socket.SendAsync(Masked(0x81, command), cancellationToken);
            var reply = "";
            while (!reply.Contains("\"connect\"", StringComparison.Ordinal))
            {
                reply += Encoding.ASCII.GetString(buffer, 0, await ReceiveAsync(socket, buffer, cancellationToken));
            }
            return new RawClient(socket);
        }

        /// <returns>When the socket was closed.</returns>
        public async Task<long> ReadToEndAsync(CancellationToken cancellationToken)
        {
            using var owned = socket;
            var buffer = new byte[512];
            while (true)
            {
                var count = await socket.ReceiveAsync(buffer, cancellationToken);
                if (count == 0) return Stopwatch.GetTimestamp();
                if (buffer[0] != 0x88) continue;
                CloseCode = BinaryPrimitives.ReadUInt16BigEndian(buffer.AsSpan(2));
                await socket.SendAsync(Masked(0x88, buffer[2..4]), cancellationToken);
            }
        }

        private static async Task<int> ReceiveAsync(Socket socket, byte[] buffer, CancellationToken cancellationToken)
        {
            var count = await socket.ReceiveAsync(buffer, cancellationToken);
            return count > 0 ? count : throw new IOException("The server closed too early.");
        }

        /// <summary>A client's frame; a mask of zeros leaves the payload as it is.</summary>
        private static byte[] Masked(byte first, byte[] payload)
        {
            byte[] header = payload.Length < 126
                ? [first, (byte)(0x80 | payload.Length), 0, 0, 0, 0]
                : [first, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0];
            return [.. header, .. payload];
        }
    }
}
