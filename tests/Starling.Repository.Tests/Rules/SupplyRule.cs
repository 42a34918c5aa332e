using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Starling.Repository.Tests.Rules;

/// <summary>What comes from elsewhere is known to the last digit, and is none of what is known to be bad (attack A93).</summary>
internal static partial class SupplyRule
{
    /// <summary>A vulnerable package stops the build wherever the package source tells of it.</summary>
    public static readonly string[] Audits = ["NU1901", "NU1902", "NU1903", "NU1904"];

    /// <summary>Versions are in one place and exact: a range is whatever was published last.</summary>
    /// <param name="versions">Directory.Packages.props.</param>
    /// <param name="projects">File and text of everything that may refer to packages.</param>
    public static IEnumerable<Violation> CheckNuGet(string versions, IEnumerable<(string File, string Text)> projects)
    {
        const string File = "Directory.Packages.props";
        var known = XDocument.Parse(versions).Descendants("PackageVersion").ToDictionary(static one => (string)one.Attribute("Include")!, static one => (string)one.Attribute("Version")!);
        foreach (var (package, version) in known)
        {
            if (!Exact().IsMatch(version)) yield return new Violation(File, 1, $"'{package}' has version '{version}'; an exact one is needed, such as 1.2.3.");
        }
        if (!versions.Contains("<ManagePackageVersionsCentrally>true<", StringComparison.Ordinal)) yield return new Violation(File, 1, "does not manage the versions.");
        foreach (var (file, text) in projects)
        {
            foreach (var reference in XDocument.Parse(text).Descendants("PackageReference"))
            {
                var package = (string)reference.Attribute("Include")!;
                if (!known.ContainsKey(package)) yield return new Violation(file, 1, $"refers to '{package}', which has no version in {File}.");
                if (reference.Attribute("Version") is not null || reference.Attribute("VersionOverride") is not null)
                {
                    yield return new Violation(file, 1, $"has a version of its own for '{package}'; put it into {File}.");
                }
            }
        }
    }

    /// <summary>The audit of packages is on, and nothing calms it down.</summary>
    public static IEnumerable<Violation> CheckAudit(string common, IEnumerable<(string File, string Text)> projects)
    {
        const string File = "Directory.Build.props";
        foreach (var needed in new[] { "<NuGetAuditMode>all<", "<TreatWarningsAsErrors>true<" })
        {
            if (!common.Contains(needed, StringComparison.Ordinal)) yield return new Violation(File, 1, $"lacks {needed}: vulnerable packages would go unnoticed.");
        }
        foreach (var (file, text) in projects.Prepend((File, common)))
        {
            var properties = XDocument.Parse(text).Descendants().ToList();
            if (properties.Exists(static one => one.Name.LocalName == "NuGetAuditSuppress" || (one.Name.LocalName == "NuGetAudit" && one.Value != "true")
                || (one.Name.LocalName == "NuGetAuditLevel" && one.Value != "low") || (one.Name.LocalName == "TreatWarningsAsErrors" && one.Value != "true")))
            {
                yield return new Violation(file, 1, "turns the audit of packages down.");
            }
            foreach (var code in Audits.Where(code => properties.Exists(one => one.Name.LocalName is "NoWarn" or "WarningsNotAsErrors" && one.Value.Contains(code, StringComparison.Ordinal))))
            {
                yield return new Violation(file, 1, $"lets {code} pass, which says that a package is vulnerable.");
            }
        }
    }

    /// <summary>The lock has a hash for each package, and the manifest asks for exact versions.</summary>
    public static IEnumerable<Violation> CheckNpm(string file, string manifest, string? locked)
    {
        using var wanted = JsonDocument.Parse(manifest);
        foreach (var list in new[] { "dependencies", "devDependencies", "optionalDependencies", "peerDependencies" })
        {
            if (!wanted.RootElement.TryGetProperty(list, out var packages)) continue;
            foreach (var package in packages.EnumerateObject().Where(static one => !Exact().IsMatch(one.Value.GetString()!)))
            {
                yield return new Violation(file, 1, $"asks for '{package.Name}' {package.Value}; an exact version is needed, such as 1.2.3.");
            }
        }
        if (locked is null)
        {
            yield return new Violation(file, 1, "has no package-lock.json beside it.");
            yield break;
        }
        foreach (var (package, entry) in Locked(locked))
        {
            var hash = entry.TryGetProperty("integrity", out var integrity) ? integrity.GetString()! : "";
            if (!hash.StartsWith("sha512-", StringComparison.Ordinal)) yield return new Violation(file, 1, $"the lock has no hash for '{package}'.");
        }
    }

    /// <summary>Name and version of every package an npm lock brings along.</summary>
    public static IEnumerable<(string Package, string Version)> OfLock(string locked) =>
        Locked(locked).Select(static one => (one.Package, one.Entry.GetProperty("version").GetString()!));

    /// <summary>Name and version of every package NuGet brought along, those that nobody asked for included.</summary>
    /// <param name="assets">project.assets.json as the restore wrote it.</param>
    public static List<(string Package, string Version)> OfAssets(string assets)
    {
        using var json = JsonDocument.Parse(assets);
        return [.. json.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(static one => one.Value.GetProperty("type").GetString() == "package")
            .Select(static one => (one.Name[..one.Name.IndexOf('/', StringComparison.Ordinal)], one.Name[(one.Name.IndexOf('/', StringComparison.Ordinal) + 1)..]))];
    }

    /// <summary>Packages with a hole that is known.</summary>
    public static IEnumerable<Violation> CheckHoles(string file, IEnumerable<(string Package, string Version)> packages) =>
        from package in packages
        from hole in KnownHoles.Of
        where string.Equals(hole.Package, package.Package, StringComparison.OrdinalIgnoreCase) && Number(package.Version) < Number(hole.FixedIn)
        select new Violation(file, 1, $"brings {package.Package} {package.Version}, which has {hole.Advisory}; it is fixed in {hole.FixedIn}.");

    private static List<(string Package, JsonElement Entry)> Locked(string locked)
    {
        using var json = JsonDocument.Parse(locked);
        return [.. json.RootElement.GetProperty("packages").EnumerateObject()
            .Where(static one => one.Name.Length > 0)   // the folder itself
            .Select(static one => (one.Name[(one.Name.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..], one.Value.Clone()))];
    }

    /// <summary>Without what stands behind a hyphen: a preview of the fixed version counts as fixed.</summary>
    private static Version Number(string version) => Version.Parse(version.Split('-', '+')[0]);

    [GeneratedRegex(@"^\d+\.\d+\.\d+(\.\d+)?(-[0-9A-Za-z.-]+)?$")]
    private static partial Regex Exact();
}
