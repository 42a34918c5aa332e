using Starling.Hosting.Configuration;

namespace Starling.Server.Hosting;

/// <summary>Log messages of the process around the engine; event ids from 100.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(100, LogLevel.Information, "Listening on {Addresses}, Starling {Version}")]
    public static partial void Listening(ILogger logger, string addresses, string version);

    [LoggerMessage(101, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(102, LogLevel.Warning, "Configuration: {Notice}")]
    public static partial void ConfigurationWarning(ILogger logger, ConfigurationNotice notice);

    [LoggerMessage(103, LogLevel.Warning, "Stopped before everything had ended; what was left is cut off with the process")]
    public static partial void StoppedEarly(ILogger logger, Exception error);

    [LoggerMessage(104, LogLevel.Information, "Read the configuration again: keys of tokens and certificates are taken up; all other settings need a restart")]
    public static partial void Reloaded(ILogger logger);

    [LoggerMessage(105, LogLevel.Warning, "Read the configuration again, and everything stays as it was, because it is not valid: {Errors}")]
    public static partial void ReloadRefused(ILogger logger, string errors);

    [LoggerMessage(106, LogLevel.Information, "New certificates are in use; open connections stay")]
    public static partial void CertificateRenewed(ILogger logger);

    [LoggerMessage(107, LogLevel.Warning, "The certificate cannot be read again, and the old one stays in use: {Why}")]
    public static partial void CertificateUnreadable(ILogger logger, string why);

    [LoggerMessage(108, LogLevel.Warning, "This server runs on .NET {Runtime}, which has known security holes; update it to {SafeFrom} or the newest servicing release")]
    public static partial void RuntimeOutdated(ILogger logger, Version runtime, Version safeFrom);
}
