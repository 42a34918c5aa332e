using System.Text;
using Starling.Hosting.Configuration;
using Starling.Server.Configuration;

namespace Starling.Server.Tests.Configuration;

/// <summary>Loads configuration as the commands do, from texts instead of the machine.</summary>
internal static class Configurations
{
    public static LoadedConfiguration Load(
        string? json = null,
        IReadOnlyList<KeyValuePair<string, string>>? environment = null,
        IReadOnlyList<KeyValuePair<string, string>>? flags = null)
    {
        if (json is null) return LoadedConfiguration.Load(new ConfigurationOrigin(File: null, environment ?? [], flags ?? []));
        var file = Path.Combine(Path.GetTempPath(), $"starling-{Guid.NewGuid():N}.json");
        File.WriteAllText(file, json, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        try
        {
            return LoadedConfiguration.Load(new ConfigurationOrigin(file, environment ?? [], flags ?? []));
        }
        finally
        {
            File.Delete(file);
        }
    }

    public static KeyValuePair<string, string> Set(string key, string value) => KeyValuePair.Create(key, value);

    /// <summary>The one error of a configuration.</summary>
    public static string TheError(this LoadedConfiguration loaded)
    {
        var error = Assert.Single(loaded.Notices, notice => notice.Severity == ConfigurationSeverity.Error);
        Assert.False(loaded.IsValid);
        return error.ToString();
    }

    /// <summary>The one warning about something that was written down, in a valid configuration.</summary>
    public static string TheWarning(this LoadedConfiguration loaded)
    {
        var warning = Assert.Single(loaded.Notices, notice => notice.Source.Length > 0);
        Assert.Equal(ConfigurationSeverity.Warning, warning.Severity);
        return warning.ToString();
    }
}
