using System.CommandLine;
using Starling.Server.Bench.Echo;

namespace Starling.Server.Bench;

/// <summary>The command <c>bench</c>: puts load on a server and measures it.</summary>
internal static class BenchCommand
{
    public static Command Create() => new("bench", "Put load on a server and measure it.")
    {
        BenchRunCommand.Create(),
        BenchCompareCommand.Create(),
        BenchReconnectCommand.Create(),
        BenchConflateCommand.Create(),
        BenchRevokeCommand.Create(),
        BenchSiegeCommand.Create(),
        BenchTargetCommand.Create(),
        BenchDrainCommand.Create(),
        EchoCommand.Create(),
    };
}
