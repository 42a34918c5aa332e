using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Starling.Server.Configuration;

namespace Starling.Server.Hosting;

/// <summary>The ports of the server and the limits every connection has before the engine sees it.</summary>
/// <param name="options">Of the public port.</param>
/// <param name="addressClientsMax">Clients of one address. 0: any number.</param>
/// <param name="internalPort">Beside it.</param>
internal sealed class Listeners(HttpServerOptions options, int addressClientsMax, InternalPort? internalPort) : IDisposable
{
    /// <summary>Time for the headers of a request: a peer that sends them slower is not a browser (attack A09).</summary>
    private static readonly TimeSpan s_requestHeadersTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long an idle connection is kept for its next request: longer than proxies keep theirs (60 s), which would otherwise
    /// send one into a connection that is just being closed.</summary>
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(75);

    private readonly PeerGuard _guard = PeerGuard.For(FileLimit.Read(), addressClientsMax, TrustedProxies.Matcher(options.TrustedProxies));
    private readonly PeerGuard _internalGuard = new(connectionsMax: 0);
    private TlsPort? _tls;
    private TlsPort? _internalTls;

    /// <summary>Puts the guard before the web server's own listeners.</summary>
    public void Guard(IServiceCollection services) => services.AddSingleton<IConnectionListenerFactory>(provider => new GuardedListenerFactory(
        new SocketTransportFactory(provider.GetRequiredService<IOptions<SocketTransportOptions>>(), provider.GetRequiredService<ILoggerFactory>()),
        _guard,
        internalPort?.Port ?? 0));

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = s_requestHeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = s_keepAlive;
        // The limits on header count (100), header bytes (32 KiB) and request line (8 KiB) stay as they are (attack A07).
        if (options.Tls.Enabled) _tls = new TlsPort(options.Tls);
        Listen(kestrel, options.Address, options.Port, _tls);
        if (internalPort is null) return;
        if (internalPort.Tls.Enabled) _internalTls = new TlsPort(internalPort.Tls);
        Listen(kestrel, internalPort.Address, internalPort.Port, _internalTls);
    }

    /// <summary>Reads the files of the certificates again; connections that are open stay.</summary>
    /// <param name="fresh">Where they are now. A port keeps or lacks its encryption until the next start, whatever stands there.</param>
    /// <returns><see langword="true"/>: there is something new.</returns>
    /// <exception cref="System.Security.Cryptography.CryptographicException">See <see cref="TlsPort.Renew"/>; likewise IOException.</exception>
    public bool RenewCertificates(HttpServerOptions fresh)
    {
        var isNew = fresh.Tls.Enabled && _tls is not null && _tls.Renew(fresh.Tls);
        return (fresh.InternalTls.Enabled && _internalTls is not null && _internalTls.Renew(fresh.InternalTls)) || isNew;
    }

    public void Dispose()
    {
        _tls?.Dispose();
        _internalTls?.Dispose();
    }

    private void Listen(KestrelServerOptions kestrel, string address, int port, TlsPort? tls)
    {
        _ = ListenAddress.TryParse(address, out var parsed);   // checked when the configuration was loaded
        if (parsed is null) kestrel.ListenAnyIP(port, Prepare);
        else kestrel.Listen(new IPEndPoint(parsed, port), Prepare);

        void Prepare(ListenOptions listen)
        {
            listen.Use((port == internalPort?.Port ? _internalGuard : _guard).Before);
            listen.Protocols = tls is not null && options.Http2 ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
            if (tls is not null) listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(tls.Identity.CreateHandshake()) });
            listen.Use(FairInput.Before);
        }
    }
}
