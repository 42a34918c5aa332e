using System.CommandLine;
using Starling.Server.Configuration;
using Starling.Server.Hosting;

namespace Starling.Server.Commands;

/// <summary>The command <c>serve</c>: runs the server.</summary>
internal static class ServeCommand
{
    public static Command Create()
    {
        var flags = new ConfigurationFlags();
        var command = new Command("serve", "Run the server. Any setting can be given as --section.key value.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.Options.Add(flags.File);
        command.Options.Add(flags.Port);
        command.Options.Add(flags.Address);
        command.SetAction((arguments, _) => RunAsync(flags, arguments, EndSignals.Listen()));
        return command;
    }

    private static async Task<int> RunAsync(ConfigurationFlags flags, ParseResult arguments, CancellationToken cancellationToken)
    {
        if (flags.Origin(arguments) is not { } origin) return ExitCodes.BadConfiguration;
        var error = arguments.InvocationConfiguration.Error;
        var configuration = LoadedConfiguration.Load(origin);
        if (!configuration.IsValid)
        {
            CheckConfigCommand.Print(configuration.Notices, error);
            await error.WriteLineAsync("The server was not started: its configuration is not valid.");
            return ExitCodes.BadConfiguration;
        }
        return await new StarlingServer(configuration, error) { ReadAgain = () => LoadedConfiguration.Load(origin) }.RunAsync(cancellationToken);
    }
}
