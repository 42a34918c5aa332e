using System.Runtime.CompilerServices;
using Starling.Server.Configuration;

namespace Starling.Server.Tests.Configuration;

/// <summary>docs/configuration.md says what the tables of keys say.</summary>
public sealed class DocumentedKeysTests
{
    private const string WithoutEffect = "## Known, without effect in this version";

    /// <summary>Sections that have the keys of another one, which alone is written out.</summary>
    private static readonly (string Section, string WrittenAs)[] s_sameKeys =
    [
        ("http_server.internal_tls.", "http_server.tls."),
        ("channel.without_namespace.", "channel.namespaces[]."),
        ("rpc.without_namespace.", "rpc.namespaces[]."),
        ("client.subscription_token.", "client.token."),
        ("client.rate_limit.address.", "client.rate_limit.user."),
        ("client.rate_limit.user.", "client.rate_limit.connection."),
        ("client.proxy.connect.", "proxies[]."),
        ("client.proxy.refresh.", "proxies[]."),
        ("channel.proxy.subscribe.", "proxies[]."),
        ("channel.proxy.publish.", "proxies[]."),
        ("channel.proxy.sub_refresh.", "proxies[]."),
        ("channel.proxy.map_publish.", "proxies[]."),
        ("channel.proxy.map_remove.", "proxies[]."),
        ("channel.proxy.shared_poll_refresh.", "proxies[]."),
        ("rpc.proxy.", "proxies[]."),
    ];

    [Fact]
    public void Every_key_is_documented_with_its_default_and_no_other_key_is()
    {
        var expected = new SortedSet<string>(StringComparer.Ordinal);
        var keys = ServerKeys.Root.DescribeAll(new ServerOptions()).ToList();
        foreach (var key in keys)
        {
            var path = key.Path;
            foreach (var (section, writtenAs) in s_sameKeys)
            {
                if (!path.StartsWith(section, StringComparison.Ordinal)) continue;
                var written = writtenAs + path[section.Length..];
                if (keys.Exists(one => string.Equals(one.Path, written, StringComparison.Ordinal))) path = written;
            }
            expected.Add(Row(path, key.Default, key.IsSupported));
        }

        Assert.Equal(expected, Documented());
    }

    [Fact]
    public void The_example_file_is_valid_and_every_key_in_it_has_an_effect()
    {
        var text = File.ReadAllText(Document());
        var begin = text.IndexOf("```json\n", StringComparison.Ordinal) + "```json\n".Length;

        var loaded = Configurations.Load(text[begin..text.IndexOf("```", begin, StringComparison.Ordinal)]);

        Assert.Empty(loaded.Notices);
    }

    private static SortedSet<string> Documented()
    {
        var rows = new SortedSet<string>(StringComparer.Ordinal);
        var isSupported = true;
        foreach (var line in File.ReadLines(Document()))
        {
            if (line.StartsWith(WithoutEffect, StringComparison.Ordinal)) isSupported = false;
            if (!line.StartsWith("| `", StringComparison.Ordinal)) continue;
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            Assert.True(cells.Length > 4 && cells[3].Length > 0, $"no meaning: {line}");
            Assert.True(rows.Add(Row(cells[1].Split('`')[1], cells[2] is "–" ? "" : cells[2].Trim('`'), isSupported)), $"written twice: {line}");
        }
        return rows;
    }

    private static string Row(string path, string byDefault, bool isSupported) =>
        $"{path}, default '{byDefault}'{(isSupported ? "" : ", without effect")}";

    private static string Document([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "../../../docs/configuration.md"));
}
