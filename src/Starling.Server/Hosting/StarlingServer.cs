using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Starling.Server.Configuration;
using Starling.Server.Logging;

namespace Starling.Server.Hosting;

/// <summary>One stand-alone server from its start to its end.</summary>
internal sealed class StarlingServer(LoadedConfiguration configuration, TextWriter error)
{
    private readonly ServerOptions _options = configuration.Options;
    private readonly InternalPort? _internalPort = InternalPort.Of(configuration.Options);
    private volatile bool _isListening;

    /// <summary>What this server decides and answers beyond its configuration; methods, for instance.</summary>
    public Action<StarlingBuilder>? ExtendEngine { get; init; }

    /// <summary>Endpoints beside those of the engine; pages of a demo, for instance.</summary>
    public Action<WebApplication>? MapMore { get; init; }

    /// <summary>Called with the addresses as soon as the server takes connections.</summary>
    public Action<IReadOnlyCollection<string>>? OnListening { get; init; }

    /// <summary>Reads the configuration again when the process gets SIGHUP; nothing: that ends it, as it does any program.</summary>
    public Func<LoadedConfiguration>? ReadAgain { get; init; }

    /// <summary>The runtime it stands on.</summary>
    public Version Runtime { get; init; } = RuntimeAdvice.Here;

    /// <summary>Tells when to look at certificates again.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Runs until a signal (SIGINT, SIGTERM, SIGQUIT) or the token ends it; a second signal changes nothing.</summary>
    /// <returns>The exit code of the process.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var listeners = new Listeners(_options.HttpServer, _options.Engine.Client.AddressConnectionLimit, _internalPort);
        WebApplication app;
        try
        {
            app = Build(listeners);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"The log cannot be opened: {e.Message}");
            return ExitCodes.Failure;
        }
        await using (app)
        {
            try
            {
                await app.StartAsync(cancellationToken);
            }
            catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
            {
                await error.WriteLineAsync(WhyNotListening(e));
                return ExitCodes.Failure;
            }
            catch (OperationCanceledException) when (WasAskedToEnd(app, cancellationToken))
            {
                return ExitCodes.Success;   // the signal came while it started: nobody was connected yet
            }
            using var reload = ReadAgain is null ? null
                : new Reload(_options.HttpServer, ReadAgain, app.Services.GetRequiredService<ClientTokenKeys>(), listeners, Time, app.Logger);
            var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            ServerLog.Listening(app.Logger, string.Join(", ", addresses), StarlingVersion.Text);
            _isListening = true;
            OnListening?.Invoke([.. addresses]);
            await EndAsync(app, cancellationToken);
        }
        return ExitCodes.Success;
    }

    private static bool WasAskedToEnd(WebApplication app, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested || app.Lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Waits for the signal and ends. Whatever could not end in its time is cut off by the end of the process: that is
    /// what was asked for, so it is told in the log and never in the exit code.</summary>
    private static async Task EndAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.WaitForShutdownAsync(cancellationToken);
            ServerLog.Stopped(app.Logger);
        }
        catch (Exception e) when (WasAskedToEnd(app, cancellationToken))   // edge of the process: whatever a service throws
        {
            ServerLog.StoppedEarly(app.Logger, e);
        }
    }

    private WebApplication Build(Listeners listeners)
    {
        // The empty builder: no settings files, environment or content of the directory someone happens to start in.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "Starling.Server", Args = [] });
        AddLog(builder.Logging);
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseSockets(RuntimeSettings.ApplyToSockets);
        listeners.Guard(builder.Services);
        builder.WebHost.ConfigureKestrel(listeners.Configure);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _options.Engine.Shutdown.Timeout);
        var engine = builder.Services.AddStarling(configuration.Apply);
        ExtendEngine?.Invoke(engine);

        var app = builder.Build();
        if (RuntimeAdvice.IsOutdated(Runtime)) ServerLog.RuntimeOutdated(app.Logger, Runtime, RuntimeAdvice.SafeFrom);
        foreach (var notice in configuration.Notices) ServerLog.ConfigurationWarning(app.Logger, notice);
        TrustedProxies.Use(app, _options.HttpServer.TrustedProxies, _options.Engine.Client.UserIdHttpHeader);
        if (_options.HttpServer.HstsMaxAge > TimeSpan.Zero) InsistOnHttps(app, _options.HttpServer.HstsMaxAge);
        if (_internalPort is not null) app.Use(_internalPort.InvokeAsync);
        app.UseRouting();
        app.MapStarling();
        MapMore?.Invoke(app);
        app.UseEndpoints(static _ => { });
        return app;
    }

    /// <summary>Browsers take the header from answers over HTTPS only (RFC 6797 §7.2), a proxy's HTTPS among them.</summary>
    private static void InsistOnHttps(WebApplication app, TimeSpan maxAge)
    {
        var header = string.Create(CultureInfo.InvariantCulture, $"max-age={(long)maxAge.TotalSeconds}");
        app.Use((context, next) =>
        {
            if (context.Request.IsHttps) context.Response.Headers.StrictTransportSecurity = header;
            return next(context);
        });
    }

    private void AddLog(ILoggingBuilder logging)
    {
        var level = _options.Log.Level;
        logging.SetMinimumLevel(level);
        // The web server's own chatter matters only to someone who asked for details. While it starts it says nothing at all:
        // what fails then comes to us as an exception, and one clear line is enough.
        var levelOfHost = level == LogLevel.Information ? LogLevel.Warning : level;
        logging.AddFilter("Microsoft", asked => _isListening && asked >= levelOfHost);
        // These write down URLs, paths or what stands in a header, and each may hold a key of the API (attack A67).
        foreach (var part in new[] { "Hosting.Diagnostics", "Routing.Matching", "Server.Kestrel.BadRequests", "StaticFiles" })
        {
            logging.AddFilter("Microsoft.AspNetCore." + part, LogLevel.Warning);
        }
        if (level == LogLevel.None) return;
        var provider = LineLoggerProvider.Open(_options.Log, TimeProvider.System);
        logging.Services.AddSingleton<ILoggerProvider>(_ => provider);   // made by a factory it is disposed with the rest, and writes its last lines
    }

    private string WhyNotListening(Exception e)
    {
        var where = _internalPort is not null
            ? $"port {_options.HttpServer.Port} or {_internalPort.Port}"
            : $"port {_options.HttpServer.Port}";
        var setting = _internalPort is not null ? $"--port or {_internalPort.Key}" : "--port";
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }:
                    return $"Cannot listen: {where} is in use by another process. End it, or choose another port with {setting}.";
                case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                    return $"Cannot listen: this user may not use {where}. Choose a port above 1023 with {setting}.";
                case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                    return $"Cannot listen: this machine has no address {_options.HttpServer.Address}. Choose another with --address.";
                default:
                    break;
            }
        }
        return $"Cannot listen on {where}: {e.Message}";
    }
}
