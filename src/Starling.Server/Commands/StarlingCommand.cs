using System.CommandLine;
using System.CommandLine.Help;
using Starling.Server.Bench;
using Starling.Server.Hosting;

namespace Starling.Server.Commands;

/// <summary>The command line of the executable.</summary>
internal static class StarlingCommand
{
    public static RootCommand Create()
    {
        var version = new Command("version", "Print the version.");
        version.SetAction(arguments => arguments.InvocationConfiguration.Output.WriteLine($"starling {StarlingVersion.Text}"));
        var root = new RootCommand("Starling: a real-time server that speaks the Centrifuge protocol.")
        {
            ServeCommand.Create(),
            DemoCommand.Create(),
            CheckConfigCommand.Create(),
            TokenCommands.CreateGenerate(),
            TokenCommands.CreateCheck(),
            BenchCommand.Create(),
            version,
        };
        root.Options.OfType<HelpOption>().Single().Action = new HelpText();
        return root;
    }

    public static Task<int> RunAsync(string[] arguments)
    {
        // The host listens for signals itself and ends in its own time; two listeners would race for the exit code.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null };
        // A value that begins with @ is a value, not a file of arguments.
        var parser = new ParserConfiguration { ResponseFileTokenReplacer = null };
        return Create().Parse(arguments, parser).InvokeAsync(invocation);
    }
}
