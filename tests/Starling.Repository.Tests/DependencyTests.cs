using Starling.Repository.Tests.Rules;

namespace Starling.Repository.Tests;

public sealed class DependencyTests
{
    private static readonly Dictionary<string, string> s_publicTypes = new() { ["WebSocketOptions"] = "Hosting", ["StreamPosition"] = "Channels" };

    [Fact]
    public void Projects_reference_what_the_table_allows() => Violation.AssertNone(RepositoryTree.Files
        .Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal))
        .SelectMany(file => DependencyRule.CheckProject(file, RepositoryTree.Read(file))));

    [Fact]
    public void Slices_use_what_the_table_allows()
    {
        var sources = RepositoryTree.CSharpFiles.Where(file => file.StartsWith("src/", StringComparison.Ordinal))
            .Select(file => (File: file, Text: RepositoryTree.Read(file))).ToList();
        var publicTypes = sources.SelectMany(source => DependencyRule.PublicTypesOf(source.File, source.Text))
            .DistinctBy(type => type.Name).ToDictionary(type => type.Name, type => type.Slice);
        Violation.AssertNone(sources.SelectMany(source => DependencyRule.CheckSource(source.File, source.Text, publicTypes)));
    }

    [Fact]
    public void The_table_names_only_what_exists()
    {
        Assert.All(DependencyTable.Projects, project => Assert.Contains(project.Project, RepositoryTree.Files));
        Assert.All(DependencyTable.Slices.Concat(DependencyTable.ServerSlices), slice =>
            Assert.Contains(RepositoryTree.Files, file => file.StartsWith(slice.Path, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("src/Starling.Protocol/Starling.Protocol.csproj", "<PackageReference Include=\"Google.Protobuf\" />")]
    [InlineData("src/Starling.Protocol/Starling.Protocol.csproj", "<FrameworkReference Include=\"Microsoft.AspNetCore.App\" />")]
    [InlineData("src/Starling/Starling.csproj", "<ProjectReference Include=\"..\\Starling.Server\\Starling.Server.csproj\" />")]
    [InlineData("src/Starling.New/Starling.New.csproj", "<Project />")]
    public void The_rule_finds_a_project_reference_too_many(string file, string xml) => Assert.Single(DependencyRule.CheckProject(file, xml));

    [Theory]
    [InlineData("src/Starling.Protocol/A.cs", "namespace Starling.Protocol; class A { async void M() { } }")]
    [InlineData("src/Starling.Protocol/A.cs", "namespace Starling.Protocol; class A(Stream s);")]
    [InlineData("src/Starling/Transports/OutputPump.cs", "using Starling.WebSockets;\nnamespace Starling.Transports;")]
    [InlineData("src/Starling/Channels/A.cs", "using Starling.WebSockets;\nnamespace Starling.Channels;")]
    [InlineData("src/Starling/Channels/A.cs", "using Starling.Transports;\nnamespace Starling.Channels;")]
    [InlineData("src/Starling/Brokers/A.cs", "using Starling.Channels;\nnamespace Starling.Brokers;")]
    [InlineData("src/Starling/WebSockets/A.cs", "using Starling.Transports;\nnamespace Starling.WebSockets; class A(Transport transport);")]
    [InlineData("src/Starling/WebSockets/A.cs", "namespace Starling.WebSockets; class A { Starling.Channels.Channel? _c; }")]
    [InlineData("src/Starling/WebSockets/A.cs", "namespace Starling.WebSockets; class A(WebSocketOptions options);")]
    [InlineData("src/Starling/WebSockets/A.cs", "using Microsoft.AspNetCore.Http;\nnamespace Starling.WebSockets;")]
    [InlineData("src/Starling/WebSockets/A.cs", "using static Starling.Channels.Channel;\nnamespace Starling.WebSockets;")]
    [InlineData("src/Starling/WebSockets/A.cs", "using X = Starling.Channels.Channel;\nnamespace Starling.WebSockets;")]
    [InlineData("src/Starling/Hosting/A.cs", "using Starling.Server;\nnamespace Starling.Hosting;")]
    [InlineData("src/Starling/Hosting/A.cs", "namespace Starling.Channels;")]
    [InlineData("src/Starling/Hosting/A.cs", "global using Starling.Channels;")]
    [InlineData("src/Starling.Server/Hosting/A.cs", "using Starling.Cluster;\nnamespace Starling.Server.Hosting;")]
    [InlineData("src/Starling.Server/Commands/A.cs", "using Starling.WebSockets;\nnamespace Starling.Server.Commands;")]
    [InlineData("src/Starling.Server/Bench/A.cs", "using Starling.Channels;\nnamespace Starling.Server.Bench;")]
    [InlineData("src/Starling/Services/A.cs", "namespace Starling.Services;")]
    public void The_rule_finds_a_use_that_the_table_does_not_allow(string file, string source) =>
        Assert.Single(DependencyRule.CheckSource(file, source, s_publicTypes));

    [Theory]
    [InlineData("src/Starling.Protocol/A.cs", "// no Stream here\nnamespace Starling.Protocol; class A { string s = \"async\"; }")]
    [InlineData("src/Starling/WebSockets/A.cs", "using Starling.Transports;\nusing Starling.Protocol;\nnamespace Starling.WebSockets;")]
    [InlineData("src/Starling/WebSockets/A.cs", "namespace Starling.WebSockets; class A { int WebSocketOptions { get; } int b = x.WebSocketOptions; }")]
    [InlineData("src/Starling/WebSockets/WebSocketHandshake.cs", "using Microsoft.AspNetCore.Http;\nnamespace Starling.WebSockets;")]
    [InlineData("src/Starling/Hosting/A.cs", "using Starling.Channels;\nnamespace Microsoft.Extensions.DependencyInjection;")]
    [InlineData("src/Starling.Server/Bench/A.cs", "using Starling.WebSockets;\nusing Starling.Server.Hosting;\nnamespace Starling.Server.Bench;")]
    [InlineData("src/Starling.Server/A.cs", "using Starling;\nusing Starling.Protocol;\nusing Starling.Hosting.Configuration;\nnamespace Starling.Server;")]
    public void The_rule_lets_allowed_uses_pass(string file, string source) =>
        Assert.Empty(DependencyRule.CheckSource(file, source, s_publicTypes));

    [Fact]
    public void A_type_in_the_root_namespace_belongs_to_its_folder()
    {
        var type = Assert.Single(DependencyRule.PublicTypesOf("src/Starling/Hosting/A.cs", "namespace Starling;\npublic sealed class A;"));
        Assert.Equal(("A", "Hosting"), type);
        Assert.Empty(DependencyRule.PublicTypesOf("src/Starling/Hosting/A.cs", "namespace Starling.Hosting;\npublic sealed class A;"));
    }
}
