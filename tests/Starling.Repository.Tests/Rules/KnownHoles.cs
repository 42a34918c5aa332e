namespace Starling.Repository.Tests.Rules;

/// <summary>A version of a package with a hole that is known.</summary>
/// <param name="Package">Its name.</param>
/// <param name="FixedIn">The first version without it.</param>
/// <param name="Advisory">Where it is described.</param>
internal sealed record KnownHole(string Package, string FixedIn, string Advisory);

/// <summary>Holes in packages that come along here, so that none comes back without anybody noticing: the tests have no feed of advisories.
/// Whoever updates a package because of one adds it.</summary>
internal static class KnownHoles
{
    public static readonly KnownHole[] Of =
    [
        // NuGet
        new("Microsoft.IdentityModel.JsonWebTokens", "7.1.2", "CVE-2024-21319"),
        new("Microsoft.IdentityModel.Tokens", "7.1.2", "CVE-2024-21319"),
        new("Newtonsoft.Json", "13.0.1", "GHSA-5crp-9r3c-p9vr"),
        new("System.Net.Http", "4.3.4", "CVE-2018-8292"),
        new("System.Text.Json", "8.0.5", "CVE-2024-43485"),
        new("System.Text.RegularExpressions", "4.3.1", "CVE-2019-0820"),
        // npm
        new("cookie", "0.7.0", "CVE-2024-47764"),
        new("debug", "4.4.3", "GHSA-8mgj-vmr8-frr6"),
        new("engine.io", "6.4.2", "CVE-2023-31125"),
        new("happy-dom", "20.0.0", "CVE-2025-61927"),
        new("nanoid", "3.3.8", "CVE-2024-55565"),
        new("postcss", "8.4.31", "CVE-2023-44270"),
        new("protobufjs", "7.2.5", "CVE-2023-36665"),
        new("socket.io", "4.6.2", "CVE-2024-38355"),
        new("socket.io-parser", "4.2.3", "CVE-2023-32695"),
        new("vite", "7.1.5", "CVE-2025-58751"),
        new("vitest", "3.0.5", "CVE-2025-24964"),
        new("ws", "8.17.1", "CVE-2024-37890"),
    ];
}
