using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Starling.Server.Hosting;

namespace Starling.Server.Configuration;

/// <summary>The rules of the sections around the engine.</summary>
internal static class ServerOptionsRules
{
    public static void Check(ServerOptions options, OptionsReport report)
    {
        var http = options.HttpServer;
        report.Range("http_server.port", http.Port, 0, IPEndPoint.MaxPort);
        report.Range("http_server.internal_port", http.InternalPort, 0, IPEndPoint.MaxPort);
        report.Range("http_server.metrics_port", http.MetricsPort, 0, IPEndPoint.MaxPort);
        if (http.InternalPort > 0 && http.InternalPort == http.Port)
        {
            report.Add("http_server.internal_port", http.InternalPort, "another port than http_server.port, or 0 for none");
        }
        if (InternalPort.Of(options) is { } own && http.InternalPort == 0 && own.Port == http.Port)
        {
            report.Add("http_server.metrics_port", http.MetricsPort, "another port than http_server.port, or 0 for metrics on that one");
        }
        report.NotNegative("http_server.hsts_max_age", http.HstsMaxAge);
        CheckAddress("http_server.address", http.Address, report);
        CheckAddress("http_server.internal_address", http.InternalAddress, report);
        for (var i = 0; i < http.TrustedProxies.Count; i++)
        {
            if (TrustedProxies.TryParse(http.TrustedProxies[i], out _)) continue;
            report.Add(string.Create(CultureInfo.InvariantCulture, $"http_server.trusted_proxies[{i}]"), http.TrustedProxies[i], "an IP address, or a network such as 10.0.0.0/8");
        }
        CheckTls("http_server.tls", http.Tls, report);
        CheckTls("http_server.internal_tls", http.InternalTls, report);
    }

    private static void CheckAddress(string key, string address, OptionsReport report)
    {
        if (!ListenAddress.TryParse(address, out _)) report.Add(key, address, "an IP address, localhost, or nothing for all addresses");
    }

    private static void CheckTls(string section, TlsOptions tls, OptionsReport report)
    {
        if (!tls.Enabled) return;
        var missing = report.Failures.Count;
        CheckFile($"{section}.cert_pem_file", tls.CertPemFile, report);
        CheckFile($"{section}.key_pem_file", tls.KeyPemFile, report);
        if (tls.ClientCaPemFile.Length > 0) CheckFile($"{section}.client_ca_pem_file", tls.ClientCaPemFile, report);
        if (report.Failures.Count > missing) return;
        try
        {
            using var identity = TlsIdentity.Load(tls);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            report.Failures.Add($"{section}: the certificate cannot be used ({e.Message}); allowed: PEM files of a certificate and its key");
        }
    }

    private static void CheckFile(string key, string path, OptionsReport report)
    {
        if (!File.Exists(path)) report.Add(key, path, "a file that exists");
    }
}
