using Starling.Hosting.Configuration;

namespace Starling.Server.Configuration;

/// <summary>The keys of the stand-alone server: its own sections and those of the engine.</summary>
internal static class ServerKeys
{
    public static KeyTable<ServerOptions> Root { get; } = Create();

    private static KeyTable<ServerOptions> Create()
    {
        var tls = new KeyTable<TlsOptions>()
            .Flag("enabled", o => o.Enabled, (o, v) => o.Enabled = v)
            .Text("cert_pem_file", o => o.CertPemFile, (o, v) => o.CertPemFile = v)
            .Text("key_pem_file", o => o.KeyPemFile, (o, v) => o.KeyPemFile = v)
            .Text("client_ca_pem_file", o => o.ClientCaPemFile, (o, v) => o.ClientCaPemFile = v)
            .NotYet("cert_pem", "cert_pem_b64", "key_pem", "key_pem_b64", "client_ca_pem", "client_ca_pem_b64");
        return new KeyTable<ServerOptions>()
            .Section("http_server", o => o.HttpServer, new KeyTable<HttpServerOptions>()
                .Number("port", o => o.Port, (o, v) => o.Port = v)
                .Text("address", o => o.Address, (o, v) => o.Address = v)
                .Section("tls", o => o.Tls, tls)
                .Number("metrics_port", o => o.MetricsPort, (o, v) => o.MetricsPort = v)
                .Number("internal_port", o => o.InternalPort, (o, v) => o.InternalPort = v)
                .Text("internal_address", o => o.InternalAddress, (o, v) => o.InternalAddress = v)
                .Section("internal_tls", o => o.InternalTls, tls)
                .Flag("h2c_external", o => o.H2cExternal, (o, v) => o.H2cExternal = v)
                .Flag("http2", o => o.Http2, (o, v) => o.Http2 = v)
                .Duration("hsts_max_age", o => o.HstsMaxAge, (o, v) => o.HstsMaxAge = v)
                .Texts("trusted_proxies", (o, v) => o.TrustedProxies = v)
                .NotYet("h2c_external", "http3", "tls_autocert", "tls_external"))
            .Section("log", o => o.Log, new KeyTable<LogOptions>()
                .Choice("level", o => o.Level, (o, v) => o.Level = v,
                    ("none", LogLevel.None), ("trace", LogLevel.Trace), ("debug", LogLevel.Debug), ("info", LogLevel.Information),
                    ("warn", LogLevel.Warning), ("error", LogLevel.Error))
                .Choice("format", o => o.Format, (o, v) => o.Format = v, ("text", LogFormat.Text), ("json", LogFormat.Json))
                .Text("file", o => o.File, (o, v) => o.File = v))
            .Include(o => o.Engine, StarlingKeys.Root);
    }
}
