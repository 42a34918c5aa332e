using System.Collections.Concurrent;
using System.Net;
using Starling.Server.Hosting;
using Starling.WebSockets;

namespace Starling.Server.Bench.Echo;

/// <summary>A WebSocket echo on the frame layer and nothing else: no engine, no access rules, large messages. Listens on the
/// loopback address only.</summary>
internal sealed class EchoServer
{
    /// <summary>Conformance suites send messages of 16 MiB.</summary>
    private const int MessageBytesMax = 32 * 1024 * 1024;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<EchoConnection, byte> _connections = new();

    /// <summary>0: any free port, told on the first line of output.</summary>
    public int Port { get; init; }

    public bool Deflate { get; init; }

    public bool DirectSocketWrites { get; init; } = true;

    /// <summary>Serves until a signal or the token ends it.</summary>
    /// <returns>The exit code of the process.</returns>
    public async Task<int> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseSockets(RuntimeSettings.ApplyToSockets);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, Port);
        });
        await using var app = builder.Build();
        app.Run(ServeAsync);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException error)
        {
            await output.WriteLineAsync($"Cannot listen: {error.Message}");
            return ExitCodes.Failure;
        }
        await output.WriteLineAsync($"Echo: {string.Join(", ", app.Urls)}");
        await output.FlushAsync(CancellationToken.None);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, app.Lifetime.ApplicationStopping);
        await TickAsync(stopping.Token);
        foreach (var connection in _connections.Keys) connection.Session.Abort();
        await app.StopAsync(CancellationToken.None);
        return ExitCodes.Success;
    }

    private async Task ServeAsync(HttpContext context)
    {
        var handshake = new WebSocketHandshakeOptions { Compression = Deflate, DirectSocketWrites = DirectSocketWrites };
        if (await WebSocketHandshake.AcceptAsync(context, handshake) is not { } upgrade) return;
        var settings = new WebSocketSettings
        {
            MessageBytesMax = MessageBytesMax,
            InflatedBytesMax = MessageBytesMax,
            FragmentsMax = int.MaxValue,   // suites cut 16 MiB into frames of 64 bytes
            Deflate = upgrade.Deflate,
        };
        var connection = new EchoConnection(upgrade, settings);
        _connections.TryAdd(connection, 0);
        await connection.Session.RunAsync();
        _connections.TryRemove(connection, out _);
    }

    /// <summary>Deadlines of all connections, until the end.</summary>
    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_tick);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var now = TimeProvider.System.GetTimestamp();
                foreach (var connection in _connections.Keys)
                {
                    if (connection.Session.NextDeadline <= now) connection.Session.Tick(now);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The way to end it.
        }
    }
}
