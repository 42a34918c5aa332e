using System.Reflection;

namespace Starling.Server.Hosting;

/// <summary>The version of this build.</summary>
internal static class StarlingVersion
{
    /// <summary>Such as <c>0.1.0</c>, without the commit.</summary>
    public static string Text { get; } =
        typeof(StarlingVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";
}
