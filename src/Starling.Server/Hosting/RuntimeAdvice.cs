using System.Reflection;

namespace Starling.Server.Hosting;

/// <summary>Whether the runtime this process stands on has a hole that is known (attack A93).</summary>
internal static class RuntimeAdvice
{
    /// <summary>The newest servicing release with a security fix when this version of the server was made (CVE-2026-62901). To be
    /// raised with each release.</summary>
    public static readonly Version SafeFrom = new(10, 0, 11);

    /// <summary>The runtime and the web framework are updated together, but are two folders: the older one counts.</summary>
    public static Version Here { get; } = Older(Environment.Version, OfFramework());

    public static bool IsOutdated(Version runtime) => runtime < SafeFrom;

    private static Version Older(Version one, Version other) => one < other ? one : other;

    private static Version OfFramework()
    {
        var text = typeof(WebApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+', '-')[0];
        return Version.TryParse(text, out var version) ? version : Environment.Version;
    }
}
