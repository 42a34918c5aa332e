using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Starling.Server.Configuration;

namespace Starling.Server.Hosting;

/// <summary>The ports of the server and the limits every connection has before the engine sees it.</summary>
internal sealed class Listeners(HttpServerOptions options) : IDisposable
{
    /// <summary>Time for the headers of a request: a peer that sends them slower is not a browser (attack A09).</summary>
    private static readonly TimeSpan s_requestHeadersTimeout = TimeSpan.FromSeconds(10);

    private readonly List<TlsIdentity> _identities = [];
    private readonly PeerGuard _guard = PeerGuard.For(FileLimit.Read());
    private readonly PeerGuard _internalGuard = new(connectionsMax: 0);

    /// <summary>Puts the guard before the web server's own listeners.</summary>
    public void Guard(IServiceCollection services) => services.AddSingleton<IConnectionListenerFactory>(provider => new GuardedListenerFactory(
        new SocketTransportFactory(provider.GetRequiredService<IOptions<SocketTransportOptions>>(), provider.GetRequiredService<ILoggerFactory>()),
        _guard,
        options.InternalPort));

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = s_requestHeadersTimeout;
        // The limits on header count (100), header bytes (32 KiB) and request line (8 KiB) stay as they are (attack A07).
        Listen(kestrel, options.Address, options.Port, options.Tls);
        if (options.InternalPort > 0)
        {
            var address = options.InternalAddress.Length > 0 ? options.InternalAddress : options.Address;
            Listen(kestrel, address, options.InternalPort, options.InternalTls);
        }
    }

    public void Dispose()
    {
        foreach (var identity in _identities) identity.Dispose();
    }

    private void Listen(KestrelServerOptions kestrel, string address, int port, TlsOptions tls)
    {
        _ = ListenAddress.TryParse(address, out var parsed);   // checked when the configuration was loaded
        if (parsed is null) kestrel.ListenAnyIP(port, Prepare);
        else kestrel.Listen(new IPEndPoint(parsed, port), Prepare);

        void Prepare(ListenOptions listen)
        {
            listen.Use((options.InternalPort > 0 && port == options.InternalPort ? _internalGuard : _guard).Before);
            listen.Protocols = tls.Enabled && options.Http2 ? HttpProtocols.Http1AndHttp2 : HttpProtocols.Http1;
            if (tls.Enabled) Encrypt(listen, tls);
        }
    }

    private void Encrypt(ListenOptions listen, TlsOptions tls)
    {
        var identity = TlsIdentity.Load(tls);
        _identities.Add(identity);
        listen.UseHttps(https =>
        {
            https.ServerCertificate = identity.Certificate;
            https.ServerCertificateChain = identity.Chain;
            if (tls.ClientCaPemFile.Length == 0) return;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => identity.Accepts(certificate);
        });
    }
}
