using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Starling.Server.Configuration;

namespace Starling.Server.Hosting;

/// <summary>A certificate with its chain, and the authorities of client certificates, as read from PEM files.</summary>
internal sealed class TlsIdentity : IDisposable
{
    private readonly SslStreamCertificateContext _context;

    private TlsIdentity(X509Certificate2 certificate, X509Certificate2Collection chain, X509Certificate2Collection clientAuthorities)
    {
        Certificate = certificate;
        Chain = chain;
        ClientAuthorities = clientAuthorities;
        _context = SslStreamCertificateContext.Create(certificate, chain);
    }

    public X509Certificate2 Certificate { get; }

    public X509Certificate2Collection Chain { get; }

    public X509Certificate2Collection ClientAuthorities { get; }

    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate or no key for it.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static TlsIdentity Load(TlsOptions options)
    {
        var certificate = X509Certificate2.CreateFromPemFile(options.CertPemFile, options.KeyPemFile);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(options.CertPemFile);
        var authorities = new X509Certificate2Collection();
        if (options.ClientCaPemFile.Length > 0) authorities.ImportFromPemFile(options.ClientCaPemFile);
        return new TlsIdentity(certificate, chain, authorities);
    }

    /// <summary>What one handshake is made with; the web server adds the protocols it offers.</summary>
    public SslServerAuthenticationOptions CreateHandshake()
    {
        var handshake = new SslServerAuthenticationOptions { ServerCertificateContext = _context };
        if (ClientAuthorities.Count == 0) return handshake;
        handshake.ClientCertificateRequired = true;
        handshake.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is X509Certificate2 certificate && Accepts(certificate);
        return handshake;
    }

    /// <summary>Whether a client's certificate was issued by one of the authorities of the configuration and may be used by a
    /// client; the machine's own list of authorities does not count.</summary>
    public bool Accepts(X509Certificate2 clientCertificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(ClientAuthorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));   // client authentication
        return chain.Build(clientCertificate);
    }

    /// <summary>Whether the files hold what they held.</summary>
    public bool IsSameAs(TlsIdentity other) =>
        Certificate.Equals(other.Certificate) && Chain.SequenceEqual(other.Chain) && ClientAuthorities.SequenceEqual(other.ClientAuthorities);

    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var certificate in Chain) certificate.Dispose();
        foreach (var certificate in ClientAuthorities) certificate.Dispose();
    }
}
