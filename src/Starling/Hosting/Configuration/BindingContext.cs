namespace Starling.Hosting.Configuration;

/// <summary>One pass over one source: where it came from, what was found, and the keys of the whole configuration for hints.</summary>
internal sealed class BindingContext(string source, List<ConfigurationNotice> notices, Func<IReadOnlyList<KeyDescription>> allKeys)
{
    private IReadOnlyList<string>? _allPaths;

    /// <summary>The paths of all keys, in the order of the tables.</summary>
    public IReadOnlyList<string> AllPaths => _allPaths ??= [.. allKeys().Select(key => key.Path)];

    public void Warn(string path, string message) =>
        notices.Add(new ConfigurationNotice(ConfigurationSeverity.Warning, path, message, source));

    public void Fail(string path, string message) =>
        notices.Add(new ConfigurationNotice(ConfigurationSeverity.Error, path, message, source));

    public void Refuse(string path, string shown, string allowed) => Fail(path, $"{shown} is not allowed; allowed: {allowed}");
}
