namespace Starling.Server.Hosting;

/// <summary>What the process tells its caller; part of the command line's contract.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>It could not do its work: a taken port, an unreadable file.</summary>
    public const int Failure = 1;

    /// <summary>It was told something wrong: configuration or arguments.</summary>
    public const int BadConfiguration = 2;
}
