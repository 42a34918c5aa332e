using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Starling.WebSockets;

namespace Starling.Tests.WebSockets.Peer;

/// <summary>A real web server on a free port whose every path is a WebSocket that echoes.</summary>
internal sealed class KestrelEcho : IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly WebApplication _app;
    private readonly ITimer _timer;

    private KestrelEcho(Action<ListenOptions>? listen, Action<KestrelServerOptions>? kestrel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            kestrel?.Invoke(options);
            options.Listen(IPAddress.Loopback, 0, endpoint => listen?.Invoke(endpoint));
        });
        _app = builder.Build();
        _app.Run(ServeAsync);
        _timer = TimeProvider.System.CreateTimer(_ => Tick(), null, s_tick, s_tick);
    }

    public WebSocketHandshakeOptions Handshake { get; init; } = new();

    public WebSocketSettings Settings { get; init; } = new();

    /// <summary>Send buffer of the connections' sockets in bytes; 0: the system's.</summary>
    public int SendBuffer { get; init; }

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>All connections ever accepted.</summary>
    public ConcurrentQueue<RecordingHandler> Accepted { get; } = new();

    /// <summary>Requests that reached the application.</summary>
    public int Requests;

    public static async Task<KestrelEcho> StartAsync(
        WebSocketHandshakeOptions? handshake = null,
        WebSocketSettings? settings = null,
        int sendBuffer = 0,
        Action<ListenOptions>? listen = null,
        Action<KestrelServerOptions>? kestrel = null)
    {
        var server = new KestrelEcho(listen, kestrel)
        {
            Handshake = handshake ?? new WebSocketHandshakeOptions(),
            Settings = settings ?? new WebSocketSettings(),
            SendBuffer = sendBuffer,
        };
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        foreach (var handler in Accepted) handler.Session!.Abort();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref Requests);
        if (SendBuffer > 0) context.Features.Get<IConnectionSocketFeature>()!.Socket.SendBufferSize = SendBuffer;
        if (await WebSocketHandshake.AcceptAsync(context, Handshake) is not { } upgrade) return;
        var handler = new RecordingHandler { Echoes = true };
        handler.Session = new WebSocketSession(
            upgrade.Input, upgrade.Output, WebSocketRole.Server, Settings with { Deflate = upgrade.Deflate }, handler, TimeProvider.System);
        Accepted.Enqueue(handler);
        await handler.Session.RunAsync();
    }

    private void Tick()
    {
        var now = TimeProvider.System.GetTimestamp();
        foreach (var handler in Accepted)
        {
            if (handler.Session!.NextDeadline <= now) handler.Session.Tick(now);
        }
    }
}
