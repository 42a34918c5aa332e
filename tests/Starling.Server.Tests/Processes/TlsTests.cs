using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Starling.Server.Hosting;
using Starling.TestKit;
using static Starling.Server.Tests.Configuration.Configurations;

namespace Starling.Server.Tests.Processes;

public sealed class TlsTests : IDisposable
{
    private static readonly DateTimeOffset s_from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_to = new(2090, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("starling-tls-");
    private readonly X509Certificate2 _authority;

    public TlsTests()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _authority = request.CreateSelfSigned(s_from, s_to);
        WriteCertificate(serial: 2);
        File.WriteAllText(In("authority.pem"), _authority.ExportCertificatePem());
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task With_tls_the_server_shows_its_certificate_and_answers()
    {
        await using var server = await StartAsync();
        using var http = Client(clientCertificate: null);

        using var answer = await http.GetAsync(new Uri(server.Addresses[0], "/health"), TestContext.Current.CancellationToken);

        Assert.Equal("https", server.Addresses[0].Scheme);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpVersion.Version11, answer.Version);
        Assert.False(answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Fact]
    public async Task Browsers_are_told_to_insist_on_https_where_that_is_asked_for()
    {
        await using var server = await StartAsync(Set("http_server.hsts_max_age", "720h"));
        using var http = Client(clientCertificate: null);
        using var answer = await http.GetAsync(new Uri(server.Addresses[0], "/health"), TestContext.Current.CancellationToken);
        Assert.Equal("max-age=2592000", Assert.Single(answer.Headers.GetValues("Strict-Transport-Security")));

        // Over HTTP it would mean nothing, unless a trusted proxy took HTTPS off.
        await using var plain = await RunningServer.StartAsync(Set("http_server.hsts_max_age", "720h"), Set("http_server.trusted_proxies", """["127.0.0.1"]"""));
        using var direct = await http.GetAsync(new Uri(plain.Addresses[0], "/health"), TestContext.Current.CancellationToken);
        Assert.False(direct.Headers.Contains("Strict-Transport-Security"));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(plain.Addresses[0], "/health"));
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");
        using var forwarded = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("max-age=2592000", Assert.Single(forwarded.Headers.GetValues("Strict-Transport-Security")));
    }

    [Fact]
    public async Task A83_A_handshake_that_does_not_go_on_is_closed_in_ten_seconds()
    {
        await using var server = await StartAsync();
        using var peer = new TcpClient();
        await peer.ConnectAsync(IPAddress.Loopback, server.Addresses[0].Port, TestContext.Current.CancellationToken);
        var started = Stopwatch.StartNew();
        await peer.GetStream().WriteAsync(new byte[] { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01 }, TestContext.Current.CancellationToken);   // the head of a hello
        var buffer = new byte[256];
        try
        {
            while (await peer.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken) > 0)
            {
                // An alert.
            }
        }
        catch (IOException)
        {
            // Reset: also an end.
        }
        Assert.InRange(started.Elapsed.TotalSeconds, 5, 15);
    }

    [Fact]
    public async Task With_http2_the_server_offers_it()
    {
        await using var server = await StartAsync(Set("http_server.http2", "true"));
        using var http = Client(clientCertificate: null);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Addresses[0], "/health")) { Version = HttpVersion.Version20 };

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpVersion.Version20, answer.Version);
    }

    [Fact]
    public async Task With_an_authority_for_clients_only_its_certificates_are_let_in()
    {
        await using var server = await StartAsync(Set("http_server.tls.client_ca_pem_file", In("authority.pem")));
        using var known = Issue("client", "1.3.6.1.5.5.7.3.2", serial: 3);
        using var wrongUse = Issue("client", "1.3.6.1.5.5.7.3.1", serial: 4);
        var health = new Uri(server.Addresses[0], "/health");

        using var welcome = Client(known);
        Assert.Equal("{}", await welcome.GetStringAsync(health, TestContext.Current.CancellationToken));
        using var without = Client(clientCertificate: null);
        await Assert.ThrowsAsync<HttpRequestException>(() => without.GetStringAsync(health, TestContext.Current.CancellationToken));
        using var notForClients = Client(wrongUse);
        await Assert.ThrowsAsync<HttpRequestException>(() => notForClients.GetStringAsync(health, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task F48_A_renewed_certificate_is_in_use_within_a_minute_and_open_connections_stay()
    {
        var time = new ManualTime();
        await using var server = await RunningServer.StartAsync(time, TlsSettings());
        using var before = await ConnectAsync(server);
        Assert.Equal("02", SerialOf(before));

        File.WriteAllText(In("key.pem"), "half written");
        time.Advance(Reload.CertificateInterval);
        using (var meanwhile = await ConnectAsync(server)) Assert.Equal("02", SerialOf(meanwhile));

        WriteCertificate(serial: 9);
        time.Advance(Reload.CertificateInterval);
        using var after = await ConnectAsync(server);
        Assert.Equal("09", SerialOf(after));
        foreach (var open in new[] { before, after })
        {
            await open.WriteAsync("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            var answer = new byte[12];
            await open.ReadExactlyAsync(answer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal("HTTP/1.1 200"u8, answer);
        }
    }

    private static string SerialOf(SslStream connection) => ((X509Certificate2)connection.RemoteCertificate!).SerialNumber;

    private async Task<SslStream> ConnectAsync(RunningServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, server.Addresses[0].Port, TestContext.Current.CancellationToken);
        var connection = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await connection.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Issuer == _authority.Subject }, TestContext.Current.CancellationToken);
        return connection;
    }

    private void WriteCertificate(byte serial)
    {
        using var server = Issue("localhost", "1.3.6.1.5.5.7.3.1", serial);
        File.WriteAllText(In("cert.pem"), server.ExportCertificatePem());
        File.WriteAllText(In("key.pem"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private Task<RunningServer> StartAsync(params KeyValuePair<string, string>[] more) => RunningServer.StartAsync([.. TlsSettings(), .. more]);

    private KeyValuePair<string, string>[] TlsSettings() =>
        [Set("http_server.tls.enabled", "true"), Set("http_server.tls.cert_pem_file", In("cert.pem")), Set("http_server.tls.key_pem_file", In("key.pem"))];

    private string In(string file) => Path.Combine(_folder.FullName, file);

    private X509Certificate2 Issue(string name, string usage, byte serial)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var issued = request.Create(_authority, s_from, s_to, [serial]);
        using var withKey = issued.CopyWithPrivateKey(key);
        // Through PKCS #12: keys of certificates that exist in memory only cannot be used on every platform.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), password: null, X509KeyStorageFlags.Exportable);
    }

    private HttpClient Client(X509Certificate2? clientCertificate)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                ClientCertificates = clientCertificate is null ? [] : [clientCertificate],
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.Issuer == _authority.Subject,
            },
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(30) };
    }
}
