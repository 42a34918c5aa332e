namespace Starling.Server.Configuration;

/// <summary>All a stand-alone server is told: the engine's options and what is around the engine.</summary>
internal sealed class ServerOptions
{
    public HttpServerOptions HttpServer { get; } = new();

    public LogOptions Log { get; } = new();

    public StarlingOptions Engine { get; } = new();
}

/// <summary>Where the server listens; bound from the section <c>http_server</c>.</summary>
internal sealed class HttpServerOptions
{
    /// <summary>Key <c>port</c>: 0 (any free one) to 65535; default 8000.</summary>
    public int Port { get; set; } = 8000;

    /// <summary>Key <c>address</c>: an IP address or <c>localhost</c>; empty = all of this machine. Default: empty.</summary>
    public string Address { get; set; } = "";

    /// <summary>Key <c>tls</c>: encryption of the public port.</summary>
    public TlsOptions Tls { get; } = new();

    /// <summary>Key <c>metrics_port</c> (Starling's own): without an internal port the metrics, if enabled, answer on this port, to this
    /// machine alone. 0 = on the public one; default 8001.</summary>
    public int MetricsPort { get; set; } = 8001;

    /// <summary>Key <c>internal_port</c>: API, health and metrics move to this port. 0 = there is none; default 0.</summary>
    public int InternalPort { get; set; }

    /// <summary>Key <c>internal_address</c>: address of the internal port; empty = that of the public one. Default: empty.</summary>
    public string InternalAddress { get; set; } = "";

    /// <summary>Key <c>internal_tls</c>: encryption of the internal port.</summary>
    public TlsOptions InternalTls { get; } = new();

    /// <summary>Key <c>h2c_external</c>: HTTP/2 without encryption on the public port, beside HTTP/1.1. Not yet: the web server
    /// tells the two apart by what TLS agreed on. Default: false.</summary>
    public bool H2cExternal { get; set; }

    /// <summary>Key <c>http2</c> (Starling's own): HTTP/2 on ports with TLS. Off by default: one HTTP/2 connection carries many
    /// WebSockets, which limits that count connections do not see. Default: false.</summary>
    public bool Http2 { get; set; }

    /// <summary>Key <c>hsts_max_age</c> (Starling's own): how long browsers are to use nothing but HTTPS for this host and all its
    /// ports, said with every answer over HTTPS (Strict-Transport-Security). 0 = not said; default 0.</summary>
    public TimeSpan HstsMaxAge { get; set; }

    /// <summary>Key <c>trusted_proxies</c> (Starling's own): addresses and networks of proxies whose <c>X-Forwarded-For</c> and
    /// <c>X-Forwarded-Proto</c> are believed. Default: none, so that nobody can name another address than their own.</summary>
    public List<string> TrustedProxies { get; set; } = [];
}

/// <summary>Encryption of one port.</summary>
internal sealed class TlsOptions
{
    /// <summary>Key <c>enabled</c>. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>Key <c>cert_pem_file</c>: the certificate, followed by those between it and the authority.</summary>
    public string CertPemFile { get; set; } = "";

    /// <summary>Key <c>key_pem_file</c>: its private key, without a password.</summary>
    public string KeyPemFile { get; set; } = "";

    /// <summary>Key <c>client_ca_pem_file</c>: authorities of client certificates, which are then required. Empty = none asked
    /// for; default empty.</summary>
    public string ClientCaPemFile { get; set; } = "";
}

/// <summary>What is written down; bound from the section <c>log</c>.</summary>
internal sealed class LogOptions
{
    /// <summary>Key <c>level</c>. Default: info.</summary>
    public LogLevel Level { get; set; } = LogLevel.Information;

    /// <summary>Key <c>format</c> (Starling's own). Default: text.</summary>
    public LogFormat Format { get; set; } = LogFormat.Text;

    /// <summary>Key <c>file</c>: appended to; empty = standard error. Default: empty.</summary>
    public string File { get; set; } = "";
}

/// <summary>How a log line looks.</summary>
internal enum LogFormat
{
    Text,
    Json,
}
