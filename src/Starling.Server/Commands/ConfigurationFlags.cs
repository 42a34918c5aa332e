using System.Collections;
using System.CommandLine;
using Starling.Server.Configuration;

namespace Starling.Server.Commands;

/// <summary>The options of commands that read configuration, and the way from arguments to where it comes from.</summary>
internal sealed class ConfigurationFlags
{
    public Option<string?> File { get; } = new("--config")
    {
        Description = "Read this configuration file (JSON).",
        HelpName = "FILE",
    };

    /// <summary>As text: the table of keys says what is allowed, as for every other setting.</summary>
    public Option<string?> Port { get; } = new("--port")
    {
        Description = "Listen on this port; the same as --http_server.port.",
        HelpName = "N",
    };

    public Option<string?> Address { get; } = new("--address")
    {
        Description = "Listen on this address only; the same as --http_server.address.",
        HelpName = "A",
    };

    /// <summary>Reads the arguments a command does not know by name as <c>--section.key value</c>. A flag without value means
    /// <c>true</c>.</summary>
    /// <param name="arguments">What was left over, in order.</param>
    /// <param name="flags">Path and value of each.</param>
    /// <param name="wrong">The first argument that is no such flag.</param>
    public static bool TryReadFlags(
        IReadOnlyList<string> arguments, out List<KeyValuePair<string, string>> flags, out string wrong)
    {
        flags = [];
        wrong = "";
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? argument : argument[..equals];
            if (!name.StartsWith("--", StringComparison.Ordinal) || !name.Contains('.', StringComparison.Ordinal))
            {
                wrong = argument;
                return false;
            }
            var value = "true";
            if (equals >= 0) value = argument[(equals + 1)..];
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal)) value = arguments[++i];
            flags.Add(KeyValuePair.Create(name[2..], value));
        }
        return true;
    }

    /// <summary>Where the configuration of a command comes from.</summary>
    /// <returns>Nothing when an argument is wrong; the error is then written.</returns>
    public ConfigurationOrigin? Origin(ParseResult arguments)
    {
        if (!TryReadFlags(arguments.UnmatchedTokens, out var flags, out var wrong))
        {
            arguments.InvocationConfiguration.Error.WriteLine(
                $"Unknown argument '{wrong}'. Settings are given as --section.key value, such as --client.ping_interval 10s; --help lists the rest.");
            return null;
        }
        if (arguments.GetValue(Address) is { } address) flags.Add(KeyValuePair.Create("http_server.address", address));
        if (arguments.GetValue(Port) is { } port) flags.Add(KeyValuePair.Create("http_server.port", port));
        return new ConfigurationOrigin(arguments.GetValue(File), EnvironmentOfProcess(), flags);
    }

    private static List<KeyValuePair<string, string>> EnvironmentOfProcess() =>
        [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(one => KeyValuePair.Create((string)one.Key, (string?)one.Value ?? ""))];
}
