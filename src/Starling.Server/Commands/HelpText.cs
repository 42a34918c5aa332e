using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Starling.Server.Commands;

/// <summary>The library's help, but for the arguments it does not know by name: here they are settings.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private readonly HelpAction _help = new();

    public override bool ClearsParseErrors => _help.ClearsParseErrors;

    public override int Invoke(ParseResult parseResult)
    {
        var console = parseResult.InvocationConfiguration;
        var output = console.Output;
        using var text = new StringWriter();
        console.Output = text;
        try
        {
            return _help.Invoke(parseResult);
        }
        finally
        {
            console.Output = output;
            output.Write(text.ToString()
                .Replace("[[--] <additional arguments>...]]", "[--section.key value]...", StringComparison.Ordinal)
                .Replace("Additional Arguments:", "Settings:", StringComparison.Ordinal)
                .Replace("Arguments passed to the application that is being run.", "Any key of docs/configuration.md, such as --client.ping_interval 10s.", StringComparison.Ordinal));
        }
    }
}
