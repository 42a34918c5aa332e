using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Starling.Hosting.Configuration;
using Starling.Server.Configuration;

namespace Starling.Server.Hosting;

/// <summary>What a running server takes up without a restart and without ending a connection: keys of tokens and certificates, when
/// it gets SIGHUP; certificates also by themselves, soon after their files have changed, for whoever renews them sends no signals.</summary>
internal sealed class Reload : IDisposable
{
    /// <summary>Between two looks at the files of certificates.</summary>
    public static readonly TimeSpan CertificateInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Func<LoadedConfiguration> _read;
    private readonly ClientTokenKeys _keys;
    private readonly Listeners _listeners;
    private readonly ILogger _log;
    private readonly PosixSignalRegistration _signal;
    private readonly ITimer _timer;
    private HttpServerOptions _http;

    /// <param name="http">Where the certificates are.</param>
    /// <param name="read">Reads the configuration again, from where it came from.</param>
    /// <param name="keys">Takes the keys.</param>
    /// <param name="listeners">Take the certificates.</param>
    /// <param name="time">Of the looks at files.</param>
    /// <param name="log">Told what came of it.</param>
    public Reload(HttpServerOptions http, Func<LoadedConfiguration> read, ClientTokenKeys keys, Listeners listeners, TimeProvider time, ILogger log)
    {
        (_http, _read, _keys, _listeners, _log) = (http, read, keys, listeners, log);
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;   // the default would be to kill the process
            ReadAgain();
        });
        _timer = time.CreateTimer(static state => ((Reload)state!).LookAtCertificates(), this, CertificateInterval, CertificateInterval);
    }

    public void Dispose()
    {
        _signal.Dispose();
        _timer.Dispose();
    }

    /// <summary>Takes up a configuration as a whole, or leaves everything as it was and says why.</summary>
    private void ReadAgain()
    {
        lock (_gate)
        {
            var fresh = _read();
            if (!fresh.IsValid)
            {
                ServerLog.ReloadRefused(_log, string.Join("; ", fresh.Notices.Where(static notice => notice.Severity == ConfigurationSeverity.Error)));
                return;
            }
            _http = fresh.Options.HttpServer;
            if (!TryRenewCertificates()) return;
            _keys.Replace(fresh.Options.Engine.Client.Token, fresh.Options.Engine.Client.SubscriptionToken);
            ServerLog.Reloaded(_log);
        }
    }

    private void LookAtCertificates()
    {
        lock (_gate) TryRenewCertificates();
    }

    /// <returns><see langword="false"/>: they cannot be read, half written perhaps; the old ones stay in use until the next look.</returns>
    private bool TryRenewCertificates()
    {
        try
        {
            if (_listeners.RenewCertificates(_http)) ServerLog.CertificateRenewed(_log);
            return true;
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            ServerLog.CertificateUnreadable(_log, error.Message);
            return false;
        }
    }
}
