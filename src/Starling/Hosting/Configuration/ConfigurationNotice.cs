namespace Starling.Hosting.Configuration;

/// <summary>Whether the server can start in spite of it.</summary>
internal enum ConfigurationSeverity
{
    Warning,
    Error,
}

/// <summary>One thing an operator should know about the configuration.</summary>
/// <param name="Severity">An error keeps the server from starting.</param>
/// <param name="Key">The key with its path, such as <c>client.ping_interval</c>; empty for a source as a whole.</param>
/// <param name="Message">What is wrong and what is allowed.</param>
/// <param name="Source">Where it was written; empty for a rule about the whole.</param>
internal sealed record ConfigurationNotice(ConfigurationSeverity Severity, string Key, string Message, string Source)
{
    public override string ToString()
    {
        var subject = Key.Length > 0 ? $"{Key}: " : "";
        var source = Source.Length > 0 ? $" ({Source})" : "";
        return $"{subject}{Message}{source}";
    }
}
