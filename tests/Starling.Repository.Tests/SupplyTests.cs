using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

/// <summary>What comes from elsewhere.</summary>
public sealed class SupplyTests
{
    private static IEnumerable<(string File, string Text)> Projects => RepositoryTree.Files
        .Where(static file => Path.GetExtension(file) is ".csproj" or ".props" or ".targets" && file is not ("Directory.Packages.props" or "Directory.Build.props"))
        .Select(static file => (file, RepositoryTree.Read(file)));

    private static IEnumerable<string> Manifests => RepositoryTree.Files.Where(static file => Path.GetFileName(file) == "package.json");

    [Fact]
    public void A93_Every_NuGet_package_has_one_exact_version() =>
        Violation.AssertNone(SupplyRule.CheckNuGet(RepositoryTree.Read("Directory.Packages.props"), Projects.Append(("Directory.Build.props", RepositoryTree.Read("Directory.Build.props")))));

    [Fact]
    public void A93_A_package_the_source_knows_to_be_vulnerable_stops_the_build() =>
        Violation.AssertNone(SupplyRule.CheckAudit(RepositoryTree.Read("Directory.Build.props"), Projects));

    [Fact]
    public void A93_Every_npm_package_has_one_exact_version_and_a_hash()
    {
        Assert.NotEmpty(Manifests);
        Violation.AssertNone(Manifests.SelectMany(static file => SupplyRule.CheckNpm(file, RepositoryTree.Read(file), LockOf(file))));
    }

    [Fact]
    public void A93_No_package_that_comes_along_has_a_hole_that_is_known()
    {
        Violation.AssertNone(Manifests.SelectMany(static file => SupplyRule.CheckHoles(file, SupplyRule.OfLock(LockOf(file)!))));
        // As they were restored; this test's own are there at the least.
        var restored = RepositoryTree.Files.Where(static file => Path.GetExtension(file) == ".csproj")
            .Select(static file => (Project: file, Assets: Path.Combine(RepositoryTree.Root, "artifacts/obj", Path.GetFileNameWithoutExtension(file), "project.assets.json")))
            .Where(static one => File.Exists(one.Assets)).ToList();
        Assert.Contains(restored, static one => one.Project.EndsWith("Starling.Repository.Tests.csproj", StringComparison.Ordinal));
        Violation.AssertNone(restored.SelectMany(static one => SupplyRule.CheckHoles(one.Project, SupplyRule.OfAssets(File.ReadAllText(one.Assets)))));
    }

    [Fact]
    public void The_rule_finds_ranges_overrides_missing_hashes_and_holes()
    {
        const string Versions = """<Project><PropertyGroup><ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally></PropertyGroup><PackageVersion Include="A" Version="1.*" /></Project>""";
        Assert.Equal(4, SupplyRule.CheckNuGet(Versions, [("x.csproj", """<P><PackageReference Include="A" Version="1.0.0" /><PackageReference Include="B" VersionOverride="[1,2)" /></P>""")]).Count());
        const string Common = "<P><NuGetAuditMode>all</NuGetAuditMode><TreatWarningsAsErrors>true</TreatWarningsAsErrors></P>";
        Assert.Empty(SupplyRule.CheckAudit(Common, [("x.csproj", "<P><NoWarn>CA1000</NoWarn></P>")]));
        Assert.Equal(2, SupplyRule.CheckAudit("<P><WarningsNotAsErrors>NU1900</WarningsNotAsErrors></P>", []).Count());
        Assert.Single(SupplyRule.CheckAudit(Common, [("x.csproj", "<P><NoWarn>$(NoWarn);NU1903</NoWarn></P>")]));
        Assert.Single(SupplyRule.CheckAudit(Common, [("x.csproj", "<P><NuGetAudit>false</NuGetAudit></P>")]));
        const string Locked = """{"packages":{"":{"name":"x"},"node_modules/ws":{"version":"8.17.0","integrity":"sha512-x"},"node_modules/a/node_modules/b":{"version":"1.0.0"} } }""";
        Assert.Equal(2, SupplyRule.CheckNpm("package.json", """{"dependencies":{"ws":"^8.17.0"} }""", Locked).Count());
        Assert.Single(SupplyRule.CheckNpm("package.json", "{}", locked: null));
        Assert.Single(SupplyRule.CheckHoles("package.json", SupplyRule.OfLock(Locked)));
        Assert.Empty(SupplyRule.CheckHoles("package.json", [("ws", "8.17.1"), ("other", "0.0.1")]));
        Assert.Equal([("Newtonsoft.Json", "12.0.3")], SupplyRule.OfAssets("""{"libraries":{"Newtonsoft.Json/12.0.3":{"type":"package"},"Starling/1.0.0":{"type":"project"} } }"""));
    }

    private static string? LockOf(string manifest)
    {
        var file = manifest[..^"package.json".Length] + "package-lock.json";
        return RepositoryTree.Files.Contains(file) ? RepositoryTree.Read(file) : null;
    }
}
