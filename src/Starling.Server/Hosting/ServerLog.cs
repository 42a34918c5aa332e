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
}
