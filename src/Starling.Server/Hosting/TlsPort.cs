using Starling.Server.Configuration;

namespace Starling.Server.Hosting;

/// <summary>The certificate of one port, which can be replaced while the port is in use: a handshake is made with the newest one,
/// what is connected stays connected.</summary>
internal sealed class TlsPort : IDisposable
{
    private volatile TlsIdentity _identity;

    public TlsPort(TlsOptions options) => _identity = TlsIdentity.Load(options);

    /// <summary>What the next handshake is made with.</summary>
    public TlsIdentity Identity => _identity;

    /// <summary>Reads the files again.</summary>
    /// <returns><see langword="true"/>: there is something new.</returns>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file holds no certificate or no key for it; the old
    /// certificate stays.</exception>
    /// <exception cref="IOException">A file cannot be read; the same.</exception>
    public bool Renew(TlsOptions options)
    {
        var fresh = TlsIdentity.Load(options);
        if (fresh.IsSameAs(_identity))
        {
            fresh.Dispose();
            return false;
        }
        _identity = fresh;   // the old one is left to handshakes that have begun with it
        return true;
    }

    public void Dispose() => _identity.Dispose();
}
