using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Starling.Cluster;
using Starling.Protocol;
using Starling.Transports.Http;

namespace Starling.Tests.Transports.Scenarios;

/// <summary>A real web server with every transport on, over HTTP/1.1 on one port and HTTP/2 without TLS on another. A test fails
/// on an error that it logged.</summary>
internal sealed class TransportHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<string> _errors;

    private TransportHost(WebApplication application, ConcurrentQueue<string> errors)
    {
        _application = application;
        _errors = errors;
        var urls = application.Urls.Select(static url => new Uri(url)).ToList();
        Http1 = urls[0];
        Http2 = urls[1];
        Node = application.Services.GetRequiredService<Node>();
        Sessions = application.Services.GetRequiredService<SessionTable>();
    }

    public Uri Http1 { get; }

    /// <summary>Takes HTTP/2 alone, with prior knowledge.</summary>
    public Uri Http2 { get; }

    public Node Node { get; }

    public IServiceProvider Services => _application.Services;

    public SessionTable Sessions { get; }

    /// <param name="configure">Sets options beside the transports.</param>
    /// <param name="port">Of HTTP/1.1, to come back at; 0: any.</param>
    /// <param name="extend">Handlers.</param>
    public static async Task<TransportHost> StartAsync(
        Action<StarlingOptions>? configure = null, int port = 0, Action<StarlingBuilder>? extend = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var errors = new ConcurrentQueue<string>();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(new ErrorLog(errors));
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(15));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Listen(IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2);
        });
        var engine = builder.Services.AddStarling(options =>
        {
            options.Client.Insecure = true;
            options.HttpStream.Enabled = options.Sse.Enabled = true;
            options.UniHttpStream.Enabled = options.UniSse.Enabled = options.UniWebSocket.Enabled = true;
            options.LongPoll.Enabled = true;
            var channels = options.Channel.WithoutNamespace;
            channels.HistorySize = 2_000;
            channels.HistoryTtl = TimeSpan.FromMinutes(5);
            channels.ForceRecovery = true;
            configure?.Invoke(options);
        });
        extend?.Invoke(engine);
        var application = builder.Build();
        application.MapStarling();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new TransportHost(application, errors);
    }

    public async Task PublishAsync(string channel, string json)
    {
        var outcome = await Node.PublishAsync(channel, new Publication { Data = Encoding.UTF8.GetBytes(json) }, null, TestContext.Current.CancellationToken);
        Assert.Null(outcome.Error);
    }

    /// <summary>Stops as the process does on a signal.</summary>
    public Task StopAsync() => _application.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(TestContext.Current.CancellationToken);
        await _application.DisposeAsync();
        Assert.Empty(_errors);
    }

    private sealed class ErrorLog(ConcurrentQueue<string> errors) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Error) errors.Enqueue($"{formatter(state, exception)} {exception}");
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
