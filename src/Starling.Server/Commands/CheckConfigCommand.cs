using System.CommandLine;
using Starling.Hosting.Configuration;
using Starling.Server.Configuration;
using Starling.Server.Hosting;

namespace Starling.Server.Commands;

/// <summary>The command <c>check-config</c>: says what is wrong with a configuration, without starting anything.</summary>
internal static class CheckConfigCommand
{
    public static Command Create()
    {
        var flags = new ConfigurationFlags();
        var command = new Command("check-config", "Check the configuration serve would run with: file, environment and flags.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.Options.Add(flags.File);
        command.Options.Add(flags.Port);
        command.Options.Add(flags.Address);
        command.SetAction(arguments => Run(flags, arguments));
        return command;
    }

    /// <summary>Prints notices, errors last, where they are seen.</summary>
    public static void Print(IEnumerable<ConfigurationNotice> notices, TextWriter output)
    {
        foreach (var notice in notices.OrderBy(notice => notice.Severity))
        {
            output.WriteLine($"{(notice.Severity == ConfigurationSeverity.Error ? "error" : "warning")}: {notice}");
        }
    }

    private static int Run(ConfigurationFlags flags, ParseResult arguments)
    {
        if (flags.Origin(arguments) is not { } origin) return ExitCodes.BadConfiguration;
        var output = arguments.InvocationConfiguration.Output;
        var configuration = LoadedConfiguration.Load(origin);
        Print([.. configuration.Notices, .. configuration.Cautions], output);
        output.WriteLine(configuration.IsValid ? "configuration is valid" : "configuration is not valid");
        return configuration.IsValid ? ExitCodes.Success : ExitCodes.BadConfiguration;
    }
}
